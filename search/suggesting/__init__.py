"""What the search box suggests, and what was probably meant: terms of the public listings, kept by jobs in tables of their own."""
