"""Vectors follow the database: find listings without one or with an outdated one, compute, keep, let the index follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.achievements.models import Achievement
from market.kernel import jobs
from market.kernel.db import transaction
from market.listings.models import Listing, ListingMember
from market.listings.vocabulary import PUBLIC_STATES
from search.entries import touch
from search.meaning.embedder import MODEL, Embedder
from search.meaning.texts import digest, passage
from search.models import SearchEntry
from search.source import load_documents

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


def embed_some(embedder: Embedder, limit: int) -> int:
    """Embed up to `limit` listings that wait, block by block; returns how many were looked at.

    Each block is a transaction: its vectors, the raised revisions and the job that brings them to the index. Between reading
    and writing none is open. Raises MeaningUnavailable.
    """
    done = 0
    while done < limit:
        with transaction() as session:
            texts, known = _read(session, min(BLOCK, limit - done))
        if not texts:
            break
        changed = [one for one in texts if known.get(one.id) != one.digest]
        vectors = embedder.passages([one.text for one in changed]) if changed else []
        with transaction() as session:
            _keep(session, texts, dict(zip((one.id for one in changed), vectors, strict=True)))
        done += len(texts)
    return done


def _waiting(statement: Select[tuple[int]]) -> Select[tuple[int]]:
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


def _read(session: Session, limit: int) -> tuple[list[_Text], dict[int, str]]:
    """Texts of the newest listings that wait, and the digests of the vectors that there are of this model."""
    ids = session.scalars(_waiting(select(Listing.id)).order_by(Listing.id.desc()).limit(limit)).all()
    moments = {row.id: row.moment for row in session.execute(_moments(ids))}
    entries = select(SearchEntry.listing_id, SearchEntry.vector_digest).where(
        SearchEntry.listing_id.in_(ids), SearchEntry.vector.is_not(None), SearchEntry.vector_model == MODEL
    )
    known = {row.listing_id: row.vector_digest for row in session.execute(entries)}
    texts = [(one.id, passage(one)) for one in load_documents(session, ids)]
    return [_Text(listing, text, digest(text), moments[listing]) for listing, text in texts], known


def _moments(ids: Sequence[int]) -> Select[tuple[int, datetime]]:
    return select(Listing.id, CHANGED_AT.label("moment")).where(Listing.id.in_(ids))


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
