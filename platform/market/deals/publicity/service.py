"""Use cases of a publicity: write the price down, start, end before its time, go on to signing after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.policy import Act, require, require_other_person
from market.accounts.queries import are_related
from market.accounts.rules import Actor
from market.deals.models import Deal
from market.deals.publicity import rules
from market.deals.publicity.errors import PublicityRefused
from market.deals.publicity.models import Publicity
from market.deals.publicity.shared import end_publicity, locked_deal, open_objections, open_publicity, sold_deal
from market.deals.publicity.vocabulary import PublicityAction, PublicityState
from market.deals.rules import BINDING_WAYS, OPEN_LISTING_STATES
from market.deals.service import next_number, record_deal
from market.deals.vocabulary import DealState
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import Event
from market.kernel.holidays import load_calendar
from market.kernel.money import Money
from market.kernel.parameters import parameter
from market.listings.models import Listing, Offer
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction, ListingState

LISTING_MOVED = N_("挂牌的价格、方式或权利范围有重大变更，或挂牌已离开市场；公示终止，须重新公示，期限重新计算")


@dataclass(frozen=True)
class PriceDraft:
    """What was agreed, by which decision of the institution, and where it is made known inside it."""

    price: Money
    price_basis: str
    unit_notice: str
    is_related: bool
    related_note: str = ""


def confirm_price(session: Session, actor: Actor, deal_id: int, draft: PriceDraft, *, now: datetime) -> Publicity:
    """价格确认: the officer writes down what will be made known; written again it replaces what has not started.

    Raises NotFound for another's deal; PublicityRefused for a deal whose price was not agreed between two or that is
    past negotiation, for a missing basis or place, and for a related buyer who is not marked.
    """
    require(actor, Act.CONFIRM_PRICE)
    listing, deal = sold_deal(session, actor, deal_id)
    if deal.kind not in rules.WITH_PUBLICITY or deal.state not in (DealState.NEGOTIATING, DealState.PRICE_CONFIRMED):
        raise PublicityRefused("publicity.not_negotiating", N_("只有洽谈中的协议定价交易可以确认价格。"))
    if listing.state not in OPEN_LISTING_STATES:
        raise PublicityRefused("publicity.listing", N_("挂牌已中止或离开市场，恢复后才能确认价格、办理公示。"))
    _refuse_unclear(session, deal, draft)
    publicity = open_publicity(session, deal.id)
    if publicity is None:
        publicity = Publicity(
            number=next_number(session, "GS", Publicity.number, now),
            deal_id=deal.id,
            listing_id=listing.id,
            seller_organisation_id=deal.seller_organisation_id,
            state=PublicityState.CONFIRMED,
        )
    publicity.transfer_way = session.get_one(Offer, deal.offer_id).transfer_way
    publicity.confirmed_by_id, publicity.confirmed_at = actor.person_id, now
    _write(publicity, listing, draft)
    session.add(publicity)
    before = DealState(deal.state)
    deal.state, deal.price_fen, deal.currency = DealState.PRICE_CONFIRMED, publicity.price_fen, publicity.currency
    record_deal(
        session, deal, "deal.price_confirmed", actor, now, before,
        publicity_number=publicity.number, price_fen=publicity.price_fen, currency=publicity.currency,
        is_related=publicity.is_related,
    )  # fmt: skip
    return publicity


def _write(publicity: Publicity, listing: Listing, draft: PriceDraft) -> None:
    publicity.title = listing.title
    publicity.abstract = listing.abstract or listing.summary
    publicity.price_fen, publicity.currency = draft.price.minor_units, draft.price.currency
    publicity.is_related, publicity.related_note = draft.is_related, draft.related_note.strip()
    publicity.price_basis, publicity.unit_notice = draft.price_basis.strip(), draft.unit_notice.strip()


def _refuse_unclear(session: Session, deal: Deal, draft: PriceDraft) -> None:
    if len(draft.price_basis.strip()) < rules.BASIS_MINIMUM:
        raise PublicityRefused(
            "publicity.basis", N_("请写明定价的依据和单位的决策文件，例如会议纪要的名称和文号。"), field="price_basis"
        )
    if len(draft.unit_notice.strip()) < rules.BASIS_MINIMUM:
        raise PublicityRefused(
            "publicity.unit", N_("请写明在本单位何处公示（条例第17条要求单位和平台两处）。"), field="unit_notice"
        )
    if draft.is_related and not draft.related_note.strip():
        raise PublicityRefused(
            "publicity.related_note",
            N_("请写明受让方与成果完成人或本单位的关系，公示时一并注明。"),
            field="related_note",
        )
    _refuse_unmarked(session, deal, is_marked=draft.is_related)


def _refuse_unmarked(session: Session, deal: Deal, *, is_marked: bool) -> None:
    """Who is recorded as a related party, or shares a person with the seller, is marked so (article 17)."""
    seller, buyer = deal.seller_organisation_id, deal.buyer_organisation_id
    if is_marked or not (are_related(seller, buyer) or person_ids_of(session, seller) & person_ids_of(session, buyer)):
        return
    raise PublicityRefused(
        "publicity.related_unmarked",
        N_("受让方登记为本单位的关联方，或与本单位有共同的人员，公示时必须注明（条例第17条）。"),
        field="is_related",
    )


def start_publicity(session: Session, actor: Actor, deal_id: int, *, now: datetime) -> Publicity:
    """Another person, a head, starts it: from now on everybody sees it, for the days of the regulation.

    A way that leaves nothing for others takes the listing into 公示. Raises NotFound, NotAllowed for who wrote the
    price, PublicityRefused when the listing left the market or the buyer became related since.
    """
    require(actor, Act.START_PUBLICITY)
    listing, deal = sold_deal(session, actor, deal_id)
    publicity = _of_deal(session, deal)
    require_other_person(actor.person_id, Act.START_PUBLICITY, [publicity.confirmed_by_id])
    target = rules.PUBLICITIES.target(PublicityState(publicity.state), PublicityAction.START)
    if listing.state not in OPEN_LISTING_STATES:
        raise PublicityRefused("publicity.listing", N_("挂牌已中止或离开市场，恢复后才能确认价格、办理公示。"))
    if (publicity.title, publicity.abstract) != (listing.title, listing.abstract or listing.summary):
        raise PublicityRefused("publicity.stale", N_("确认价格以后挂牌的名称或摘要改过，请经办人重新确认价格。"))
    _refuse_unmarked(session, deal, is_marked=publicity.is_related)
    today = local_date(now)
    days = int(parameter(session, rules.PUBLICITY_DAYS, today))
    publicity.ends_on = rules.last_day(load_calendar(session), today, days, 0)
    publicity.days, publicity.state, publicity.started_by_id, publicity.started_at = days, target, actor.person_id, now
    before = DealState(deal.state)
    deal.state = DealState.PUBLICITY
    if publicity.transfer_way in BINDING_WAYS:
        change_state(session, listing.id, ListingAction.START_PUBLICITY, actor=actor, now=now)
    record_deal(
        session, deal, "deal.publicity_started", actor, now, before,
        publicity_number=publicity.number, ends_on=publicity.ends_on.isoformat(),
    )  # fmt: skip
    return publicity


def void_publicity(session: Session, actor: Actor, deal_id: int, *, reason: str, now: datetime) -> Publicity:
    """The institution ends it before its time, by another person than who started it; the reason is public."""
    require(actor, Act.VOID_PUBLICITY)
    listing, deal = sold_deal(session, actor, deal_id)
    publicity = _of_deal(session, deal)
    require_other_person(actor.person_id, Act.VOID_PUBLICITY, [publicity.started_by_id])
    if not reason.strip():
        raise PublicityRefused("publicity.reason", N_("请写明终止公示的理由，理由会公开显示。"), field="reason")
    end_publicity(session, listing, deal, publicity, reason.strip(), actor, now)
    return publicity


def complete_publicity(session: Session, deal_id: int, *, now: datetime) -> Publicity:
    """The days are over and no objection is open: the deal may be signed. The one way into 待签约 for an agreed price.

    Raises NotFound without a running publicity, PublicityRefused before the end, while an objection is open, and when
    the listing changed under it.
    """
    listing, deal = locked_deal(session, deal_id)
    publicity = _of_deal(session, deal)
    target = rules.PUBLICITIES.target(PublicityState(publicity.state), PublicityAction.COMPLETE)
    assert publicity.ends_on is not None
    if open_objections(session, publicity.id):
        raise PublicityRefused("publicity.objection", N_("还有异议没有处理，公示期中止计算，不能签约。"))
    if not rules.is_over(publicity.ends_on, local_date(now)):
        raise PublicityRefused("publicity.running", N_("公示期还没有届满，不能签约。"))
    if not _stands(session, publicity, listing):
        raise PublicityRefused("publicity.listing_moved", LISTING_MOVED)
    publicity.state, publicity.ended_at = target, now
    before = DealState(deal.state)
    deal.state = DealState.SIGNING
    record_deal(session, deal, "deal.publicity_completed", None, now, before, publicity_number=publicity.number)
    return publicity


def _stands(session: Session, publicity: Publicity, listing: Listing) -> bool:
    """Whether the listing is where the publicity put it, and nothing material of it changed since."""
    changed = select(Event.payload).where(
        Event.subject_kind == "listing",
        Event.subject_id == listing.id,
        Event.action == "listing.changed",
        Event.occurred_at >= publicity.started_at,
    )
    if any(payload.get("material") for payload in session.scalars(changed)):
        return False
    if publicity.transfer_way in BINDING_WAYS:
        return listing.state == ListingState.PUBLICITY
    return listing.state in OPEN_LISTING_STATES | {ListingState.PUBLICITY}


def void_after_change(session: Session, listing_id: int, *, before: datetime, now: datetime) -> int:
    """After a material change of a listing, or when it left the market: the publicities that ran `before` that end and
    must begin anew, with all their days. Returns how many."""
    running = (
        Publicity.listing_id == listing_id,
        Publicity.state == PublicityState.RUNNING,
        Publicity.started_at <= before,
    )
    ended = 0
    for deal_id in session.scalars(select(Publicity.deal_id).where(*running).order_by(Publicity.deal_id)).all():
        listing, deal = locked_deal(session, deal_id)
        publicity = open_publicity(session, deal.id)
        if publicity is None or publicity.state != PublicityState.RUNNING:
            continue
        end_publicity(session, listing, deal, publicity, LISTING_MOVED, None, now)
        if publicity.transfer_way in BINDING_WAYS and listing.state == ListingState.PUBLISHED:
            change_state(session, listing.id, ListingAction.START_NEGOTIATION, actor=None, now=now)
        ended += 1
    return ended


def _of_deal(session: Session, deal: Deal) -> Publicity:
    publicity = open_publicity(session, deal.id)
    if publicity is None:
        raise NotFound
    return publicity
