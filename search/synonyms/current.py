"""The dictionary in force: what ships, and what was changed. Read again as soon as the database says that it changed.

A process keeps the dictionary of the last search. Each search asks which change was approved last, which is one row of an
index: what is approved is in force with the next search, in every process.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.kernel.facts import fact, provide_fact
from search.query import SearchQuery
from search.synonyms.dictionary import Dictionary, Group, overlaid, shipped_groups, split
from search.synonyms.models import SynonymChange
from search.synonyms.vocabulary import SynonymState

Stamp = tuple[object, ...]
_APPROVED = SynonymChange.state == SynonymState.APPROVED.value


@dataclass(frozen=True)
class _Kept:
    stamp: Stamp
    dictionary: Dictionary


_kept: dict[str, _Kept] = {}


def expanded(session: Session, query: SearchQuery) -> SearchQuery:
    """The question with other words for what it asks, as they are in force now."""
    return current_dictionary(session).expanded(query) if query.terms else query


def current_dictionary(session: Session) -> Dictionary:
    """The groups in force."""
    stamp = _stamp(session)
    kept = _kept.get("dictionary")
    if kept is None or kept.stamp != stamp:
        kept = _Kept(stamp, Dictionary(overlaid(shipped_groups(), changed_groups(session))))
        _kept["dictionary"] = kept
    return kept.dictionary


def changed_groups(session: Session) -> dict[str, Group | None]:
    """What was changed, by code; None = taken out."""
    latest = select(func.max(SynonymChange.id)).where(_APPROVED).group_by(SynonymChange.code)
    columns = select(SynonymChange.code, SynonymChange.words, SynonymChange.narrower, SynonymChange.removes)
    rows = session.execute(columns.where(SynonymChange.id.in_(latest)).order_by(SynonymChange.code))
    return {row.code: None if row.removes else Group(row.code, split(row.words), split(row.narrower)) for row in rows}


def _stamp(session: Session) -> Stamp:
    """Equal only while no change was approved since."""
    return tuple(fact(session, LAST_CHANGE) or ())


LAST_CHANGE = "last_synonym_change"
provide_fact(
    LAST_CHANGE,
    select(
        func.json_build_array(
            select(func.count(SynonymChange.id)).where(_APPROVED).scalar_subquery(),
            SynonymChange.id,
            SynonymChange.code,
            SynonymChange.words,
            SynonymChange.narrower,
        )
    )
    .where(_APPROVED)
    .order_by(SynonymChange.id.desc())
    .limit(1)
    .scalar_subquery(),
)
