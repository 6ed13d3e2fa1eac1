"""Applications on offers and the common life of a deal."""
