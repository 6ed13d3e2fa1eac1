"""Saved searches: a person's questions that are asked of every listing that comes or changes, and what she is told."""
