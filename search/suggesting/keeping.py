"""The terms follow the public listings: brought to what the database says now, a block of listings at a time.

Whoever writes holds one lock for the transaction, so that two writers never count the same term at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.achievements.models import Achievement
from market.kernel.db import transaction
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from search.source import CONTENT_VERSION
from search.suggesting.models import SuggestionListing, SuggestionTerm, SuggestionUse
from search.suggesting.readings import initials
from search.suggesting.source import texts_of
from search.suggesting.terms import MAXIMUM_KEY_CHARACTERS, RULES_VERSION, Term, terms_of

BLOCK = 300
_ROWS_A_STATEMENT = 2_000
_LOCK = 0x5355_4747
Key = tuple[str, str]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Outcome:
    """How many listings were brought to what the database says, and how many were taken out."""

    updated: int = 0
    removed: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.updated + other.updated, self.removed + other.removed)


def bring(session: Session, listing_ids: Iterable[int]) -> Outcome:
    """Bring the terms of these listings to what the database says now; what agrees already is left alone."""
    asked = sorted(set(listing_ids))
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    versions = {row.id: row.version for row in session.execute(_public().where(Listing.id.in_(asked)))}
    held = _held(session, asked)
    outdated = [one for one, version in versions.items() if held.get(one) != (version, RULES_VERSION)]
    gone = [one for one in asked if one in held and one not in versions]
    if not (outdated or gone):
        return Outcome()
    wanted = {one: terms_of(texts) for one, texts in texts_of(session, outdated).items()}
    _write(session, [*outdated, *gone], wanted)
    if gone:
        session.execute(delete(SuggestionListing).where(SuggestionListing.listing_id.in_(gone)))
    _remember(session, {one: versions[one] for one in outdated})
    return Outcome(len(outdated), len(gone))


def reconcile() -> Outcome:
    """Compare every public listing with its terms and repair, in transactions of one block each."""
    outcome, after = Outcome(), 0
    while True:
        with transaction() as session:
            ids = session.scalars(_outdated().where(Listing.id > after).limit(BLOCK)).all()
            if not ids:
                break
            outcome += bring(session, ids)
            after = ids[-1]
    while True:
        with transaction() as session:
            brought = bring(session, session.scalars(_SUPERFLUOUS).all())
        if not brought.removed:
            return outcome
        outcome += brought


def rebuild() -> Outcome:
    """Take all terms anew; those there are stay in use meanwhile."""
    with transaction() as session:
        session.execute(update(SuggestionListing).values(rules=0))
    return reconcile()


def _public() -> Select[*tuple[Any, ...]]:
    return (
        select(Listing.id, CONTENT_VERSION.label("version"))
        .join(Achievement, Achievement.id == Listing.achievement_id)
        .where(Listing.state.in_(PUBLIC_STATES))
    )


def _outdated() -> Select[*tuple[Any, ...]]:
    kept = SuggestionListing
    differs = or_(kept.listing_id.is_(None), kept.version != CONTENT_VERSION, kept.rules != RULES_VERSION)
    return _public().outerjoin(kept, kept.listing_id == Listing.id).where(differs).order_by(Listing.id)


_SUPERFLUOUS = (
    select(SuggestionListing.listing_id)
    .join(Listing, Listing.id == SuggestionListing.listing_id)
    .where(Listing.state.not_in(PUBLIC_STATES))
    .limit(BLOCK)
)


def _held(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(SuggestionListing.listing_id, SuggestionListing.version, SuggestionListing.rules).where(
            SuggestionListing.listing_id.in_(ids)
        )
    )
    return {row.listing_id: (row.version, row.rules) for row in rows}


def _write(session: Session, ids: Sequence[int], wanted: dict[int, tuple[Term, ...]]) -> None:
    """Replace what these listings give, and count again what they gave and give."""
    terms = {(term.kind.value, term.key): term for found in wanted.values() for term in found}
    known = _known(session, terms)
    _add(session, [term for key, term in terms.items() if key not in known])
    known |= _known(session, [key for key in terms if key not in known])
    uses = SuggestionUse
    rows = session.execute(select(uses.term_id, uses.listing_id).where(uses.listing_id.in_(ids)))
    before = {(row.term_id, row.listing_id) for row in rows}
    after = {(known[term.kind.value, term.key], one) for one, found in wanted.items() for term in found}
    for lost in _blocks(sorted(before - after)):
        session.execute(delete(uses).where(tuple_(uses.term_id, uses.listing_id).in_(lost)))
    for gained in _blocks(sorted(after - before)):
        pairs = [{"term_id": term_id, "listing_id": listing_id} for term_id, listing_id in gained]
        session.execute(insert(uses).values(pairs).on_conflict_do_nothing())
    _count(session, sorted({term_id for term_id, _ in before ^ after}))


def _known(session: Session, keys: Iterable[Key]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    columns = SuggestionTerm.id, SuggestionTerm.kind, SuggestionTerm.key
    for block in _blocks(list(keys)):
        statement = select(*columns).where(tuple_(SuggestionTerm.kind, SuggestionTerm.key).in_(block))
        found |= {(row.kind, row.key): row.id for row in session.execute(statement)}
    return found


def _add(session: Session, terms: Sequence[Term]) -> None:
    for block in _blocks(terms):
        session.execute(insert(SuggestionTerm).values([_row(term) for term in block]).on_conflict_do_nothing())


def _row(term: Term) -> dict[str, object]:
    return {
        "kind": term.kind.value,
        "text": term.text,
        "key": term.key,
        "mirror": term.key[::-1],
        "syllables": " ".join(term.syllables),
        "pinyin": "".join(term.syllables),
        "initials": initials(term.syllables)[:MAXIMUM_KEY_CHARACTERS],
        "uses": 1,
    }


def _count(session: Session, term_ids: Sequence[int]) -> None:
    """Count the listings of these terms; those that none gives any more go."""
    used = select(SuggestionUse.term_id).where(SuggestionUse.term_id == SuggestionTerm.id).correlate(SuggestionTerm)
    number = (
        select(func.count())
        .select_from(SuggestionUse)
        .where(SuggestionUse.term_id == SuggestionTerm.id)
        .correlate(SuggestionTerm)
        .scalar_subquery()
    )
    for block in _blocks(term_ids):
        among = SuggestionTerm.id.in_(block)
        session.execute(delete(SuggestionTerm).where(among, ~used.exists()), execution_options=_UNSYNCHRONISED)
        counted = update(SuggestionTerm).where(among, SuggestionTerm.uses != number).values(uses=number)
        session.execute(counted, execution_options=_UNSYNCHRONISED)


_UNSYNCHRONISED = {"synchronize_session": False}


def _remember(session: Session, versions: dict[int, int]) -> None:
    rows = [{"listing_id": one, "version": version, "rules": RULES_VERSION} for one, version in versions.items()]
    if rows:
        statement = insert(SuggestionListing).values(rows)
        new = {"version": statement.excluded.version, "rules": statement.excluded.rules}
        session.execute(statement.on_conflict_do_update(index_elements=[SuggestionListing.listing_id], set_=new))


def _blocks(values: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(values), _ROWS_A_STATEMENT):
        yield values[start : start + _ROWS_A_STATEMENT]
