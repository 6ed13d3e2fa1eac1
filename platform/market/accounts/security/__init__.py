"""Sign-in security: attempts, sessions, second factor, passkeys, the city's sign-in (OIDC)."""
