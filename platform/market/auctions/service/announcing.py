"""Announce a lot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.auctions import rules
from market.auctions.errors import LotRefused
from market.auctions.models import Lot, LotItem
from market.auctions.rules import Announcement, AnnouncementLimits
from market.auctions.service.shared import offers_payload, record_on
from market.auctions.vocabulary import BiddingMode, LotState
from market.kernel import jobs
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_name, lock_rows
from market.kernel.money import Money
from market.kernel.parameters import parameter
from market.listings.errors import ListingHasProblems
from market.listings.models import Listing, Offer
from market.listings.service import change_state
from market.listings.standing import standing_of_offers
from market.listings.vocabulary import ListingAction, ListingState, Pricing, TransferWay


def announcement_limits(session: Session, now: datetime) -> AnnouncementLimits:
    """The parameters in force on the day."""
    today = local_date(now)
    return AnnouncementLimits(
        notice_days=int(parameter(session, "auction.notice_days", today)),
        shortest_notice_days=int(parameter(session, "auction.notice_days_min", today)),
        minimum_hours=int(parameter(session, "auction.min_hours", today)),
        soft_close_minutes=int(parameter(session, "auction.ext_minutes", today)),
        deposit_ratio=parameter(session, "auction.deposit_ratio", today),
    )


def announce_lot(
    session: Session, actor: Actor, offer_ids: Sequence[int], announcement: Announcement, now: datetime
) -> Lot:
    """Announce a lot over published offers of way 网络竞价 of the actor's institution; their listings go to 竞价中.

    The start price is the sum of the offers' approved start prices. Raises NotAllowed, NotFound for offers that are
    not the actor's, LotRefused for terms or offers that do not fit.
    """
    require(actor, Act.ANNOUNCE_LOT)
    limits = announcement_limits(session, now)
    rules.check_announcement(announcement, limits, now)
    offers = _lock_offers(session, actor, offer_ids, now)
    lot = _new_lot(session, actor, offers, announcement, limits=limits, now=now)
    for offer in offers:
        change_state(session, offer.listing_id, ListingAction.START_BIDDING, actor=actor, now=now, reason=lot.number)
    _record_announcement(session, actor, lot, now)
    jobs.defer(session, "auctions.close_lot", run_at=lot.closes_at, lot_id=lot.id)
    return lot


def _lock_offers(session: Session, actor: Actor, offer_ids: Sequence[int], now: datetime) -> list[Offer]:
    """The offers with their listings locked. Raises NotFound or LotRefused."""
    if not offer_ids:
        raise LotRefused("lot.no_offers", N_("请至少选择一项以网络竞价方式上架的成果。"))
    offers = list(session.scalars(select(Offer).where(Offer.id.in_(set(offer_ids))).order_by(Offer.listing_id)))
    listings = {row.id: row for row in lock_rows(session, Listing, [offer.listing_id for offer in offers])}
    if len(offers) != len(set(offer_ids)) or any(
        listing.organisation_id != actor.organisation_id for listing in listings.values()
    ):
        raise NotFound
    for offer in offers:
        if offer.transfer_way != TransferWay.AUCTION or offer.pricing != Pricing.STARTING:
            raise LotRefused("lot.not_for_auction", N_("这一项没有以网络竞价方式上架并标明起始价，不能发布竞价公告。"))
        if listings[offer.listing_id].state != ListingState.PUBLISHED:
            raise LotRefused(
                "lot.listing_not_published", N_("成果不在“已上架”状态（可能已在竞价或已成交），不能发布竞价公告。")
            )
    _refuse_unlawful(session, listings.values(), {offer.id for offer in offers}, now)
    if len({offer.currency for offer in offers}) != 1:
        raise LotRefused("lot.mixed_currencies", N_("同一标的的各项成果须使用同一币种。"))
    return offers


def _refuse_unlawful(session: Session, listings: Iterable[Listing], offer_ids: Collection[int], now: datetime) -> None:
    """What has run out, or is not lawful any more since it was published, is not auctioned: ListingHasProblems."""
    for listing in listings:
        problems = standing_of_offers(session, listing, offer_ids, local_date(now)).problems
        if problems:
            raise ListingHasProblems(problems)


def _new_lot(
    session: Session,
    actor: Actor,
    offers: Sequence[Offer],
    announcement: Announcement,
    *,
    limits: AnnouncementLimits,
    now: datetime,
) -> Lot:
    start = Money(sum(offer.price_fen or 0 for offer in offers), offers[0].currency)
    lot = Lot(
        number=_next_number(session, now),
        seller_organisation_id=actor.organisation_id,
        title=announcement.title.strip(),
        mode=BiddingMode.ASCENDING,
        state=LotState.ANNOUNCED,
        start_price_fen=start.minor_units,
        step_fen=announcement.step.minor_units,
        currency=start.currency,
        deposit_fen=rules.deposit(start, limits).minor_units,
        notice_days=rules.notice_days_of(now, announcement.opens_at),
        minimum_hours=limits.minimum_hours,
        soft_close_seconds=limits.soft_close_minutes * 60,
        announced_at=now,
        opens_at=announcement.opens_at,
        announced_closes_at=announcement.closes_at,
        closes_at=announcement.closes_at,
        created_by_id=actor.person_id,
        created_at=now,
        items=[LotItem(offer=offer, position=place) for place, offer in enumerate(offers, 1)],
    )
    session.add(lot)
    session.flush()
    return lot


def _next_number(session: Session, now: datetime) -> str:
    """`JJ` (竞价), the year, five digits."""
    lock_name(session, "lot.number")
    prefix = f"JJ{local_date(now).year}"
    last = session.scalar(select(func.max(Lot.number)).where(Lot.number.startswith(prefix)))
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"


def _record_announcement(session: Session, actor: Actor, lot: Lot, now: datetime) -> None:
    payload = {
        "seller_organisation_id": lot.seller_organisation_id,
        "seller_county": actor.county_code,
        "start_price_fen": lot.start_price_fen,
        "step_fen": lot.step_fen,
        "currency": lot.currency,
        "opens_at": lot.opens_at.isoformat(),
        "closes_at": lot.closes_at.isoformat(),
        "offers": offers_payload(session, lot.id),
    }
    record_on(session, lot, "lot.announced", now, actor=actor, after=LotState.ANNOUNCED, payload=payload)
