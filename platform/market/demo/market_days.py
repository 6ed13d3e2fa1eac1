"""What happened on the market: listings written, reviewed, published, paused and expired; lots announced, bid for, closed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.auctions import service as auctions
from market.auctions.rules import CODE_ALPHABET, CODE_LENGTH, Announcement
from market.auctions.vocabulary import LotState
from market.deals.service import begin_auction_deal
from market.demo.cast import Cast
from market.demo.particulars import INDUSTRY_CLASSES
from market.demo.register import Register
from market.demo.story import Story
from market.demo.world import AchievementEntry, BidEntry, LotEntry, OfferEntry, PauseEntry, World
from market.kernel.money import Money
from market.listings import service as listings
from market.listings.jobs import LIFE_ENDED
from market.listings.models import Offer
from market.listings.rules import ListingDraft, OfferDraft
from market.listings.vocabulary import ListingAction, ListingState, PriceBasis, Pricing, TransferWay

LIFE_DAYS = 366
_WRITING = timedelta(days=5)
_SUBMITTING = timedelta(days=3, hours=20)
_APPROVING = timedelta(days=1, hours=18)
_HOURS = (9.6, 10.4, 11.2, 14.3, 15.1, 16.5)
_LICENCES = {TransferWay.EXCLUSIVE_LICENCE, TransferWay.SOLE_LICENCE, TransferWay.ORDINARY_LICENCE}
_PAID = _LICENCES | {TransferWay.ASSIGNMENT, TransferWay.OPEN_LICENCE}
_OPEN_YEARS = 3
"""The licence of a declaration whose note says nothing of years; one that is paid by the year is for a year."""
_YEARS = {"两年": 2, "三年": 3, "四年": 4, "五年": 5, "六年": 6}
_PLACES = {"浙江省内": "province", "温州市内": "city", "县内": "agreed", "区内": "agreed"}
_UNREVIEWED = {ListingState.DRAFT, ListingState.INSTITUTION_REVIEW, ListingState.PLATFORM_REVIEW}
"""States in which nobody but the reviewers sees a listing."""


@dataclass
class MarketDays:
    """The market's part of the story, with the ids that the services gave."""

    session: Session
    cast: Cast
    register: Register
    story: Story
    listings: dict[str, int] = field(default_factory=dict)
    lots: dict[str, int] = field(default_factory=dict)

    def tell(self, world: World) -> None:
        """Put listings, pauses and lots into the story."""
        for place, entry in enumerate(world.achievements):
            if entry.listing is not None:
                self._tell_listing(entry, _HOURS[place % len(_HOURS)])
        for pause in world.pauses:
            self._tell_pause(pause)
        for lot in world.lots:
            self._tell_lot(lot)

    def offer_id(self, achievement: str, way: str) -> int:
        """The offer of one way on the achievement's listing."""
        statement = select(Offer.id).where(Offer.listing_id == self.listings[achievement], Offer.transfer_way == way)
        return self.session.execute(statement).scalar_one()

    def _tell_listing(self, entry: AchievementEntry, hour: float) -> None:
        listing = entry.listing
        assert listing is not None
        last = self.story.moment(listing.published, hour)
        state = ListingState(listing.state)
        if state in _UNREVIEWED:
            self._tell_unreviewed(entry, state, last)
            return
        if state is ListingState.REJECTED:
            self._tell_rejected(entry, last)
            return
        self.story.tell(last - _WRITING, lambda at: self._write(entry, at))
        self.story.tell(last - _SUBMITTING, lambda at: self._submit(entry, at))
        self.story.tell(last - _APPROVING, lambda at: self._approve(entry, at))
        self.story.tell(last, lambda at: self._publish(entry, at))
        if state is ListingState.WITHDRAWN:
            self._tell_withdrawal(entry, last)

    def _tell_withdrawal(self, entry: AchievementEntry, published_at: datetime) -> None:
        """Taken back by the institution, or at the end of the listing's life."""
        assert entry.listing is not None
        if entry.listing.withdrawn is None:
            self.story.tell(published_at + timedelta(days=LIFE_DAYS), lambda at: self._expire(entry, at))
        else:
            self.story.tell(self.story.moment(entry.listing.withdrawn, 15.8), lambda at: self._withdraw(entry, at))

    def _tell_rejected(self, entry: AchievementEntry, last: datetime) -> None:
        assert entry.listing is not None
        self.story.tell(last - _WRITING, lambda at: self._write(entry, at))
        self.story.tell(last - _SUBMITTING, lambda at: self._submit(entry, at))
        if entry.listing.rejected_by == "platform":
            self.story.tell(last - _APPROVING, lambda at: self._approve(entry, at))
            self.story.tell(last, lambda at: self._publish(entry, at, approves=False))
        else:
            self.story.tell(last, lambda at: self._approve(entry, at, approves=False))

    def _tell_unreviewed(self, entry: AchievementEntry, state: ListingState, last: datetime) -> None:
        steps = [self._write, self._submit, self._approve]
        taken = {ListingState.DRAFT: 1, ListingState.INSTITUTION_REVIEW: 2, ListingState.PLATFORM_REVIEW: 3}[state]
        for back, step in enumerate(reversed(steps[:taken])):
            self.story.tell(last - timedelta(days=back), lambda at, step=step: step(entry, at))  # type: ignore[misc]

    def _write(self, entry: AchievementEntry, at: datetime) -> None:
        listing = entry.listing
        assert listing is not None
        officer = self.cast.officer(entry.institution)
        draft = ListingDraft(
            title=listing.title,
            summary=listing.summary,
            problem=listing.problem,
            advantage=listing.advantage,
            technical_field=entry.field,
            industry=entry.industry,
            maturity_stage=entry.maturity,
            offers=tuple(map(_offer, listing.offers)),
            abstract=entry.abstract,
            applied_industries=INDUSTRY_CLASSES.get(entry.industry, ()),
            contact_name=officer.person_name,
            contact_role="成果转化经办",
            confirms_no_secret=True,
            members=tuple(self.register.achievements[key] for key in listing.bundle),
        )
        achievement_id = self.register.achievements[entry.key]
        row = listings.create_listing(self.session, officer, achievement_id, draft, now=at)
        self.listings[entry.key] = row.id

    def _submit(self, entry: AchievementEntry, at: datetime) -> None:
        officer = self.cast.officer(entry.institution)
        listings.submit_listing(self.session, officer, self.listings[entry.key], confirms_legal_status=True, now=at)

    def _approve(self, entry: AchievementEntry, at: datetime, *, approves: bool = True) -> None:
        head, reason = self.cast.head(entry.institution), _reason(entry, approves=approves)
        listings.review_by_institution(
            self.session, head, self.listings[entry.key], approves=approves, reason=reason, now=at
        )

    def _publish(self, entry: AchievementEntry, at: datetime, *, approves: bool = True) -> None:
        operator, reason = self.cast.operator, _reason(entry, approves=approves)
        listings.review_by_platform(
            self.session, operator, self.listings[entry.key], approves=approves, reason=reason, now=at
        )

    def _withdraw(self, entry: AchievementEntry, at: datetime) -> None:
        officer, reason = self.cast.officer(entry.institution), _reason(entry, approves=False)
        listings.withdraw_listing(self.session, officer, self.listings[entry.key], reason=reason, now=at)

    def _expire(self, entry: AchievementEntry, at: datetime) -> None:
        """As the worker's sweep does on the day after the listing's life."""
        listings.change_state(
            self.session, self.listings[entry.key], ListingAction.EXPIRE, actor=None, now=at, reason=LIFE_ENDED
        )

    def _tell_pause(self, pause: PauseEntry) -> None:
        def take_out(at: datetime) -> None:
            officer = self.officer_of(pause.achievement)
            listings.pause_listing(self.session, officer, self.listings[pause.achievement], reason=pause.reason, now=at)

        self.story.tell(self.story.moment(pause.days, 15), take_out)

    def officer_of(self, achievement: str) -> Actor:
        """The officer of the institution that holds the achievement."""
        return self.cast.officer(self.register.institutions[achievement])

    def head_of(self, achievement: str) -> Actor:
        """The head of the institution that holds the achievement."""
        return self.cast.head(self.register.institutions[achievement])

    def _tell_lot(self, lot: LotEntry) -> None:
        announced_at = self.story.moment(lot.announced, 9.2)
        opens_at = self.story.moment(lot.opens)
        self.story.tell(announced_at, lambda at: self._announce(lot, at))
        for place, email in enumerate(lot.bidders):
            came_at = announced_at + timedelta(days=1, hours=3 * place)
            self.story.tell(came_at, lambda at, email=email: self._admit(lot, email, at))  # type: ignore[misc]
        for place, bid in enumerate(lot.bids, 1):
            placed_at = opens_at + timedelta(hours=bid.hours)
            self.story.tell(placed_at, lambda at, bid=bid, place=place: self._bid(lot, bid, place, at))  # type: ignore[misc]
        self.story.tell(self.story.moment(lot.closes, 10.5), lambda _at: self._close(lot))

    def _announce(self, lot: LotEntry, at: datetime) -> None:
        announcement = Announcement(
            title=lot.title,
            step=lot.step,
            opens_at=self.story.moment(lot.opens),
            closes_at=self.story.moment(lot.closes),
        )
        officer = self.officer_of(lot.achievement)
        offer_id = self.offer_id(lot.achievement, TransferWay.AUCTION.value)
        self.lots[lot.achievement] = auctions.announce_lot(self.session, officer, [offer_id], announcement, at).id

    def _admit(self, lot: LotEntry, email: str, at: datetime) -> None:
        lot_id = self.lots[lot.achievement]
        code = _code(f"{lot.achievement} {email}")
        auctions.register_bidder(self.session, self.cast.actor(email), lot_id, at, new_code=lambda: code)

    def _bid(self, lot: LotEntry, bid: BidEntry, place: int, at: datetime) -> None:
        bidder: Actor = self.cast.actor(bid.by)
        auctions.place_bid(
            self.session,
            bidder,
            self.lots[lot.achievement],
            _yuan(bid.price),
            f"demo-{lot.achievement}-{place}",
            bid_clock=auctions.told_clock(at),
        )

    def _close(self, lot: LotEntry) -> None:
        """As the worker does, two seconds after the end that the last bids left."""
        lot_id = self.lots[lot.achievement]
        at = auctions.end_of(self.session, lot_id) + timedelta(seconds=2)
        if auctions.close_lot(self.session, lot_id, at) is LotState.SOLD:
            self._begin_deal(lot, lot_id, at)

    def _begin_deal(self, lot: LotEntry, lot_id: int, at: datetime) -> None:
        """What the job `deals.follow_lot` does; when it comes, it finds the deal begun."""
        last = lot.bids[-1]
        begin_auction_deal(
            self.session,
            lot_id=lot_id,
            offer_id=self.offer_id(lot.achievement, TransferWay.AUCTION.value),
            seller_id=self.officer_of(lot.achievement).organisation_id,
            buyer_id=self.cast.actor(last.by).organisation_id,
            price=last.price,
            now=at,
        )


def _reason(entry: AchievementEntry, *, approves: bool) -> str:
    assert entry.listing is not None
    return "" if approves else entry.listing.reason


def _offer(entry: OfferEntry) -> OfferDraft:
    return OfferDraft(
        way=TransferWay(entry.way),
        pricing=Pricing(entry.pricing),
        price=entry.price,
        basis=PriceBasis(entry.basis) if entry.basis else None,
        price_note=entry.note,
        trial_months=entry.months,
        terms=_terms(entry),
    )


def _terms(entry: OfferEntry) -> dict[str, Any]:
    """What of the note the editor keeps as data: how long, where, how paid."""
    terms: dict[str, Any] = {}
    if TransferWay(entry.way) in _LICENCES:
        years = next((number for word, number in _YEARS.items() if word in entry.note), None)
        terms |= {"term_years": years} if years else {}
        terms["territory"] = next((place for word, place in _PLACES.items() if word in entry.note), "nationwide")
    if entry.way == TransferWay.OPEN_LICENCE:
        terms["term_years"] = 1 if "年" in entry.note.replace("三年", "") else _OPEN_YEARS
    if entry.pricing == Pricing.FIXED and TransferWay(entry.way) in _PAID:
        terms["payment"] = "lump_sum"
    return terms


def _yuan(price: Money) -> str:
    return f"{price.yuan:.2f}"


def _code(seed: str) -> str:
    """A bidder's code that says nothing of the bidder and is the same with every loading."""
    digest: Iterable[int] = hashlib.sha256(seed.encode()).digest()[:CODE_LENGTH]
    return "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in digest)
