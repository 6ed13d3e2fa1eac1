"""批注: what reviewers write at single fields of a listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import Actor
from market.listings.differences import LABELS
from market.listings.models import ListingComment
from market.listings.rules import ListingDraft
from market.listings.versions import NOT_KEPT
from market.listings.vocabulary import TransferWay

LONGEST = 500


@dataclass(frozen=True)
class CommentView:
    """A comment as the institution reads it; who of the organisation wrote it stays inside."""

    field: str
    label: str
    text: str
    organisation: str
    at: datetime
    is_resolved: bool


def commentable(draft: ListingDraft) -> dict[str, str]:
    """The fields that can bear a comment, name → label: the texts that a version keeps, and the ways on offer."""
    texts = {name: LABELS[name] for name in vars(draft) if name in LABELS and name not in NOT_KEPT}
    return texts | {offer.way.value: offer.way.label for offer in draft.offers}


def label_of(field: str) -> str:
    """The label of a field that bears a comment, also when the listing has it no more."""
    return TransferWay(field).label if field in set(TransferWay) else LABELS.get(field, field)


def write_comments(
    session: Session, actor: Actor, listing_id: int, draft: ListingDraft, texts: Mapping[str, str], now: datetime
) -> int:
    """Keep what the reviewer wrote at fields that exist; returns at how many. The caller holds the listing's lock."""
    written = {name: texts.get(name, "").strip()[:LONGEST] for name in commentable(draft)}
    rows = [
        ListingComment(
            listing_id=listing_id,
            field=name,
            text=text,
            written_by_id=actor.person_id,
            written_by_organisation_id=actor.organisation_id,
            written_at=now,
        )
        for name, text in written.items()
        if text
    ]
    session.add_all(rows)
    return len(rows)


def resolve_comments(session: Session, listing_id: int, now: datetime) -> None:
    """The officer has submitted again: what was asked for counts as answered."""
    open_ones = (ListingComment.listing_id == listing_id, ListingComment.resolved_at.is_(None))
    session.execute(update(ListingComment).where(*open_ones).values(resolved_at=now))


def comments_of(session: Session, listing_id: int) -> list[CommentView]:
    """All comments, the newest first."""
    statement = (
        select(ListingComment, Organisation.name)
        .outerjoin(Organisation, Organisation.id == ListingComment.written_by_organisation_id)
        .where(ListingComment.listing_id == listing_id)
        .order_by(ListingComment.id.desc())
    )
    return [
        CommentView(row.field, label_of(row.field), row.text, name or "", row.written_at, row.resolved_at is not None)
        for row, name in session.execute(statement)
    ]


def open_comments(session: Session, listing_id: int) -> dict[str, list[CommentView]]:
    """What is still asked for, by field."""
    found: dict[str, list[CommentView]] = {}
    for comment in comments_of(session, listing_id):
        if not comment.is_resolved:
            found.setdefault(comment.field, []).append(comment)
    return found
