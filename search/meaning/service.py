"""Vectors follow the database: find listings without one or with an outdated one, compute, keep, let the index follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.achievements.models import Achievement
from market.kernel import jobs
from market.kernel.db import current_session, transaction
from market.listings.models import Listing, ListingMember
from market.listings.vocabulary import PUBLIC_STATES
from search.entries import touch
from search.meaning.embedder import MODEL, Embedder
from search.meaning.texts import digest, passage
from search.models import SearchEntry
from search.source import DatabaseSource

Columns = TypeVarTuple("Columns")
BLOCK = 8
"""Listings embedded in one transaction: about half a second of one core, all that a killed worker loses."""
INDEX_LOCK = "search.index"

_WRITTEN_AT: ColumnElement[datetime] = (
    select(func.max(Achievement.updated_at))
    .join(ListingMember, ListingMember.achievement_id == Achievement.id)
    .where(ListingMember.listing_id == Listing.id)
    .correlate(Listing)
    .scalar_subquery()
)
CHANGED_AT: ColumnElement[datetime] = func.greatest(Listing.updated_at, _WRITTEN_AT)
"""When the listing or something that it offers was last changed; what is embedded bears this moment."""


@dataclass(frozen=True)
class _Text:
    """What is embedded of a listing, and the state of the rows that it was read from."""

    id: int
    text: str
    digest: str
    changed_at: datetime


def missing(session: Session) -> int:
    """How many public listings wait for a vector of their present texts."""
    return session.scalar(_waiting(select(func.count(Listing.id)))) or 0


def is_any_missing(session: Session) -> bool:
    """Whether any does."""
    return session.scalar(_waiting(select(Listing.id)).limit(1)) is not None


def without_vector(embedder: Embedder | None) -> int | None:
    """For the operator, cheaply: public listings that have no vector at all yet; None where meaning is off."""
    if embedder is None:
        return None
    has_one = and_(SearchEntry.listing_id == Listing.id, SearchEntry.vector_model == MODEL)
    statement = select(func.count(Listing.id)).where(
        Listing.state.in_(PUBLIC_STATES), ~select(SearchEntry.listing_id).where(has_one).exists()
    )
    return current_session().scalar(statement) or 0


def embed_some(embedder: Embedder, limit: int) -> int:
    """Embed up to `limit` listings that wait, block by block; returns how many were looked at.

    Each block is a transaction: its vectors, the raised revisions and the job that brings them to the index. Between reading
    and writing none is open. Raises MeaningUnavailable.
    """
    done = 0
    while done < limit:
        with transaction() as session:
            moments, known = _states(session, min(BLOCK, limit - done))
        if not moments:
            break
        written = ((one.id, passage(one)) for one in DatabaseSource().documents(list(moments)))
        texts = [_Text(listing, text, digest(text), moments[listing]) for listing, text in written]
        changed = [one for one in texts if known.get(one.id) != one.digest]
        vectors = embedder.passages([one.text for one in changed]) if changed else []
        with transaction() as session:
            _keep(session, texts, dict(zip((one.id for one in changed), vectors, strict=True)))
        done += len(moments)
    return done


def _waiting(statement: Select[*Columns]) -> Select[*Columns]:
    outdated = or_(
        SearchEntry.vector.is_(None),
        SearchEntry.vector_model != MODEL,
        SearchEntry.embedded_at.is_(None),
        SearchEntry.embedded_at != CHANGED_AT,
    )
    return (
        statement.select_from(Listing)
        .outerjoin(SearchEntry, SearchEntry.listing_id == Listing.id)
        .where(and_(Listing.state.in_(PUBLIC_STATES), or_(SearchEntry.listing_id.is_(None), outdated)))
    )


def _states(session: Session, limit: int) -> tuple[dict[int, datetime], dict[int, str | None]]:
    """The newest listings that wait with the moment of their last change, and the digests of the vectors of this model.

    The moment is read before the texts: a change in between makes the listing wait again.
    """
    wanted = _waiting(select(Listing.id, CHANGED_AT.label("moment"))).order_by(Listing.id.desc()).limit(limit)
    moments = {row.id: row.moment for row in session.execute(wanted)}
    entries = select(SearchEntry.listing_id, SearchEntry.vector_digest).where(
        SearchEntry.listing_id.in_(moments), SearchEntry.vector.is_not(None), SearchEntry.vector_model == MODEL
    )
    return moments, {row.listing_id: row.vector_digest for row in session.execute(entries)}


def _keep(session: Session, texts: Sequence[_Text], vectors: dict[int, bytes]) -> None:
    """Write vectors and, where the text is as before, only the moment; new vectors go to the index."""
    touch(session, vectors)
    for one in sorted(texts, key=lambda text: text.id):
        values = {"vector_model": MODEL, "vector_digest": one.digest, "embedded_at": one.changed_at}
        if one.id in vectors:
            values["vector"] = vectors[one.id]
        statement = insert(SearchEntry).values(listing_id=one.id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=[SearchEntry.listing_id], set_=values))
    if vectors:
        jobs.defer(session, "search.index_listings", lock=INDEX_LOCK, listing_ids=sorted(vectors))
