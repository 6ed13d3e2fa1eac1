"""What of a condition orders the listings that fulfil it: the words, numbers and names that are asked for."""

from __future__ import annotations

from search import analysis
from search.documents import NAME_STREAMS
from search.syntax.tree import Condition, Number, Phrase, Words, leaves


def terms(where: Condition | None) -> tuple[str, ...]:
    """Terms of the words and phrases asked for, each once; names are not among them."""
    asked_for = [leaf for leaf, is_asked_for in leaves(where) if is_asked_for]
    found = [leaf for leaf in asked_for if isinstance(leaf, Words | Phrase) and not _is_name(leaf)]
    return tuple(dict.fromkeys(term for leaf in found for term in leaf.terms))


def keys(where: Condition | None) -> tuple[tuple[str, str], ...]:
    """Fields and keys that are looked up exactly: a whole number stands above a beginning, a whole name above a part."""
    found: dict[tuple[str, str], None] = {}
    for leaf, is_asked_for in leaves(where):
        if is_asked_for and isinstance(leaf, Number):
            found.update({("numbers", key): None for key in leaf.exact})
        elif is_asked_for and isinstance(leaf, Words | Phrase) and (_is_name(leaf) or not leaf.fields):
            found[("names", analysis.name_key(leaf.text))] = None
    return tuple(found)


def _is_name(leaf: Words | Phrase) -> bool:
    return bool(leaf.fields) and leaf.fields[0] in NAME_STREAMS
