"""Sign-in security: attempts, sessions, second factor."""
