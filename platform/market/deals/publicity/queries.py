"""Reads of publicities: the public page, what the deal's page shows of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from market.accounts.models import Organisation, Person
from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.deals.models import Deal
from market.deals.publicity import rules
from market.deals.publicity.models import Publicity, PublicityObjection
from market.deals.publicity.vocabulary import ObjectionState, PublicityState
from market.deals.vocabulary import DealState
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.money import Money
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES, TransferWay

SHOWN_STATES = (PublicityState.RUNNING, PublicityState.COMPLETED, PublicityState.VOIDED)


@dataclass(frozen=True)
class ObjectionView:
    """An objection. `text` and `raised_by` (name, organisation, address) only for the institution that decides."""

    id: int
    state: ObjectionState
    raised_at: datetime
    due_on: date
    decided_at: datetime | None
    decision_reason: str | None
    text: str | None = None
    raised_by: str | None = None
    raised_by_email: str | None = None


@dataclass(frozen=True)
class PublicityView:
    """A publicity as everybody reads it; `price_basis` is for the two sides alone.

    `is_open`: objections are taken. `listing_is_public`: its listing's page answers.
    """

    id: int
    number: str
    state: PublicityState
    title: str
    abstract: str
    way: TransferWay
    price: Money
    is_related: bool
    related_note: str
    price_basis: str
    unit_notice: str
    seller_name: str
    seller_code: str
    listing_number: str
    listing_is_public: bool
    started_at: datetime | None
    days: int | None
    ends_on: date | None
    paused_on: date | None
    ended_at: datetime | None
    void_reason: str | None
    objections: tuple[ObjectionView, ...]

    def is_open(self, today: date) -> bool:
        """Whether objections are taken on the day."""
        if self.state is not PublicityState.RUNNING or self.ends_on is None:
            return False
        return self.paused_on is not None or not rules.is_over(self.ends_on, today)


@dataclass(frozen=True)
class PublicityPart:
    """What a deal's page shows of its publicities, and what the reader may do."""

    current: PublicityView | None
    earlier: tuple[PublicityView, ...]
    may_confirm: bool
    may_start: bool
    may_void: bool
    may_decide: bool


def public_publicity(number: str) -> PublicityView:
    """A publicity that was started. Raises NotFound."""
    publicity = current_session().scalar(
        select(Publicity).where(Publicity.number == number, Publicity.state.in_(SHOWN_STATES))
    )
    if publicity is None or publicity.started_at is None:
        raise NotFound
    return _view(publicity, names_objectors=False)


def part_of_deal(actor: Actor, deal: Deal) -> PublicityPart | None:
    """The publicities of a deal whose price was agreed; None for other kinds."""
    if deal.kind not in rules.WITH_PUBLICITY:
        return None
    sells = deal.seller_organisation_id == actor.organisation_id
    statement = select(Publicity).where(Publicity.deal_id == deal.id).order_by(Publicity.id.desc())
    views = [_view(row, names_objectors=sells) for row in current_session().scalars(statement)]
    current = views[0] if views and views[0].state is not PublicityState.VOIDED else None
    state = current.state if current else None
    is_open = deal.state in (DealState.NEGOTIATING, DealState.PRICE_CONFIRMED)
    return PublicityPart(
        current=current,
        earlier=tuple(view for view in views if view is not current),
        may_confirm=sells and is_open and may(actor, Act.CONFIRM_PRICE),
        may_start=sells and state is PublicityState.CONFIRMED and may(actor, Act.START_PUBLICITY),
        may_void=sells
        and state in (PublicityState.CONFIRMED, PublicityState.RUNNING)
        and may(actor, Act.VOID_PUBLICITY),
        may_decide=sells and state is PublicityState.RUNNING and may(actor, Act.DECIDE_OBJECTION),
    )


def objection_of_deal(deal_id: int, objection_id: int) -> int:
    """The objection's id, if it is about a publicity of the deal. Raises NotFound."""
    statement = (
        select(PublicityObjection.id)
        .join(Publicity, Publicity.id == PublicityObjection.publicity_id)
        .where(Publicity.deal_id == deal_id, PublicityObjection.id == objection_id)
    )
    found = current_session().scalar(statement)
    if found is None:
        raise NotFound
    return found


def _view(publicity: Publicity, *, names_objectors: bool) -> PublicityView:
    session = current_session()
    seller = session.get_one(Organisation, publicity.seller_organisation_id)
    listing = session.get_one(Listing, publicity.listing_id)
    return PublicityView(
        id=publicity.id,
        number=publicity.number,
        state=PublicityState(publicity.state),
        title=publicity.title,
        abstract=publicity.abstract,
        way=TransferWay(publicity.transfer_way),
        price=Money(publicity.price_fen, publicity.currency),
        is_related=publicity.is_related,
        related_note=publicity.related_note,
        price_basis=publicity.price_basis,
        unit_notice=publicity.unit_notice,
        seller_name=seller.name,
        seller_code=seller.code,
        listing_number=listing.number,
        listing_is_public=listing.state in READABLE_STATES,
        started_at=publicity.started_at,
        days=publicity.days,
        ends_on=publicity.ends_on,
        paused_on=publicity.paused_on,
        ended_at=publicity.ended_at,
        void_reason=publicity.void_reason,
        objections=tuple(_objections(publicity.id, names_objectors=names_objectors)),
    )


def _objections(publicity_id: int, *, names_objectors: bool) -> list[ObjectionView]:
    statement = (
        select(PublicityObjection, Person.display_name, Person.email, Organisation.name)
        .join(Person, Person.id == PublicityObjection.raised_by_id)
        .outerjoin(Organisation, Organisation.id == PublicityObjection.raised_by_organisation_id)
        .where(PublicityObjection.publicity_id == publicity_id)
        .order_by(PublicityObjection.id)
    )
    return [
        ObjectionView(
            id=row.id,
            state=ObjectionState(row.state),
            raised_at=row.raised_at,
            due_on=row.due_on,
            decided_at=row.decided_at,
            decision_reason=row.decision_reason,
            text=row.text if names_objectors else None,
            raised_by=" · ".join(filter(None, (organisation, person))) if names_objectors else None,
            raised_by_email=email if names_objectors else None,
        )
        for row, person, email, organisation in current_session().execute(statement)
    ]
