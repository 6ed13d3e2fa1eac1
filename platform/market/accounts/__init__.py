"""People, organisations, roles, sign-in; who may do what."""
