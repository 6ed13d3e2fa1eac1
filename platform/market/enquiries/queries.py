"""Reads of questions, enquiries and watched listings; frozen rows, never ORM rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation, Person
from market.accounts.rules import Actor
from market.enquiries.access import enquiries_of, questions_of
from market.enquiries.models import Enquiry, EnquiryMessage, ListingQuestion, Watch
from market.enquiries.rules import masked_phone
from market.enquiries.vocabulary import EnquiryState, QuestionState
from market.kernel.db import current_session
from market.kernel.lists import ListQuery, Orders
from market.kernel.money import Money
from market.listings.models import Listing, Offer
from market.listings.vocabulary import READABLE_STATES, ListingState


@dataclass(frozen=True)
class QuestionRow:
    """One line of a list of questions, and its page."""

    id: int
    listing_number: str
    listing_title: str
    is_readable: bool
    seller_name: str
    asker_name: str
    state: QuestionState
    text: str
    asked_at: datetime
    due_on: date
    answer: str | None
    answered_at: datetime | None
    hidden_reason: str | None

    @property
    def waits_until(self) -> date | None:
        """The day of the answer while one is awaited."""
        return self.due_on if self.state is QuestionState.WAITING else None


@dataclass(frozen=True)
class EnquiryRow:
    """One line of a list of enquiries, and its page."""

    id: int
    number: str
    listing_number: str
    listing_title: str
    is_readable: bool
    seller_name: str
    enquirer_name: str
    state: EnquiryState
    asked_at: datetime
    due_on: date | None
    first_answered_at: datetime | None
    is_contact_offered: bool
    is_contact_exchanged: bool


@dataclass(frozen=True)
class MessageRow:
    """One message of a thread."""

    organisation_name: str
    is_own: bool
    text: str
    written_at: datetime


@dataclass(frozen=True)
class ContactRow:
    """Whom one side may call. `phone` is masked until the exchange is accepted; then name and address stand too."""

    organisation_name: str
    role: str
    phone: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class WatchRow:
    """One watched listing; `state` None once it is no longer public."""

    number: str
    title: str
    organisation_name: str
    state: ListingState | None
    price: Money | None
    expires_on: date | None
    watched_at: datetime


@dataclass(frozen=True)
class PublicQuestion:
    """A question with its answer, as everybody reads it: the asker is not named."""

    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime


_seller, _asker = aliased(Organisation), aliased(Organisation)
_READABLE = [state.value for state in READABLE_STATES]


def question_conditions(
    actor: Actor, state: QuestionState | None, text: str, *, late_on: date | None = None
) -> list[ColumnElement[bool]]:
    """Conditions of the list of questions; `late_on`: only those that are overdue on this day."""
    conditions = [questions_of(actor)]
    if state is not None:
        conditions.append(ListingQuestion.state == state)
    if text:
        named = (ListingQuestion.text, Listing.number, Listing.title, _seller.name)
        conditions.append(or_(*(name.icontains(text, autoescape=True) for name in named)))
    if late_on is not None:
        conditions += [ListingQuestion.state == QuestionState.WAITING, ListingQuestion.due_on < late_on]
    return conditions


def _question_row(found: Any) -> QuestionRow:
    question, listing, seller_name, asker_name = found
    return QuestionRow(
        id=question.id,
        listing_number=listing.number,
        listing_title=listing.title,
        is_readable=listing.state in _READABLE,
        seller_name=seller_name,
        asker_name=asker_name,
        state=QuestionState(question.state),
        text=question.text,
        asked_at=question.asked_at,
        due_on=question.due_on,
        answer=question.answer,
        answered_at=question.answered_at,
        hidden_reason=question.hidden_reason,
    )


QUESTIONS = ListQuery(
    select(ListingQuestion, Listing, _seller.name, _asker.name)
    .join(Listing, Listing.id == ListingQuestion.listing_id)
    .join(_seller, _seller.id == ListingQuestion.seller_organisation_id)
    .join(_asker, _asker.id == ListingQuestion.asker_organisation_id),
    _question_row,
    Orders(
        {
            "title": Listing.title,
            "seller": _seller.name,
            "asked": ListingQuestion.asked_at,
            "due": ListingQuestion.due_on,
        },
        default=((ListingQuestion.state == QuestionState.WAITING).desc(), ListingQuestion.id.desc()),
        last=ListingQuestion.id,
    ),
)
"""Those that wait for an answer first, then the newest."""


def enquiry_conditions(
    actor: Actor, state: EnquiryState | None, text: str, *, late_on: date | None = None
) -> list[ColumnElement[bool]]:
    """Conditions of the list of enquiries; `late_on`: only those that are overdue on this day."""
    conditions = [enquiries_of(actor)]
    if state is not None:
        conditions.append(Enquiry.state == state)
    if text:
        named = (Enquiry.number, Listing.number, Listing.title, _seller.name, _asker.name)
        conditions.append(or_(*(name.icontains(text, autoescape=True) for name in named)))
    if late_on is not None:
        conditions.append(Enquiry.due_on < late_on)
    return conditions


def _enquiry_row(found: Any) -> EnquiryRow:
    enquiry, listing, seller_name, enquirer_name = found
    return EnquiryRow(
        id=enquiry.id,
        number=enquiry.number,
        listing_number=listing.number,
        listing_title=listing.title,
        is_readable=listing.state in _READABLE,
        seller_name=seller_name,
        enquirer_name=enquirer_name,
        state=EnquiryState(enquiry.state),
        asked_at=enquiry.asked_at,
        due_on=enquiry.due_on,
        first_answered_at=enquiry.first_answered_at,
        is_contact_offered=enquiry.contact_offered_at is not None,
        is_contact_exchanged=enquiry.contact_accepted_at is not None,
    )


ENQUIRIES = ListQuery(
    select(Enquiry, Listing, _seller.name, _asker.name)
    .join(Listing, Listing.id == Enquiry.listing_id)
    .join(_seller, _seller.id == Enquiry.seller_organisation_id)
    .join(_asker, _asker.id == Enquiry.enquirer_organisation_id),
    _enquiry_row,
    Orders(
        {"number": Enquiry.number, "title": Listing.title, "asked": Enquiry.asked_at, "due": Enquiry.due_on},
        default=((Enquiry.state == EnquiryState.WAITING).desc(), Enquiry.id.desc()),
        last=Enquiry.id,
    ),
)
"""Those that wait for an answer first, then the newest."""


def messages_of(enquiry_id: int, actor: Actor) -> list[MessageRow]:
    """The thread from its beginning; organisations are named, persons are not."""
    statement = (
        select(EnquiryMessage, Organisation.name)
        .join(Organisation, Organisation.id == EnquiryMessage.organisation_id)
        .where(EnquiryMessage.enquiry_id == enquiry_id)
        .order_by(EnquiryMessage.id)
    )
    return [
        MessageRow(name, message.organisation_id == actor.organisation_id, message.text, message.written_at)
        for message, name in current_session().execute(statement)
    ]


def contact_for(actor: Actor, enquiry: Enquiry) -> ContactRow | None:
    """The other side's contact as far as this side may see it; None where there is nothing to show.

    Before the exchange is accepted the enterprise sees the role and a masked number, the institution nothing.
    """
    is_exchanged = enquiry.contact_accepted_at is not None
    if actor.organisation_id == enquiry.enquirer_organisation_id:
        return _contact_of_seller(enquiry, is_exchanged)
    if actor.organisation_id != enquiry.seller_organisation_id or not is_exchanged:
        return None
    organisation_name = _name_of(enquiry.enquirer_organisation_id)
    name, email = _person(enquiry.contact_offered_by_id)
    return ContactRow(organisation_name, "", "", name, email)


def _contact_of_seller(enquiry: Enquiry, is_exchanged: bool) -> ContactRow | None:
    listing = current_session().get_one(Listing, enquiry.listing_id)
    organisation_name = _name_of(enquiry.seller_organisation_id)
    if not is_exchanged:
        if not listing.contact_phone:
            return None
        return ContactRow(organisation_name, listing.contact_role, masked_phone(listing.contact_phone))
    name, email = _person(enquiry.contact_accepted_by_id)
    named = "、".join(dict.fromkeys(one for one in (listing.contact_name, name) if one))
    return ContactRow(organisation_name, listing.contact_role, listing.contact_phone, named, email)


def _name_of(organisation_id: int) -> str:
    return current_session().get_one(Organisation, organisation_id).name


def _person(person_id: int | None) -> tuple[str, str]:
    statement = select(Person.display_name, Person.email).where(Person.id == person_id, Person.is_enabled.is_(True))
    row = current_session().execute(statement).first()
    return (row[0], row[1]) if row else ("", "")


_LOWEST = select(func.min(Offer.price_fen)).where(Offer.listing_id == Listing.id).scalar_subquery()


def watch_conditions(actor: Actor, state: ListingState | None, text: str) -> list[ColumnElement[bool]]:
    """Conditions of the list of watched listings; the words are looked for in what the listing was called then."""
    conditions: list[ColumnElement[bool]] = [Watch.organisation_id == actor.organisation_id]
    if state is not None:
        conditions += [Listing.state == state, Listing.state.in_(_READABLE)]
    if text:
        named = (Listing.number, Watch.title, Organisation.name)
        conditions.append(or_(*(name.icontains(text, autoescape=True) for name in named)))
    return conditions


def _watch_row(found: Any) -> WatchRow:
    watch, listing, organisation_name, lowest = found
    is_readable = listing.state in _READABLE
    return WatchRow(
        number=listing.number,
        title=listing.title if is_readable else watch.title,
        organisation_name=organisation_name,
        state=ListingState(listing.state) if is_readable else None,
        price=Money(lowest) if is_readable and lowest is not None else None,
        expires_on=listing.expires_on if is_readable else None,
        watched_at=watch.watched_at,
    )


WATCHES = ListQuery(
    select(Watch, Listing, Organisation.name, _LOWEST)
    .join(Listing, Listing.id == Watch.listing_id)
    .join(Organisation, Organisation.id == Listing.organisation_id),
    _watch_row,
    Orders(
        {
            "number": Listing.number,
            "title": Watch.title,
            "organisation": Organisation.name,
            "watched": Watch.watched_at,
        },
        default=(Watch.watched_at.desc(), Watch.listing_id.desc()),
        last=Watch.listing_id,
    ),
)
"""The last watched first."""


def public_questions(listing_id: int, limit: int) -> list[PublicQuestion]:
    """Answered questions about a listing, the last answered first."""
    statement = (
        select(ListingQuestion)
        .where(ListingQuestion.listing_id == listing_id, ListingQuestion.state == QuestionState.ANSWERED)
        .order_by(ListingQuestion.answered_at.desc(), ListingQuestion.id.desc())
        .limit(limit)
    )
    return [
        PublicQuestion(row.text, row.asked_at, row.answer, row.answered_at)
        for row in current_session().scalars(statement)
        if row.answer is not None and row.answered_at is not None
    ]


def is_watched(actor: Actor, listing_id: int) -> bool:
    """Whether the actor's enterprise watches the listing."""
    return current_session().get(Watch, (actor.organisation_id, listing_id)) is not None


def watch_count(listing_id: int) -> int:
    """How many enterprises watch the listing: the number is all that the institution learns."""
    return current_session().scalar(select(func.count()).where(Watch.listing_id == listing_id)) or 0


class WaitingKind(StrEnum):
    """What waits for an institution's answer."""

    QUESTION = "question"
    ENQUIRY = "enquiry"


def waiting_for(organisation_id: int, kind: WaitingKind) -> tuple[int, date | None]:
    """How many questions or enquiries wait for the institution, and the first day by which one is due."""
    if kind is WaitingKind.QUESTION:
        model: type[ListingQuestion | Enquiry] = ListingQuestion
        waiting = ListingQuestion.state == QuestionState.WAITING
    else:
        model, waiting = Enquiry, Enquiry.state == EnquiryState.WAITING
    statement = select(func.count(model.id), func.min(model.due_on)).where(
        model.seller_organisation_id == organisation_id, waiting
    )
    count, due_on = current_session().execute(statement).one()
    return count, due_on
