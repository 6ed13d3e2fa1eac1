"""Applications of enterprises on ordinary ways, and what the institutions answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from market.deals import service as deals
from market.demo.cast import Cast
from market.demo.market_days import MarketDays
from market.demo.story import Story
from market.demo.world import ApplicationEntry, World


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
