"""What enterprises asked institutions, what was answered, and which listings they watch."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.demo.cast import Cast
from market.demo.market_days import MarketDays
from market.demo.story import Story
from market.demo.world import CONTENT
from market.enquiries.service import questions, talking, watching
from market.listings.models import Listing

_ASKED, _ANSWERED = 9.4, 15.6
"""Hours of the day."""


@dataclass
class Talks:
    """The part of questions, enquiries and watched listings in the story."""

    session: Session
    cast: Cast
    market: MarketDays
    story: Story

    def tell(self) -> None:
        """Put everything that talks.toml holds into the story."""
        content = tomllib.loads((CONTENT / "talks.toml").read_text(encoding="utf-8"))
        for entry in content["question"]:
            self.story.tell(self.story.moment(entry["days"], _ASKED), partial(self._question, entry))
        for entry in content["enquiry"]:
            self.story.tell(self.story.moment(entry["days"], _ASKED), partial(self._enquiry, entry))
        for entry in content["watch"]:
            self.story.tell(self.story.moment(entry["days"], _ASKED), partial(self._watch, entry))

    def _number(self, achievement: str) -> str:
        statement = select(Listing.number).where(Listing.id == self.market.listings[achievement])
        return self.session.execute(statement).scalar_one()

    def _question(self, entry: dict[str, Any], at: datetime) -> None:
        number, asker = self._number(entry["achievement"]), self.cast.actor(entry["by"])
        asked = questions.ask_question(self.session, asker, number, entry["text"], now=at)
        if "answer" in entry:
            answered_at = self.story.moment(entry["answered"], _ANSWERED)
            officer = self.market.officer_of(entry["achievement"])
            questions.answer_question(self.session, officer, asked.id, entry["answer"], now=answered_at)

    def _enquiry(self, entry: dict[str, Any], at: datetime) -> None:
        number, asker = self._number(entry["achievement"]), self.cast.actor(entry["by"])
        offers = entry.get("offers_contact", False)
        begun = talking.enquire(self.session, asker, number, entry["text"], offers_contact=offers, now=at)
        if "answer" not in entry:
            return
        answered_at = self.story.moment(entry["answered"], _ANSWERED)
        officer = self.market.officer_of(entry["achievement"])
        talking.answer_enquiry(self.session, officer, begun.id, entry["answer"], now=answered_at)
        if entry.get("exchanges"):
            talking.accept_contact(self.session, officer, begun.id, now=answered_at)

    def _watch(self, entry: dict[str, Any], at: datetime) -> None:
        number = self._number(entry["achievement"])
        for email in entry["by"]:
            watching.watch(self.session, self.cast.actor(email), number, now=at)
