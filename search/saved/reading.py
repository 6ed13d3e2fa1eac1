"""How a question reads in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from search.facet_texts import TITLES, value_label
from search.query import SearchQuery


def in_words(query: SearchQuery, institutions: Mapping[str, str], translate: Callable[[str], str]) -> list[str]:
    """The words that are looked for, then each chosen facet with its values, in the reader's language."""
    parts = [query.text] if query.text else []
    for facet, values in query.filters:
        labels = "、".join(value_label(facet, value, institutions, translate) for value in values)
        parts.append(f"{translate(TITLES[facet])}{translate('：')}{labels}")
    return parts
