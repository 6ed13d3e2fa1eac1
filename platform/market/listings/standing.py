"""How offers of a published listing stand today, for whoever sells them in another way than by agreement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from market.kernel.clock import local_date
from market.kernel.errors import N_
from market.kernel.locks import lock_row
from market.listings.bundles import achievements_of
from market.listings.checks import bundle_problems, facts_of
from market.listings.lifecycle import PAUSABLE
from market.listings.models import Listing, Offer
from market.listings.offers import draft_of
from market.listings.preconditions import confirmable, precondition_problems, problem_abroad
from market.listings.rules import Problem
from market.listings.service import change_state
from market.listings.vocabulary import ListingAction

AFTER_LOT = N_("竞价已终结，所含专利的权利负担仍在，系统自动中止；核对条件后可以恢复")


@dataclass(frozen=True)
class OffersStanding:
    """What keeps offers from being sold today: `barred` whatever anybody shows, `open` until a paper is named."""

    barred: tuple[Problem, ...] = ()
    open: tuple[Problem, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything, what is barred first."""
        return self.barred + self.open

    def __add__(self, other: OffersStanding) -> OffersStanding:
        return OffersStanding(self.barred + other.barred, self.open + other.open)


def standing_of_offers(session: Session, listing: Listing, offer_ids: Collection[int], today: date) -> OffersStanding:
    """How these offers of the listing stand: the rights of everything that it offers, and each way's preconditions."""
    offered = achievements_of(session, listing)
    facts = facts_of(session, offered, today)
    offers = [draft_of(offer) for offer in listing.offers if offer.id in offer_ids]
    by_paper = {f"offer.{kind}" for offer in offers for kind in confirmable(offer, facts)}
    lawful = precondition_problems(offers, facts)
    barred = [problem for problem in lawful if problem.code not in by_paper]
    still_open = [problem for problem in lawful if problem.code in by_paper]
    return OffersStanding((*bundle_problems(session, offered, today), *barred), tuple(still_open))


def gate_abroad(session: Session, offer: Offer, today: date) -> Problem | None:
    """What keeps an acquirer abroad from this offer today; None when she is admitted."""
    facts = facts_of(session, achievements_of(session, offer.listing), today)
    return problem_abroad(draft_of(offer), facts)


def pause_unlawful(session: Session, listing_id: int, now: datetime) -> None:
    """Pause a listing of which a way may not be offered any more; nothing for one that is not shown or still stands."""
    listing = lock_row(session, Listing, listing_id)
    if listing.state not in PAUSABLE:
        return
    every = [offer.id for offer in listing.offers]
    if standing_of_offers(session, listing, every, local_date(now)).problems:
        change_state(session, listing_id, ListingAction.PAUSE, actor=None, now=now, reason=AFTER_LOT)
