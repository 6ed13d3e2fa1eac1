"""Deliver and read notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Organisation
from market.accounts.rules import Actor
from market.achievements.models import ImportRun, StoredFile
from market.auctions.models import Lot, LotRegistration
from market.deals.models import Application, Deal
from market.enquiries.models import Enquiry, ListingQuestion, Watch
from market.kernel.clock import local_date
from market.kernel.events import Event
from market.kernel.holidays import load_calendar
from market.kernel.parameters import parameter
from market.listings.models import Listing, Offer
from market.notifications import mailing
from market.notifications.catalogue import TOLD_TO_WATCHERS, told_of
from market.notifications.lot_messages import TOLD_TO_BIDDERS
from market.notifications.membership_messages import TOLD_TO_ADMINISTRATORS, TOLD_TO_BUREAUS
from market.notifications.messages import BUREAUS, OPERATORS, PARTIES, TOLD_TO_OFFICES, NoticeDraft, NoticeSource
from market.notifications.models import Notice
from market.notifications.queries import NOT_FOR, ONLY_FOR, told_to
from market.notifications.report_messages import TOLD_TO_HANDLERS


def deliver(session: Session, event_id: int, *, now: datetime | None = None) -> int:
    """Write the notices of an event that are not there yet; returns how many were new. Safe to run twice.

    A notice bears the time of its event, however late it is delivered; its mails are planned as of `now` (not at all
    without it).
    """
    event = session.get(Event, event_id)
    if event is None:
        return 0
    written = 0
    for told in told_of(_source(session, event), _watchers(session, event)):
        draft = told.draft
        row = {
            "organisation_id": draft.organisation_id,
            "deduplication_key": f"event:{event.id}:organisation:{draft.organisation_id}",
            "title": draft.title,
            "message": draft.message,
            "params": _params(draft),
            "path": draft.path,
            "created_at": event.occurred_at,
            "due_on": _due_on(session, event, draft.due),
        }
        statement = insert(Notice).values(row).on_conflict_do_nothing(index_elements=["deduplication_key"])
        for notice in session.scalars(statement.returning(Notice)).all():
            written += 1
            if now is not None:
                mailing.schedule(session, notice, told.kind, now=now)
    return written


def _params(draft: NoticeDraft) -> dict[str, Any]:
    """What fills the message, with who is told and who is not."""
    excluded = {NOT_FOR: draft.not_for} if draft.not_for else {}
    return draft.params | excluded | ({ONLY_FOR: list(draft.only_for)} if draft.only_for else {})


def _due_on(session: Session, event: Event, due: str | int | date | None) -> date | None:
    """The day by which the receiver is to act; None where nothing is asked."""
    if due is None or isinstance(due, date):
        return due
    began = local_date(event.occurred_at)
    days = int(parameter(session, due, began)) if isinstance(due, str) else due
    return load_calendar(session).working_days_after(began, days)


def mark_read(actor: Actor, notice: Notice, *, now: datetime) -> None:
    """Read by somebody of the organisation to which it was sent; the first reading stays."""
    assert notice.organisation_id == actor.organisation_id
    if notice.read_at is None:
        notice.read_at = now


def mark_all_read(session: Session, actor: Actor, *, now: datetime) -> None:
    """Read everything that the organisation has not read and that the actor is told."""
    unread = (Notice.organisation_id == actor.organisation_id, Notice.read_at.is_(None), told_to(actor.person_id))
    session.execute(update(Notice).where(*unread).values(read_at=now))


def _source(session: Session, event: Event) -> NoticeSource:
    number, title = _called(session, event)
    lot_id = event.payload.get("lot_id") if event.subject_kind == "break_glass" else None
    closes_at = session.scalar(select(Lot.closes_at).where(Lot.id == lot_id)) if lot_id else None
    return NoticeSource(
        id=event.id,
        action=event.action,
        subject_id=event.subject_id,
        payload=event.payload,
        reason=event.reason.rstrip("。.") if event.reason else None,  # the sentence around it ends by itself
        number=number,
        title=title,
        names=_names(session, event.payload),
        actor_person_id=event.actor_person_id,
        offices=_offices(session) if event.action in TOLD_TO_OFFICES | TOLD_TO_BUREAUS | TOLD_TO_HANDLERS else {},
        ends_on=local_date(closes_at) if closes_at else None,
        administrators=_administrators(session, event) if event.action in TOLD_TO_ADMINISTRATORS else (),
        bidders=_bidders(session, event.subject_id) if event.action in TOLD_TO_BIDDERS else (),
    )


def _administrators(session: Session, event: Event) -> tuple[int, ...]:
    """Who administers the organisation that the event is about, as of now."""
    held = (Membership.organisation_id == event.subject_id, Membership.ended_at.is_(None))
    statement = select(Membership.person_id).where(*held, Membership.is_administrator.is_(True))
    return tuple(session.scalars(statement.order_by(Membership.person_id)))


def _bidders(session: Session, lot_id: int) -> tuple[int, ...]:
    """The enterprises that registered for the lot; the record itself never says who they are."""
    statement = select(LotRegistration.organisation_id).where(LotRegistration.lot_id == lot_id)
    return tuple(session.scalars(statement.order_by(LotRegistration.organisation_id)))


def _watchers(session: Session, event: Event) -> list[int]:
    """The organisations that already watched the listings which the event is about."""
    if event.action not in TOLD_TO_WATCHERS:
        return []
    listing_ids = [offer["listing_id"] for offer in event.payload.get("offers", ()) if "listing_id" in offer]
    if event.subject_kind == "listing":
        listing_ids = [event.subject_id]
    watched = (Watch.listing_id.in_(listing_ids), Watch.watched_at <= event.occurred_at)
    statement = select(Watch.organisation_id).where(*watched).distinct()
    return list(session.scalars(statement.order_by(Watch.organisation_id)))


def _offices(session: Session) -> dict[str, tuple[int, ...]]:
    """The organisations of operator and bureau, by kind."""
    found: dict[str, tuple[int, ...]] = {}
    kinds = (Organisation.kind.in_([OPERATORS, BUREAUS]), Organisation.merged_into_id.is_(None))
    for kind, number in session.execute(select(Organisation.kind, Organisation.id).where(*kinds)):
        found[kind] = (*found.get(kind, ()), number)
    return found


def _called(session: Session, event: Event) -> tuple[str, str]:
    """Number and title of what the event is about; empty for what has none. Break-glass is about a lot."""
    is_opening = event.subject_kind == "break_glass" and "lot_id" in event.payload
    kind, key = ("lot", event.payload["lot_id"]) if is_opening else (event.subject_kind, event.subject_id)
    statement = _SUBJECTS.get(kind)
    row = session.execute(statement(key)).one_or_none() if statement else None
    return ("", "") if row is None else (str(row[0]), str(row[1]))


def _names(session: Session, payload: Mapping[str, Any]) -> dict[int, str]:
    ids = [payload[key] for key in PARTIES if payload.get(key) is not None]
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


_SUBJECTS: dict[str, Callable[[int], Select[str, str]]] = {
    "listing": lambda key: select(Listing.number, Listing.title).where(Listing.id == key),
    "organisation": lambda key: select(Organisation.code, Organisation.name).where(Organisation.id == key),
    "lot": lambda key: select(Lot.number, Lot.title).where(Lot.id == key),
    "application": lambda key: (
        select(Application.number, Listing.title)
        .join(Offer, Offer.id == Application.offer_id)
        .join(Listing, Listing.id == Offer.listing_id)
        .where(Application.id == key)
    ),
    "deal": lambda key: (
        select(Deal.number, Listing.title)
        .join(Offer, Offer.id == Deal.offer_id)
        .join(Listing, Listing.id == Offer.listing_id)
        .where(Deal.id == key)
    ),
    "question": lambda key: (
        select(Listing.number, Listing.title)
        .join(ListingQuestion, ListingQuestion.listing_id == Listing.id)
        .where(ListingQuestion.id == key)
    ),
    "enquiry": lambda key: (
        select(Enquiry.number, Listing.title).join(Listing, Listing.id == Enquiry.listing_id).where(Enquiry.id == key)
    ),
    "import_run": lambda key: (
        select(StoredFile.name, StoredFile.name)
        .join(ImportRun, ImportRun.stored_file_id == StoredFile.id)
        .where(ImportRun.id == key)
    ),
}
