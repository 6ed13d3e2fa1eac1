"""`flask demo` where it is refused or has nothing to say; test_loading.py has the loading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.demo.loading import DemoRefused, load
from market.kernel.clock import FixedClock
from market.kernel.db import current_session
from tests.factories.world import make_organisation


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
