"""Applications of enterprises on ordinary ways, and what the institutions answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.deals import service as deals
from market.deals.models import Deal
from market.deals.publicity import service as publicity
from market.deals.publicity.service import PriceDraft
from market.demo.cast import Cast
from market.demo.market_days import MarketDays
from market.demo.story import Story
from market.demo.world import ApplicationEntry, World

LONGEST_PUBLICITY = 26
"""So many days after its start a publicity is over, whatever days of rest move its end."""


@dataclass
class Applications:
    """The applications' part of the story."""

    session: Session
    cast: Cast
    market: MarketDays
    story: Story
    ids: dict[tuple[str, str], int] = field(default_factory=dict)

    def tell(self, world: World) -> None:
        """Put every application and its answer into the story."""
        for entry in world.applications:
            self._tell(entry)

    def _tell(self, entry: ApplicationEntry) -> None:
        self.story.tell(self.story.moment(entry.days, 11.3), lambda at: self._apply(entry, at))
        if entry.decision is not None:
            self.story.tell(self.story.moment(entry.decision.days, 16.2), lambda at: self._answer(entry, at))
        if entry.publicity is not None:
            days = entry.publicity.days
            self.story.tell(self.story.moment(days + 1, 15.4), lambda at: self._confirm_price(entry, at))
            self.story.tell(self.story.moment(days, 9.6), lambda at: self._start_publicity(entry, at))
            self.story.tell(self.story.moment(days - LONGEST_PUBLICITY, 0.5), lambda at: self._end_publicity(entry, at))
        if entry.withdrawn is not None:
            self.story.tell(self.story.moment(entry.withdrawn, 9.8), lambda at: self._withdraw(entry, at))

    def _apply(self, entry: ApplicationEntry, at: datetime) -> None:
        offer_id = self.market.offer_id(entry.achievement, entry.way)
        draft = deals.ApplicationDraft(entry.plan, entry.price)
        application = deals.apply_on_offer(self.session, self.cast.actor(entry.by), offer_id, draft, now=at)
        self.ids[entry.achievement, entry.by] = application.id

    def _answer(self, entry: ApplicationEntry, at: datetime) -> None:
        assert entry.decision is not None
        officer = self.market.officer_of(entry.achievement)
        application_id = self.ids[entry.achievement, entry.by]
        if entry.decision.accepts:
            deals.accept_application(self.session, officer, application_id, now=at)
        else:
            deals.decline_application(self.session, officer, application_id, reason=entry.decision.reason, now=at)

    def _withdraw(self, entry: ApplicationEntry, at: datetime) -> None:
        application_id = self.ids[entry.achievement, entry.by]
        deals.withdraw_application(self.session, self.cast.actor(entry.by), application_id, now=at)

    def _confirm_price(self, entry: ApplicationEntry, at: datetime) -> None:
        assert entry.publicity is not None and entry.price is not None
        draft = PriceDraft(entry.price, entry.publicity.basis, entry.publicity.place, is_related=False)
        officer = self.market.officer_of(entry.achievement)
        publicity.confirm_price(self.session, officer, self._deal_id(entry), draft, now=at)

    def _start_publicity(self, entry: ApplicationEntry, at: datetime) -> None:
        head = self.market.head_of(entry.achievement)
        publicity.start_publicity(self.session, head, self._deal_id(entry), now=at)

    def _end_publicity(self, entry: ApplicationEntry, at: datetime) -> None:
        publicity.complete_publicity(self.session, self._deal_id(entry), now=at)

    def _deal_id(self, entry: ApplicationEntry) -> int:
        application_id = self.ids[entry.achievement, entry.by]
        return self.session.execute(select(Deal.id).where(Deal.application_id == application_id)).scalar_one()
