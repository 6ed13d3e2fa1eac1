"""Listings that came or changed are compared with what they were; each question that finds them anew gets a hit.

Told is what a question finds now and did not find before. Everything about a listing happens in one transaction under
one lock: a worker that is killed leaves nothing half done, two workers do nothing twice. Whoever saves a question takes
the same lock in common with others, so that it comes wholly before or wholly after a comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from market.achievements.models import Achievement
from market.kernel.clock import local_date
from market.listings.models import Listing
from search.documents import INDEX_VERSION, ListingDocument
from search.saved import snapshots
from search.saved.matching import SmallIndex, small_index
from search.saved.models import UNKNOWN_VERSION, ComparedListing, SavedSearch
from search.saved.question import in_force
from search.saved.telling import keys_of_listing
from search.source import VERSION, load_documents
from search.synonyms.current import current_dictionary
from search.synonyms.dictionary import Dictionary

LOCK = "search.saved"
BLOCK = 1_000
PAGE_WAITS = "2s"
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_NO_TIMEOUTS = text("SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)")
"""Nobody waits for a comparison, and a million searches take their time."""
_LOCK_TIMEOUT = text("SELECT set_config('lock_timeout', :time, true)")
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_CANDIDATES = text(
    """
    SELECT saved_search_id, array_agg(number) AS numbers
    FROM (
        SELECT entry.saved_search_id, asked.number
        FROM unnest(CAST(:numbers AS integer[]), CAST(:keys AS bigint[])) AS asked (number, key)
        JOIN saved_search_key AS entry ON entry.key = asked.key
        GROUP BY entry.saved_search_id, asked.number
        HAVING sum(entry.weight) >= max(entry.needs)
    ) AS found
    GROUP BY saved_search_id
    ORDER BY saved_search_id
    """
)
"""Of each question the numbers of the listings that have enough of its keys."""
_INSERT = text(
    """
    INSERT INTO saved_search_hit (saved_search_id, listing_id, is_new, found_at)
    SELECT hit.saved_search_id, hit.listing_id, hit.is_new, :now
    FROM unnest(CAST(:saved AS bigint[]), CAST(:listings AS bigint[]), CAST(:new AS boolean[]))
        AS hit (saved_search_id, listing_id, is_new)
    ON CONFLICT (saved_search_id, listing_id) DO NOTHING
    """
)


@dataclass(frozen=True)
class Comparison:
    """A listing now and as it was; None where it is, or was, not public."""

    listing_id: int
    organisation_id: int
    now: ListingDocument | None
    before: ListingDocument | None


@dataclass(frozen=True)
class Outcome:
    """What a comparison did: listings that had changed, questions that were asked, hits that are to be told."""

    listings: int = 0
    asked: int = 0
    new_hits: int = 0


def hold_off(session: Session) -> bool:
    """Until the transaction ends no comparison begins; others may hold off at the same time.

    False: one has been going on for longer than a page can wait. Its listings still wait in the queue, where whoever
    saves sees them.
    """
    try:
        with session.begin_nested():
            before = session.scalar(text("SELECT current_setting('lock_timeout')"))
            session.execute(_LOCK_TIMEOUT, {"time": PAGE_WAITS})
            session.execute(_SHARED, {"name": LOCK})
            session.execute(_LOCK_TIMEOUT, {"time": before})
    except OperationalError as reason:
        if not isinstance(reason.orig, LockNotAvailable):
            raise
        return False
    return True


def compare(session: Session, listing_ids: Iterable[int], *, now: datetime) -> Outcome:
    """Ask the saved questions of those of the listings that changed since they were compared last. Safe to run twice."""
    session.execute(_NO_TIMEOUTS)
    session.execute(_EXCLUSIVE, {"name": LOCK})
    ids = sorted(set(listing_ids))
    documents = {one.id: one for one in load_documents(session, ids, local_date(now))}
    kept = {row.listing_id: row for row in session.scalars(select(ComparedListing).where(_listing_in(ids)))}
    versions = _versions(session, ids) | {one.id: one.version for one in documents.values()}
    outcome, comparisons, rows = Outcome(), [], []
    for listing_id, version in versions.items():
        row, document = kept.get(listing_id), documents.get(listing_id)
        if row is not None and not _is_due(row, version, now):
            continue
        written = _row(listing_id, version, document, now)
        rows.append(written)
        if _needs_asking(row, written, now):
            comparisons.append(_comparison(listing_id, document, row, now))
    if comparisons:
        outcome = _ask(session, [one for one in comparisons if one.now or one.before], now)
    _keep(session, rows)
    return Outcome(len(rows), outcome.asked, outcome.new_hits)


def is_due(session: Session, listing_id: int, now: datetime) -> bool:
    """Whether the listing changed since it was compared last: one cheap read."""
    version = _versions(session, [listing_id]).get(listing_id)
    row = session.get(ComparedListing, listing_id)
    return version is not None and (row is None or _is_due(row, version, now))


def _listing_in(ids: Sequence[int]) -> Any:
    return ComparedListing.listing_id.in_(ids)


def _versions(session: Session, ids: Sequence[int]) -> dict[int, int]:
    statement = select(Listing.id, VERSION).join(Achievement, Achievement.id == Listing.achievement_id)
    return {row[0]: row[1] for row in session.execute(statement.where(Listing.id.in_(ids)).order_by(Listing.id))}


def _is_due(row: ComparedListing, version: int, now: datetime) -> bool:
    has_turned = row.turns_at is not None and row.turns_at <= now
    return row.version != version or row.layout != INDEX_VERSION or has_turned


def _needs_asking(row: ComparedListing | None, written: Mapping[str, Any], now: datetime) -> bool:
    """Not of what was public before saved searches were kept, nor when only the layout or nothing at all is different."""
    if row is None:
        return True
    if row.version == UNKNOWN_VERSION:
        return False
    has_turned = row.turns_at is not None and row.turns_at <= now
    if row.version == written["version"] and not has_turned:
        return False
    return has_turned or row.content != written["content"]


def _comparison(
    listing_id: int, document: ListingDocument | None, row: ComparedListing | None, now: datetime
) -> Comparison:
    before = None
    if row is not None and row.content is not None:
        before = snapshots.moved(snapshots.unpack(row.content), now - row.compared_at)
    latest = document or before
    return Comparison(listing_id, latest.institution_id if latest else 0, document, before)


def _ask(session: Session, comparisons: Sequence[Comparison], now: datetime) -> Outcome:
    """Ask the questions that may find one of the listings; write down what they find."""
    sides = dict(_numbered(comparisons))
    if not sides or session.scalar(select(SavedSearch.id).limit(1)) is None:
        return Outcome()
    candidates = _candidates(session, sides)
    new_hits = 0
    with small_index(sides, now) as index:
        answers = _Answers(index, current_dictionary(session))
        for block in _blocks(list(candidates)):
            hits = list(_hits(session, answers, comparisons, {one: candidates[one] for one in block}))
            _write(session, hits, now)
            new_hits += sum(is_new for _, _, is_new in hits)
    return Outcome(len(comparisons), len(candidates), new_hits)


class _Answers:
    """Answers of the small index; people who ask the same get the same answer."""

    def __init__(self, index: SmallIndex, dictionary: Dictionary) -> None:
        self._index = index
        self._dictionary = dictionary
        self._known: dict[str, set[int]] = {}

    def of(self, question: str, among: Sequence[int]) -> set[int]:
        """Numbers of the listings that the question finds; `among` follows from the question."""
        if question not in self._known:
            self._known[question] = self._index.hits(in_force(question, self._dictionary), among)
        return self._known[question]


def _numbered(comparisons: Sequence[Comparison]) -> Iterator[tuple[int, ListingDocument]]:
    """The listings of one index: odd numbers as they are now, even ones as they were."""
    for place, one in enumerate(comparisons):
        if one.now is not None:
            yield 2 * place + 1, snapshots.unpack(snapshots.pack(one.now))
        if one.before is not None:
            yield 2 * place + 2, one.before


def _candidates(session: Session, sides: Mapping[int, ListingDocument]) -> dict[int, list[int]]:
    asked = [(number, key) for number, document in sides.items() for key in keys_of_listing(document)]
    values = {"numbers": [number for number, _ in asked], "keys": [key for _, key in asked]}
    return {row.saved_search_id: row.numbers for row in session.execute(_CANDIDATES, values)}


def _blocks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BLOCK):
        yield ids[start : start + BLOCK]


def _hits(
    session: Session, answers: _Answers, comparisons: Sequence[Comparison], candidates: Mapping[int, Sequence[int]]
) -> Iterator[tuple[int, int, bool]]:
    """Saved search, listing, is new: what is found now and was not, and what was found and is no more (known, never told)."""
    columns = select(SavedSearch.id, SavedSearch.question, SavedSearch.organisation_id)
    for saved_id, question, organisation_id in session.execute(columns.where(SavedSearch.id.in_(list(candidates)))):
        found = answers.of(question, candidates[saved_id])
        for place in {(number - 1) // 2 for number in found}:
            one, is_found = comparisons[place], 2 * place + 1 in found
            was_found = 2 * place + 2 in found
            if is_found != was_found and one.organisation_id != organisation_id:
                yield saved_id, one.listing_id, is_found


def _write(session: Session, hits: Sequence[tuple[int, int, bool]], now: datetime) -> None:
    """Write the rows that are not there yet, in one statement."""
    if hits:
        saved, listings, new = (list(column) for column in zip(*hits, strict=True))
        session.execute(_INSERT, {"saved": saved, "listings": listings, "new": new, "now": now})


def _row(listing_id: int, version: int, document: ListingDocument | None, now: datetime) -> dict[str, Any]:
    return {
        "listing_id": listing_id,
        "version": version,
        "content": snapshots.pack(document) if document else None,
        "layout": INDEX_VERSION,
        "compared_at": now,
        "turns_at": snapshots.turns_at(document, now) if document else None,
    }


def _keep(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(ComparedListing)
    replaced = {name: statement.excluded[name] for name in rows[0] if name != "listing_id"}
    session.execute(statement.on_conflict_do_update(index_elements=["listing_id"], set_=replaced), rows)
    session.expire_all()


def remember_known(
    session: Session, saved_id: int, question: str, listing_ids: Sequence[int], *, now: datetime
) -> None:
    """What a question finds at its saving among listings that are still to be compared: it is known, never told."""
    documents = {place + 1: one for place, one in enumerate(load_documents(session, listing_ids, local_date(now)))}
    if not documents:
        return
    with small_index(
        {number: snapshots.unpack(snapshots.pack(one)) for number, one in documents.items()}, now
    ) as index:
        found = index.hits(in_force(question, current_dictionary(session)), list(documents))
    _write(session, [(saved_id, documents[number].id, False) for number in sorted(found)], now)
