"""The language of expert questions: phrases, exclusions, alternatives, brackets, fields and ranges.

`parser.read` never fails: what cannot be read is left out or taken as ordinary words, and a notice says so.
"""
