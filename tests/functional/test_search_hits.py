"""Hits of the result page through HTTP: the reasons they show, and choosing some to compare."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.kernel.clock import local_date
from market.listings.models import Listing
from market.listings.rules import listing_number
from search import service
from search.engines.embedded import EmbeddedEngine
from search.meaning.embedder import MODEL
from search.meaning.hybrid import HybridEngine
from search.models import SearchEntry
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation


@pytest.fixture
def hall(session: Session, engine: EmbeddedEngine) -> list[Listing]:
    university = make_organisation(session, name="温州某大学", code="WZMU")
    listings = [
        make_public_listing(
            session,
            f"高温密封件{one}<b>",
            organisation=university,
            number=listing_number(2026, university.id, one),
            patent_numbers=(f"20231000000{one}.5",),
            summary="用于泵阀。",
            completers="张三丰、李四",
        )
        for one in range(1, 7)
    ]
    make_public_listing(session, "耐磨垫圈", organisation=university, patent_numbers=("202310000019.X",))
    service.reconcile(engine)
    return listings


def page(client: FlaskClient, address: str) -> str:
    with client.get(address) as answer:
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


def reasons(html: str) -> list[str]:
    """The line of reasons of each hit, without markup."""
    found = re.findall(r'<details class="why">\s*<summary>(.*?)</summary>', html, re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]+>", " ", one)).split()) for one in found]


def test_each_hit_says_which_words_stand_where(client: FlaskClient, hall: list[Listing]) -> None:
    html = page(client, "/listings?q=密封件+泵阀+石墨烯")
    assert reasons(html)[0].startswith("为什么有这条 “密封件”“泵阀” 题名、内容")
    assert "<dt>没有出现</dt><dd>石墨烯</dd>" in html


def test_a_number_and_a_name_are_reasons(client: FlaskClient, hall: list[Listing]) -> None:
    assert reasons(page(client, "/listings?q=202310000003.5"))[0].startswith("为什么有这条 号码一致 202310000003.5")
    assert "名称一致 张三丰" in reasons(page(client, "/listings?q=张三丰"))[0]


def test_without_a_question_no_reasons_are_shown(client: FlaskClient, hall: list[Listing]) -> None:
    assert reasons(page(client, "/listings?institution=WZMU")) == []


def test_a_hit_that_only_its_class_explains_shows_the_class(
    session: Session, client: FlaskClient, engine: EmbeddedEngine
) -> None:
    make_public_listing(
        session, "耐磨垫圈", patent_numbers=("202310000019.X",), main_class="A61F2/08", technical_field="materials"
    )
    service.reconcile(engine)
    html = page(client, "/listings?q=假体")
    assert re.search(r"分类：.*<mark>假体</mark>", html)


class Pointing:
    """An embedder whose every question means the first dimension."""

    def question(self, text: str) -> bytes:
        return direction(1)

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        return [direction(1) for _ in texts]


def direction(*values: float) -> bytes:
    """A vector of length one."""
    vector = np.zeros(384, dtype="<f4")
    vector[: len(values)] = values
    return bytes((vector / np.linalg.norm(vector)).tobytes())


def test_a_hit_that_meaning_found_says_so_and_promises_no_words(
    app: Flask, session: Session, client: FlaskClient, engine: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = make_public_listing(session, "耐磨垫圈", industry="DQ")
    far = make_public_listing(session, "眼底影像", industry="SM")
    for listing, vector in ((near, direction(1, 0.2)), (far, direction(0, 1))):
        session.add(SearchEntry(listing_id=listing.id, vector=vector, vector_model=MODEL))
    session.flush()
    service.reconcile(engine)
    monkeypatch.setitem(app.extensions, "kezhuan_search", HybridEngine(engine, Pointing()))
    html = page(client, "/listings?q=石墨烯")
    assert reasons(html) == ["为什么有这条 意思相近"]
    assert "耐磨垫圈" in html
    assert "眼底影像" not in html
    assert "<mark>" not in html


# --- comparing from the list ---


def test_hits_are_chosen_and_taken_out_on_the_list_itself(client: FlaskClient, hall: list[Listing]) -> None:
    back = f"/listings?q={quote('密封件')}"
    chosen = client.post("/comparison", data={"number": hall[0].number, "back": f"{back}#{hall[0].number}"})
    assert chosen.location == f"{back}#{hall[0].number}"
    html = page(client, back)
    assert html.count("已加入对比</button>") == 1
    assert "对比 1/4 项" in html
    assert f'href="/comparison?listing={hall[0].number}"' in html

    client.post("/comparison", data={"removed": hall[0].number, "back": back})
    assert "compare-bar" not in page(client, back)


def test_a_fifth_cannot_be_chosen_and_changes_nothing(client: FlaskClient, hall: list[Listing]) -> None:
    for one in hall[:4]:
        client.post("/comparison", data={"number": one.number})
    html = page(client, "/listings?q=密封件")
    assert html.count("已加入对比</button>") == 4
    assert html.count("对比已满 4 项") == len(re.findall("<h2>", html)) - 4
    refused = client.post("/comparison", data={"number": hall[4].number, "back": "/listings"}, follow_redirects=True)
    said = refused.get_data(as_text=True)
    assert "一次最多对比 4 项" in said
    assert said.count("已加入对比</button>") == 4


def test_what_left_the_market_is_not_in_the_bar(session: Session, client: FlaskClient, hall: list[Listing]) -> None:
    for one in hall[:2]:
        client.post("/comparison", data={"number": one.number})
    hall[0].state = "withdrawn"
    session.flush()
    html = page(client, "/listings")
    assert "对比 1/4 项" in html
    assert hall[0].number not in html


@pytest.mark.parametrize(
    "back", ["https://example.com/", "//example.com", "/\\example.com", "listings", "", "/a\nb", "/" + "a" * 9000]
)
def test_adding_leads_nowhere_else(client: FlaskClient, hall: list[Listing], back: str) -> None:
    answer = client.post("/comparison", data={"number": hall[0].number, "back": back})
    assert answer.location == f"/comparison?listing={hall[0].number}"


def test_titles_are_escaped_in_bar_and_buttons(client: FlaskClient, hall: list[Listing]) -> None:
    client.post("/comparison", data={"number": hall[0].number})
    assert "<b>" not in page(client, "/listings?q=密封件")


# --- ways out ---


def test_an_empty_list_says_which_choice_empties_it(client: FlaskClient, hall: list[Listing]) -> None:
    html = page(client, "/listings?q=密封件&institution=WZMU&field=aerospace")
    assert "没有找到符合条件的成果" in html
    eased = re.search(
        r'<a href="([^"]*)" rel="nofollow">去掉“技术领域：([^”]*)”</a>\s*<span class="soft">至少 6 项', html
    )
    assert eased
    assert page(client, unescape(eased[1])).count("<h2>") == 6
    assert "去掉“单位" not in html


def test_a_list_with_hits_or_without_filters_shows_no_ways_out(client: FlaskClient, hall: list[Listing]) -> None:
    assert "放宽条件" not in page(client, "/listings?q=密封件&institution=WZMU")
    assert "放宽条件" not in page(client, "/listings?q=量子纠缠")


@pytest.mark.parametrize(("years", "told"), [(10, "years left"), (1, "year left")])
def test_the_comparison_counts_the_years_left_in_english_too(
    client: FlaskClient, session: Session, hall: list[Listing], years: int, told: str
) -> None:
    day = local_date(NOW) + timedelta(days=round(365.25 * years))
    for one in hall[:2]:
        one.achievement.rights[0].expires_on = day
    session.commit()
    chosen = "&".join(f"listing={one.number}" for one in hall[:2])
    assert told in page(client, f"/comparison?{chosen}&language=en")
