"""Private enquiries: ask, ask further, answer, exchange contacts, close."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import Actor
from market.enquiries import rules
from market.enquiries.errors import AskingRefused
from market.enquiries.models import Enquiry, EnquiryMessage
from market.enquiries.service.shared import cleaned, digest_of, due_day, listing_to_ask, record_step, take_turn
from market.enquiries.vocabulary import EnquiryAction, EnquiryState
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_name, lock_row
from market.listings.models import Listing


def enquire(
    session: Session, actor: Actor, listing_number: str, text: str, *, offers_contact: bool, now: datetime
) -> Enquiry:
    """A verified enterprise asks the institution in private; with an open enquiry on the listing it asks further there.

    Raises NotFound for a listing that is not public, AskingRefused or AskingTooMuch otherwise.
    """
    require(actor, Act.ENQUIRE)
    listing = listing_to_ask(session, listing_number)
    if not actor.is_verified:
        sentence = N_("贵单位还没有通过平台核验，核验后才能私下咨询；公开提问不用等。")
        raise AskingRefused("enquiry.unverified", sentence)
    kept = cleaned(text)
    take_turn(session, actor, now)
    open_id = session.scalar(
        select(Enquiry.id).where(
            Enquiry.listing_id == listing.id,
            Enquiry.enquirer_organisation_id == actor.organisation_id,
            Enquiry.state != EnquiryState.CLOSED,
        )
    )
    if open_id is not None:
        enquiry = lock_row(session, Enquiry, open_id)
        _ask(session, actor, enquiry, kept, now)
    else:
        enquiry = _begin(session, actor, listing, kept, now)
    if offers_contact and enquiry.contact_offered_at is None:
        _offer(session, actor, enquiry, now)
    return enquiry


def _begin(session: Session, actor: Actor, listing: Listing, text: str, now: datetime) -> Enquiry:
    due_on = due_day(session, now)
    enquiry = Enquiry(
        number=_next_number(session, now),
        listing_id=listing.id,
        seller_organisation_id=listing.organisation_id,
        enquirer_organisation_id=actor.organisation_id,
        asked_by_id=actor.person_id,
        state=EnquiryState.WAITING,
        asked_at=now,
        first_due_on=due_on,
        waiting_since=now,
        due_on=due_on,
    )
    session.add(enquiry)
    session.flush()
    message = _write(session, actor, enquiry, text, now)
    _record(session, enquiry, "enquiry.asked", actor, now, None, message)
    return enquiry


def ask_further(session: Session, actor: Actor, enquiry_id: int, text: str, *, now: datetime) -> Enquiry:
    """The enterprise writes again; the clock runs from the first message that waits. Raises NotFound for another's."""
    require(actor, Act.CONTINUE_ENQUIRY)
    enquiry = _enquirers(session, actor, enquiry_id)
    kept = cleaned(text)
    take_turn(session, actor, now)
    _ask(session, actor, enquiry, kept, now)
    return enquiry


def _ask(session: Session, actor: Actor, enquiry: Enquiry, text: str, now: datetime) -> None:
    before = EnquiryState(enquiry.state)
    state = rules.ENQUIRIES.target(before, EnquiryAction.ASK)
    if _is_said_already(session, actor, enquiry, text):
        return
    if enquiry.waiting_since is None:
        enquiry.waiting_since, enquiry.due_on = now, due_day(session, now)
    enquiry.state = state
    message = _write(session, actor, enquiry, text, now)
    _record(session, enquiry, "enquiry.asked_further", actor, now, before, message)


def answer_enquiry(session: Session, actor: Actor, enquiry_id: int, text: str, *, now: datetime) -> Enquiry:
    """The institution answers; nobody waits any more. Raises NotFound for another institution's."""
    require(actor, Act.ANSWER_ENQUIRY)
    enquiry = _sellers(session, actor, enquiry_id)
    before = EnquiryState(enquiry.state)
    state = rules.ENQUIRIES.target(before, EnquiryAction.ANSWER)
    kept = cleaned(text)
    if _is_said_already(session, actor, enquiry, kept):
        return enquiry
    enquiry.state, enquiry.waiting_since, enquiry.due_on = state, None, None
    enquiry.first_answered_at = enquiry.first_answered_at or now
    message = _write(session, actor, enquiry, kept, now)
    _record(session, enquiry, "enquiry.answered", actor, now, before, message)
    return enquiry


def offer_contact(session: Session, actor: Actor, enquiry_id: int, *, now: datetime) -> Enquiry:
    """The enterprise agrees that the institution learns her name and address once it accepts; twice is once."""
    require(actor, Act.CONTINUE_ENQUIRY)
    enquiry = _enquirers(session, actor, enquiry_id)
    _refuse_closed(enquiry)
    if enquiry.contact_offered_at is None:
        _offer(session, actor, enquiry, now)
    return enquiry


def _offer(session: Session, actor: Actor, enquiry: Enquiry, now: datetime) -> None:
    enquiry.contact_offered_at, enquiry.contact_offered_by_id = now, actor.person_id
    _record(session, enquiry, "enquiry.contact_offered", actor, now, EnquiryState(enquiry.state))


def accept_contact(session: Session, actor: Actor, enquiry_id: int, *, now: datetime) -> Enquiry:
    """The institution accepts the exchange: both sides see each other's contacts; twice is once."""
    require(actor, Act.ANSWER_ENQUIRY)
    enquiry = _sellers(session, actor, enquiry_id)
    _refuse_closed(enquiry)
    if enquiry.contact_offered_at is None:
        raise AskingRefused("enquiry.no_offer", N_("对方还没有提出交换联系方式。"))
    if enquiry.contact_accepted_at is None:
        enquiry.contact_accepted_at, enquiry.contact_accepted_by_id = now, actor.person_id
        _record(session, enquiry, "enquiry.contact_accepted", actor, now, EnquiryState(enquiry.state))
    return enquiry


def close_enquiry(session: Session, actor: Actor, enquiry_id: int, *, now: datetime) -> Enquiry:
    """The enterprise needs no further answer. A first answer that never came stays missing."""
    require(actor, Act.CONTINUE_ENQUIRY)
    enquiry = _enquirers(session, actor, enquiry_id)
    before = EnquiryState(enquiry.state)
    enquiry.state = rules.ENQUIRIES.target(before, EnquiryAction.CLOSE)
    enquiry.waiting_since, enquiry.due_on, enquiry.closed_at = None, None, now
    _record(session, enquiry, "enquiry.closed", actor, now, before)
    return enquiry


def _sellers(session: Session, actor: Actor, enquiry_id: int) -> Enquiry:
    enquiry = lock_row(session, Enquiry, enquiry_id)
    if enquiry.seller_organisation_id != actor.organisation_id:
        raise NotFound
    asker_persons = person_ids_of(session, enquiry.enquirer_organisation_id)
    require_other_person(actor.person_id, Act.ANSWER_ENQUIRY, asker_persons)
    return enquiry


def _enquirers(session: Session, actor: Actor, enquiry_id: int) -> Enquiry:
    enquiry = lock_row(session, Enquiry, enquiry_id)
    if enquiry.enquirer_organisation_id != actor.organisation_id:
        raise NotFound
    return enquiry


def _refuse_closed(enquiry: Enquiry) -> None:
    if enquiry.state == EnquiryState.CLOSED:
        raise AskingRefused("enquiry.closed", N_("这份咨询已结束，不能再交换联系方式。"))


def _is_said_already(session: Session, actor: Actor, enquiry: Enquiry, text: str) -> bool:
    """Whether this is the thread's last message already: the same form sent twice."""
    statement = (
        select(EnquiryMessage)
        .where(EnquiryMessage.enquiry_id == enquiry.id)
        .order_by(EnquiryMessage.id.desc())
        .limit(1)
    )
    last = session.scalar(statement)
    return last is not None and (last.organisation_id, last.text_digest) == (actor.organisation_id, digest_of(text))


def _write(session: Session, actor: Actor, enquiry: Enquiry, text: str, now: datetime) -> EnquiryMessage:
    message = EnquiryMessage(
        enquiry_id=enquiry.id,
        organisation_id=actor.organisation_id,
        written_by_id=actor.person_id,
        text=text,
        text_digest=digest_of(text),
        written_at=now,
    )
    session.add(message)
    session.flush()
    return message


def _record(
    session: Session,
    enquiry: Enquiry,
    action: str,
    actor: Actor,
    now: datetime,
    before: EnquiryState | None,
    message: EnquiryMessage | None = None,
) -> None:
    listing = session.get_one(Listing, enquiry.listing_id)
    payload: dict[str, Any] = {
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
        "seller_organisation_id": enquiry.seller_organisation_id,
        "buyer_organisation_id": enquiry.enquirer_organisation_id,
        "due_on": enquiry.due_on.isoformat() if enquiry.due_on else None,
    }
    if message is not None:
        payload |= {"message_id": message.id, "text_sha256": message.text_digest}
    states = (before.value if before else None, enquiry.state)
    record_step(session, ("enquiry", enquiry.id), action, actor, now, states=states, payload=payload)


def _next_number(session: Session, now: datetime) -> str:
    """`ZX2026000001`: prefix, year, six digits without gaps."""
    start = f"ZX{local_date(now).year:04d}"
    lock_name(session, f"number {start}")
    last = session.scalar(select(func.max(Enquiry.number)).where(Enquiry.number.startswith(start)))
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:06d}"
