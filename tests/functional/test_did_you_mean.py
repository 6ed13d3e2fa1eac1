"""What the result page says when other words were probably meant."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search import service
from search.engines.base import EngineUnavailable, SearchAnswer
from search.engines.embedded import EmbeddedEngine
from search.query import SearchQuery
from search.suggesting import keeping
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation


class DownEngine:
    """An engine that never answers."""

    name = "down"

    def search(self, query: SearchQuery) -> SearchAnswer:
        raise EngineUnavailable("down for this test")


@pytest.fixture(params=["embedded", "down"])
def hall(
    request: pytest.FixtureRequest, app: Flask, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Listing]:
    """Answered by the embedded index, and by PostgreSQL while the engine is down."""
    university = make_organisation(session, name="温州某大学", code="WZMU")
    titles = ("高温密封圈", "泵阀密封件", "激光焊接机器人", "石墨烯散热膜", *(f"高温水泵{one}" for one in range(5)))
    listings = [make_public_listing(session, title, organisation=university, main_class="") for title in titles]
    engine = EmbeddedEngine(tmp_path / "search")
    service.reconcile(engine)
    keeping.reconcile()
    monkeypatch.setitem(app.extensions, "kezhuan_search", engine if request.param == "embedded" else DownEngine())
    return listings


def page(client: FlaskClient, text: str, **arguments: str) -> str:
    answer = client.get("/listings", query_string={"q": text} | arguments)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def titles(html: str) -> list[str]:
    return [re.sub("<[^>]+>", "", one) for one in re.findall(r"<h2><a[^>]*>(.*?)</a></h2>", html)]


@pytest.mark.parametrize(
    ("given", "meant", "first"),
    [
        ("密峰圈", "密封圈", "高温密封圈"),
        ("mifengquan", "密封圈", "高温密封圈"),
        ("密圈封", "密封圈", "高温密封圈"),
        ("jiguang hanjie", "激光 焊接", "激光焊接机器人"),
        ("石默烯", "石墨烯", "石墨烯散热膜"),
        ("wzmdx", "温州某大学", "高温水泵4"),
    ],
)
def test_a_question_that_finds_nothing_is_answered_as_it_was_meant_and_says_so(
    client: FlaskClient, hall: list[Listing], given: str, meant: str, first: str
) -> None:
    html = page(client, given)
    assert f"没有找到“{given}”，以下是“{meant}”的结果。" in html
    assert first in titles(html)
    assert f'value="{given}"' in html
    assert f"仍按“{given}”检索" in html


def test_the_link_to_the_words_as_typed_searches_them_and_offers_the_other_wording(
    client: FlaskClient, hall: list[Listing]
) -> None:
    [address] = re.findall(r'href="(/listings\?[^"]*literal=1)"', page(client, "密峰圈", county="330302"))
    assert "county=330302" in address
    html = unescape(client.get(re.findall(r'href="(/listings\?[^"]*literal=1)"', page(client, "密峰圈"))[0]).text)
    assert titles(html) == []
    assert "没有找到符合条件的成果" in html
    assert "以下是" not in html
    assert re.search(r'您是不是要找：<a href="/listings\?q=[^"]+" rel="nofollow">密封圈</a>', html)


@pytest.mark.parametrize("hall", ["embedded"], indirect=True)
def test_a_wrong_word_beside_a_right_one_is_offered_corrected_beside_the_results(
    client: FlaskClient, hall: list[Listing]
) -> None:
    html = page(client, "高温密峰圈")
    assert "高温水泵0" in titles(html)
    assert "以下是" not in html
    assert ">高温密封圈</a>" in html
    assert "您是不是要找" in html


@pytest.mark.parametrize(
    "given", ["密封圈", "高温水泵", "", "激光", "温州某大学", "量子纠缠", '"密峰圈"', "单位:密峰圈"]
)
def test_nothing_is_offered_for_known_words_unknown_things_and_expert_questions(
    client: FlaskClient, hall: list[Listing], given: str
) -> None:
    html = page(client, given)
    assert "您是不是要找" not in html
    assert "以下是" not in html


def test_filters_stay_with_the_other_wording(client: FlaskClient, hall: list[Listing]) -> None:
    html = page(client, "密峰圈", institution="WZMU")
    assert titles(html) == ["高温密封圈"]
    assert re.search(r'href="/listings\?q=[^"]*&institution=WZMU&literal=1"', html)


def test_terms_that_left_the_market_are_not_offered(session: Session, client: FlaskClient, hall: list[Listing]) -> None:
    hall[0].state = "withdrawn"
    session.flush()
    html = page(client, "密峰圈")
    assert "密封圈" not in html
    assert titles(html) == []


def test_a_wrong_check_digit_is_told_and_the_number_searched_without_it(
    session: Session, client: FlaskClient, hall: list[Listing]
) -> None:
    assert "校验位" not in page(client, "201710601862.3")
    html = page(client, "ZL 2017 1 0601862.5")
    assert "“ZL 2017 1 0601862.5”的校验位不对，按号码推算应为 3" in html


@pytest.mark.parametrize(
    "given", ["mifeng" * 30, "密峰圈" * 60, "a b c d e f g h i j", "zzzzzzzzzzzz", "ü" * 20, "\x00密峰圈"]
)
def test_odd_questions_are_answered(client: FlaskClient, hall: list[Listing], given: str) -> None:
    page(client, given)
