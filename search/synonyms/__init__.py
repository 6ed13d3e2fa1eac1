"""Synonyms: other words that a question finds too; a file that ships, and what the operators change in it."""
