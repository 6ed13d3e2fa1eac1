"""Terms that begin as something typed does: one query, bounded by the number of rows that it may give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.suggesting.models import SuggestionTerm, SuggestionUse
from search.suggesting.terms import TermKind

SHORT_CHARACTERS = 2
_ORDERED_CHARACTERS = 3
_FORMS: dict[str, ColumnElement[str]] = {
    "key": SuggestionTerm.key.expression,
    "pinyin": SuggestionTerm.pinyin.expression,
    "initials": SuggestionTerm.initials.expression,
}
_SURROGATES, _AFTER_SURROGATES = 0xD800, 0xE000


@dataclass(frozen=True)
class Candidate:
    """A term that may be shown or meant; `uses` = how many public listings give it."""

    id: int
    kind: TermKind
    text: str
    key: str
    syllables: tuple[str, ...]
    uses: int


@dataclass(frozen=True)
class Probe:
    """What is looked for: terms of one kind of which one form (key, pinyin, initials) begins so; the most used first.

    With `is_loose` the first two characters suffice.
    """

    kind: TermKind
    form: str
    beginning: str
    limit: int
    is_loose: bool = False


def begin(session: Session, probes: Sequence[Probe]) -> list[Candidate]:
    """What the probes find, in their order, each term once."""
    statements = [_statement(probe).subquery().select() for probe in probes if probe.beginning]
    if not statements:
        return []
    found: dict[int, Candidate] = {}
    for row in session.execute(union_all(*statements)):
        found.setdefault(row.id, candidate_of(row))
    return list(found.values())


def candidate_of(row: Any) -> Candidate:
    """The term of a row that has its columns."""
    return Candidate(row.id, TermKind(row.kind), row.text, row.key, tuple(row.syllables.split()), row.uses)


_COLUMNS: Select[*tuple[Any, ...]] = select(
    SuggestionTerm.id,
    SuggestionTerm.kind,
    SuggestionTerm.text,
    SuggestionTerm.key,
    SuggestionTerm.syllables,
    SuggestionTerm.uses,
)


def _statement(probe: Probe) -> Select[*tuple[Any, ...]]:
    column, beginning = _FORMS[probe.form], probe.beginning
    conditions: list[ColumnElement[bool]] = [SuggestionTerm.kind == probe.kind.value]
    if probe.is_loose or SHORT_CHARACTERS <= len(beginning) <= _ORDERED_CHARACTERS:
        # so short a beginning has thousands of terms: an index gives them in the order of their use
        conditions.append(func.left(column, literal_column(str(SHORT_CHARACTERS))) == beginning[:SHORT_CHARACTERS])
    if not probe.is_loose and len(beginning) != SHORT_CHARACTERS:
        conditions += [column.op("~>=~")(beginning), column.op("~<~")(after(beginning))]
    order = SuggestionTerm.uses.desc(), SuggestionTerm.id.desc()
    return _COLUMNS.where(*conditions).order_by(*order).limit(probe.limit)


def after(beginning: str) -> str:
    """The first string, by code points, that is beyond everything with this beginning."""
    following = ord(beginning[-1]) + 1
    return beginning[:-1] + chr(_AFTER_SURROGATES if following == _SURROGATES else following)


@dataclass(frozen=True)
class PublicListing:
    """A listing whose page everybody may read now."""

    number: str
    title: str


def public_listings(session: Session, term_ids: Iterable[int], each: int) -> dict[int, list[PublicListing]]:
    """The newest public listings of each term; a term that has none any more is missing."""
    wanted = func.unnest(bindparam("ids", sorted(set(term_ids)), ARRAY(BigInteger))).column_valued("wanted")
    newest = (
        select(Listing.id, Listing.number, Listing.title)
        .join(SuggestionUse, SuggestionUse.listing_id == Listing.id)
        .where(SuggestionUse.term_id == wanted, Listing.state.in_(PUBLIC_STATES))
        .order_by(SuggestionUse.listing_id.desc())
        .limit(each)
        .lateral("newest")
    )
    statement = select(wanted, newest.c.number, newest.c.title).join(newest, true()).order_by(newest.c.id.desc())
    found: dict[int, list[PublicListing]] = {}
    for term_id, number, title in session.execute(statement):
        found.setdefault(term_id, []).append(PublicListing(number, title))
    return found
