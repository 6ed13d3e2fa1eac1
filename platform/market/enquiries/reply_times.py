"""How soon institutions answer: numbers by institution and what is overdue, for bureau and operator; no texts.

A question counts with its answer, an enquiry with its first one. In time = answered on or before the day that was due
when it was asked (rules.md 7.2, A3). What was hidden or closed before that day, unanswered, counts neither way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, cast, func, literal, null, or_, select, union_all

from market.accounts.models import Organisation
from market.accounts.rules import Actor
from market.enquiries.access import institutions_of
from market.enquiries.models import Enquiry, ListingQuestion
from market.enquiries.vocabulary import EnquiryState, QuestionState
from market.kernel.clock import SHANGHAI
from market.kernel.db import current_session
from market.kernel.errors import N_
from market.kernel.lists import ListQuery, Order, Orders
from market.listings.models import Listing

ENQUIRY, QUESTION = "enquiry", "question"
KINDS = {QUESTION: N_("公开提问"), ENQUIRY: N_("咨询")}
_SECONDS_OF_HOUR = 3600


@dataclass(frozen=True)
class ReplyRow:
    """One institution's answers to what was asked in a year. `median_hours`: from the question to its answer."""

    institution_name: str
    county_code: str | None
    asked: int
    in_time: int
    late: int
    waiting: int
    median_hours: float | None

    @property
    def rate(self) -> float | None:
        """Share of the answers that came in time among those that were due; None while nothing was."""
        due = self.in_time + self.late
        return self.in_time / due if due else None


@dataclass(frozen=True)
class OverdueRow:
    """Something that waits for an answer longer than it should."""

    kind: str
    listing_number: str
    listing_title: str
    institution_name: str
    waiting_since: datetime
    due_on: date


_asked = union_all(
    select(
        ListingQuestion.seller_organisation_id.label("institution_id"),
        ListingQuestion.asked_at.label("asked_at"),
        ListingQuestion.due_on.label("due_on"),
        ListingQuestion.answered_at.label("answered_at"),
        ListingQuestion.hidden_at.label("stopped_at"),
    ),
    select(
        Enquiry.seller_organisation_id,
        Enquiry.asked_at,
        Enquiry.first_due_on,
        Enquiry.first_answered_at,
        Enquiry.closed_at,
    ),
).subquery("asked")


def _day(moment: ColumnElement[Any]) -> ColumnElement[date]:
    return cast(func.timezone(SHANGHAI.key, moment), Date)


REPLY_ORDERS = Orders(
    dict.fromkeys(("name", "county", "asked", "in_time", "late", "waiting", "rate", "median")),
    default=(Organisation.name.asc(),),
)
REPLY_VALUES = {
    "name": lambda row: row.institution_name,
    "county": lambda row: row.county_code,
    "asked": lambda row: row.asked,
    "in_time": lambda row: row.in_time,
    "late": lambda row: row.late,
    "waiting": lambda row: row.waiting,
    "rate": lambda row: row.rate,
    "median": lambda row: row.median_hours,
}


def reply_rows(actor: Actor, year: int, today: date, order: Order) -> list[ReplyRow]:
    """The institutions that were asked something in the year and that the actor may read, one query."""
    table = _asked.c
    ended = func.coalesce(table.answered_at, table.stopped_at)
    is_in_time = and_(table.answered_at.is_not(None), _day(table.answered_at) <= table.due_on)
    is_late = or_(and_(ended.is_not(None), _day(ended) > table.due_on), and_(ended.is_(None), table.due_on < today))
    took = func.extract("epoch", table.answered_at - table.asked_at) / _SECONDS_OF_HOUR
    statement = (
        select(
            Organisation.name,
            Organisation.county_code,
            func.count(),
            func.count().filter(is_in_time),
            func.count().filter(is_late),
            func.count().filter(ended.is_(None)),
            func.percentile_cont(0.5).within_group(took).filter(table.answered_at.is_not(None)),
        )
        .select_from(_asked)
        .join(Organisation, Organisation.id == table.institution_id)
        .where(institutions_of(actor), func.extract("year", func.timezone(SHANGHAI.key, table.asked_at)) == year)
        .group_by(Organisation.id)
        .order_by(Organisation.name, Organisation.id)
    )
    rows = [
        ReplyRow(name, county_code, asked, in_time, late, waiting, None if median is None else float(median))
        for name, county_code, asked, in_time, late, waiting, median in current_session().execute(statement)
    ]
    return order.sorted(rows, REPLY_VALUES)


def reply_years(actor: Actor, this_year: int) -> list[int]:
    """The years in which something was asked, this year always among them, the last first."""
    year = func.extract("year", func.timezone(SHANGHAI.key, _asked.c.asked_at))
    statement = (
        select(year).join(Organisation, Organisation.id == _asked.c.institution_id).where(institutions_of(actor))
    )
    found = {int(value) for value in current_session().scalars(statement.distinct())}
    return sorted(found | {this_year}, reverse=True)


_waiting = union_all(
    select(
        literal(QUESTION).label("kind"),
        ListingQuestion.id.label("id"),
        ListingQuestion.listing_id.label("listing_id"),
        ListingQuestion.seller_organisation_id.label("institution_id"),
        ListingQuestion.asked_at.label("waiting_since"),
        ListingQuestion.due_on.label("due_on"),
    ).where(ListingQuestion.state == QuestionState.WAITING),
    select(
        literal(ENQUIRY),
        Enquiry.id,
        Enquiry.listing_id,
        Enquiry.seller_organisation_id,
        Enquiry.waiting_since,
        Enquiry.due_on,
    ).where(Enquiry.state == EnquiryState.WAITING, Enquiry.due_on.is_not(null())),
).subquery("waiting")


def overdue_conditions(actor: Actor, today: date, kind: str, text: str) -> list[ColumnElement[bool]]:
    """Conditions of the list of what is overdue today."""
    conditions = [institutions_of(actor), _waiting.c.due_on < today]
    if kind in KINDS:
        conditions.append(_waiting.c.kind == kind)
    if text:
        named = (Listing.number, Listing.title, Organisation.name)
        conditions.append(or_(*(name.icontains(text, autoescape=True) for name in named)))
    return conditions


OVERDUE = ListQuery(
    select(
        _waiting.c.kind,
        Listing.number,
        Listing.title,
        Organisation.name,
        _waiting.c.waiting_since,
        _waiting.c.due_on,
    )
    .select_from(_waiting)
    .join(Listing, Listing.id == _waiting.c.listing_id)
    .join(Organisation, Organisation.id == _waiting.c.institution_id),
    lambda found: OverdueRow(*found),
    Orders(
        {
            "title": Listing.title,
            "name": Organisation.name,
            "since": _waiting.c.waiting_since,
            "due": _waiting.c.due_on,
        },
        default=(_waiting.c.due_on, _waiting.c.kind, _waiting.c.id),
        last=_waiting.c.id,
    ),
)
"""What has been due longest first."""
