"""What a change of synonyms would find: each of its words asked with the groups in force, and with the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search.engines.base import EngineUnavailable, SearchEngine
from search.meaning.hybrid import HybridEngine
from search.query import SearchQuery, from_text
from search.synonyms.dictionary import Dictionary, Group
from search.synonyms.service import groups_in_force

MOST_QUESTIONS = 6
LOOKED_AT = 50
SHOWN = 5


@dataclass(frozen=True)
class Preview:
    """How many results a word finds now and with the change, and some titles of those that come or go."""

    word: str
    now: int
    then: int
    comes: tuple[str, ...]
    goes: tuple[str, ...]


def preview(session: Session, engine: SearchEngine, code: str, change: Group | None) -> list[Preview] | None:
    """For each word of the group as it is and as it would be (None: taken out); None when the engine does not answer.

    By words alone: meaning finds what it finds whatever the synonyms are.
    """
    groups = groups_in_force(session)
    before = Dictionary(groups.values())
    present = groups.pop(code, None)
    after = Dictionary([*groups.values(), *([change] if change else [])])
    words = list(dict.fromkeys(word for group in (change, present) if group for word in group.words))[:MOST_QUESTIONS]
    asked = engine.words if isinstance(engine, HybridEngine) else engine
    try:
        return [_compared(session, asked, word, before, after) for word in words]
    except EngineUnavailable:
        return None


def _compared(session: Session, engine: SearchEngine, word: str, before: Dictionary, after: Dictionary) -> Preview:
    question = replace(from_text(word), page_size=LOOKED_AT, counts_facets=False)
    now, then = before.expanded(question), after.expanded(question)
    comes, goes = _only_in(engine, then, now), _only_in(engine, now, then)
    totals = [engine.search(replace(one, page_size=1)).total for one in (now, then)]
    return Preview(word, totals[0], totals[1], _titles(session, comes), _titles(session, goes))


def _only_in(engine: SearchEngine, one: SearchQuery, other: SearchQuery) -> list[int]:
    """Ids among the first hits of one question that the other does not find at all."""
    ids = [hit.id for hit in engine.search(one).hits]
    if not ids or one == other:
        return []
    also = {hit.id for hit in engine.search(replace(other, only=tuple(ids))).hits}
    return [found for found in ids if found not in also][:SHOWN]


def _titles(session: Session, ids: Sequence[int]) -> tuple[str, ...]:
    rows = session.execute(select(Listing.id, Listing.title).where(Listing.id.in_(ids))) if ids else ()
    titles = {row.id: row.title for row in rows}
    return tuple(titles[one] for one in ids if one in titles)
