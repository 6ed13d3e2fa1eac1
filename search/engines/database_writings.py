"""How a term of a question may be written in the texts of PostgreSQL, which nobody has analysed."""

from __future__ import annotations

import re

from search.query import SearchQuery

_QUANTITY = re.compile(r"([0-9.]+)([a-zω/][a-z0-9ω/]*)")
_DEGREES = {"c": ("℃", " ℃", "°c", " °c"), "f": ("℉", " ℉")}
_STEM_OF_Y = re.compile(r"[a-z]{4,}i")


def writings(term: str) -> tuple[str, ...]:
    """What to look for in place of a term: a stem as it begins its words, a quantity with a blank, degrees by their sign."""
    if _STEM_OF_Y.fullmatch(term):  # batteri: battery, batteries
        return (term[:-1],)
    found = _QUANTITY.fullmatch(term)
    if not found:
        return (term,)
    number, unit = found.groups()
    return (term, f"{number} {unit}", *(f"{number}{sign}" for sign in _DEGREES.get(unit, ())))


def all_writings(query: SearchQuery, term: str) -> tuple[str, ...]:
    """Writings of a term, and the alternatives of the word that it belongs to."""
    stand_in = (one.text for one in query.alternatives if term in one.source and term not in one.terms)
    return (*writings(term), *stand_in)
