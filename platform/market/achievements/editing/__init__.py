"""Entries of the register as people write them: what is typed, what is wrong with it, how it is kept."""
