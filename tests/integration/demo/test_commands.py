"""`flask demo`: loading, refusing to load, and the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import IPRight
from market.auctions.models import Bid
from market.demo.loading import DemoRefused, load
from market.demo.world import load_world
from market.kernel.clock import FixedClock
from market.kernel.db import current_session
from market.kernel.events import Event
from market.listings.models import Listing
from tests.factories.world import make_organisation

pytestmark = pytest.mark.timeout(600)
"""Some three hundred listings are loaded through the services, on a machine where other tests run beside."""


def test_the_same_moment_gives_the_same_world(session: Session, clock: FixedClock) -> None:
    first = session.begin_nested()
    load(session, clock.at)
    told = _fingerprint(session)
    first.rollback()
    session.expire_all()

    load(session, clock.at)

    assert _fingerprint(session) == told


def _fingerprint(session: Session) -> tuple[list[object], ...]:
    """What the world says, without the ids that the database gave."""
    return (
        list(session.execute(select(IPRight.number, IPRight.legal_status).order_by(IPRight.number))),
        list(session.execute(select(Listing.title, Listing.state, Listing.published_at).order_by(Listing.title))),
        list(session.execute(select(Bid.price_fen, Bid.placed_at).order_by(Bid.placed_at))),
        list(session.execute(select(Event.action, Event.occurred_at).order_by(Event.id))),
    )


def test_a_database_that_holds_an_organisation_is_refused_and_stays_as_it_is(
    session: Session, clock: FixedClock
) -> None:
    make_organisation(session)

    with pytest.raises(DemoRefused) as refusal:
        load(session, clock.at)

    assert refusal.value.code == "demo.not_empty"
    assert session.scalar(select(func.count(Organisation.id))) == 1


@pytest.fixture
def empty_app(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def test_loads_once_prints_the_accounts_and_refuses_a_second_time(empty_app: Flask) -> None:
    runner = empty_app.test_cli_runner()

    first = runner.invoke(args=["demo", "load"])
    accounts = runner.invoke(args=["demo", "accounts"])
    everybody = runner.invoke(args=["demo", "accounts", "--all"])
    second = runner.invoke(args=["demo", "load"])

    assert (first.exit_code, accounts.exit_code, everybody.exit_code, second.exit_code) == (0, 0, 0, 1)
    world = load_world()
    identities = sum(len(roles) for entry in world.people for roles in entry.of.values())
    assert f"机构 {len(world.organisations)}，" in first.output
    assert "演示数据，与所列单位无关" in first.output
    assert "kezhuan-demo-2026" in accounts.output
    assert "officer@wzu.demo" in accounts.output
    assert "officer@wmu.demo" not in accounts.output
    assert everybody.output.count("@") == identities
    assert "空的数据库" in second.output
    assert current_session().scalar(select(func.count(Organisation.id))) == len(world.organisations)


def test_without_a_demonstration_the_accounts_say_so(empty_app: Flask) -> None:
    result = empty_app.test_cli_runner().invoke(args=["demo", "accounts"])

    assert result.exit_code == 0
    assert result.output == "没有演示账号：数据库里没有演示数据。\n"


def test_production_is_refused_and_nothing_is_written(empty_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = empty_app.extensions["kezhuan_settings"]
    monkeypatch.setitem(empty_app.extensions, "kezhuan_settings", replace(settings, environment="production"))

    result = empty_app.test_cli_runner().invoke(args=["demo", "load"])

    assert result.exit_code == 1
    assert "生产环境" in result.output
    assert current_session().scalar(select(func.count(Organisation.id))) == 0
