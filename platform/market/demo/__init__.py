"""The demonstration world: invented enterprises and achievements in Wenzhou, told through the real services."""
