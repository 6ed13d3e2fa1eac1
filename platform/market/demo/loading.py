"""Load the demonstration into an empty database, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation, Person
from market.achievements.models import Achievement
from market.auctions.models import Bid, Lot
from market.deals.models import Application, Deal
from market.demo.applications import Applications
from market.demo.cast import Cast, gather
from market.demo.market_days import MarketDays
from market.demo.papers import add_papers
from market.demo.register import Register
from market.demo.story import Story
from market.demo.talks import Talks
from market.demo.world import load_world
from market.kernel import jobs
from market.kernel.errors import N_, Refusal
from market.kernel.events import sole_writer
from market.kernel.parameters import remembered_parameters
from market.listings.checks import remembered_facts
from market.listings.models import Listing

FOUNDED_DAYS = 455
"""Long enough before the first publication for every step in between."""
COUNTED = {
    "organisations": Organisation,
    "people": Person,
    "achievements": Achievement,
    "listings": Listing,
    "lots": Lot,
    "bids": Bid,
    "applications": Application,
    "deals": Deal,
}


class DemoRefused(Refusal):
    """The demonstration is not loaded here."""


@dataclass(frozen=True)
class Loaded:
    """What was written, as numbers of rows."""

    counts: dict[str, int]


def load(session: Session, now: datetime) -> Loaded:
    """Tell the whole history up to `now` through the services. Raises DemoRefused unless the database is empty.

    Needs an application context. The same `now` gives the same rows, password hash and row ids apart.
    """
    if session.scalar(select(Organisation.id).limit(1)) is not None:
        raise DemoRefused("demo.not_empty", N_("数据库里已有机构，没有装入演示数据。演示数据只能装入空的数据库。"))
    world = load_world()
    story = Story(now)
    cast: Cast = gather(session, world, founded_at=story.moment(FOUNDED_DAYS), now=now)
    register = Register(session, cast, story)
    register.tell(world)
    market = MarketDays(session, cast, register, story)
    market.tell(world)
    Applications(session, cast, market, story).tell(world)
    Talks(session, cast, market, story).tell()
    with jobs.gathered(session), sole_writer(session), remembered_facts(session), remembered_parameters(session):
        story.run()
        add_papers(session, now)
        session.flush()
    return Loaded(
        {name: session.scalar(select(func.count()).select_from(model)) or 0 for name, model in COUNTED.items()}
    )
