"""Meaning: vectors of listings and questions, so that a question finds what says the same in other words.

Optional in every part: without the package that computes vectors, or with MEANING=off, words alone are searched.
"""
