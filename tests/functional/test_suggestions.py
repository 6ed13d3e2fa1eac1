"""The list below the search box, as the box asks for it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search.suggesting import keeping
from search.suggesting.models import SuggestionTerm
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation

TITLES = (
    "一种高温密封圈及其制备方法",
    "泵阀用密封圈",
    "密封件检测装置",
    "低压电器触头蓝光激光焊接方法",
    "激光焊接机器人",
    "Graphene 防腐涂层",
)


@pytest.fixture
def hall(session: Session) -> list[Listing]:
    university = make_organisation(session, name="温州某大学", code="WZMU", former_names=("温州某学院",))
    listings = [make_public_listing(session, title, organisation=university, main_class="") for title in TITLES[:-1]]
    listings.append(
        make_public_listing(
            session, TITLES[-1], organisation=university, main_class="", patent_numbers=("202310000001.5",)
        )
    )
    keeping.reconcile()
    return listings


def fragment(client: FlaskClient, text: str, **arguments: str) -> str:
    answer = client.get("/listings/suggestions", query_string={"q": text} | arguments)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def offered(client: FlaskClient, text: str) -> dict[str, list[str]]:
    """Group to the lines in it."""
    found: dict[str, list[str]] = {}
    for group in fragment(client, text).split('class="suggestion-group"')[1:]:
        kind = re.search(r'role="presentation">(.*?)</div>', group)
        assert kind is not None
        found[kind[1]] = re.findall(r"<span>(.*?)</span>", group)
    return found


def words(client: FlaskClient, text: str) -> list[str]:
    return offered(client, text).get("词语", [])


@pytest.mark.parametrize(
    "typed", ["密封", "mifeng", "mife", "mf", "密feng", "密f", "mifq", "mi封", "密 ", "Mi Feng", "mi'feng"]
)
def test_a_word_is_found_by_characters_pinyin_first_letters_and_mixtures(
    client: FlaskClient, hall: list[Listing], typed: str
) -> None:
    assert "密封圈" in words(client, typed)


def test_traditional_characters_find_simplified_terms(client: FlaskClient, hall: list[Listing]) -> None:
    assert words(client, "低壓") == words(client, "低压") == ["低压电器触头蓝光激光焊接"]


def test_a_word_from_inside_a_title_is_found(client: FlaskClient, hall: list[Listing]) -> None:
    assert words(client, "蓝光") == ["蓝光激光焊接"]


def test_words_that_more_listings_say_come_first(client: FlaskClient, hall: list[Listing]) -> None:
    assert words(client, "mifeng")[0] == "密封圈"
    assert set(words(client, "mifeng")[1:]) == {"密封件检测"}


def test_a_word_that_is_always_continued_is_left_to_its_continuation(client: FlaskClient, hall: list[Listing]) -> None:
    found = words(client, "jiguang")
    assert found[0] == "激光焊接"
    assert "激光" not in found


def test_institutions_are_found_by_first_letters_and_former_names(client: FlaskClient, hall: list[Listing]) -> None:
    assert offered(client, "wzmdx")["单位"] == ["温州某大学"]
    assert offered(client, "温州某学")["单位"] == ["温州某学院"]


def test_listings_that_say_the_word_lead_to_their_page(client: FlaskClient, hall: list[Listing]) -> None:
    assert offered(client, "mfq")["成果"] == [TITLES[1], TITLES[0]]
    assert f'href="/listings/{hall[1].number}"' in fragment(client, "mfq")


def test_a_listing_is_found_by_the_beginning_of_its_title_without_its_opening(
    client: FlaskClient, hall: list[Listing]
) -> None:
    assert offered(client, "高温密封圈及其")["成果"] == [TITLES[0]]


@pytest.mark.parametrize("typed", ["20231000", "ZL 2023 1 0000", "202310000001.5"])
def test_a_number_leads_to_its_listing(client: FlaskClient, hall: list[Listing], typed: str) -> None:
    assert offered(client, typed) == {"成果": [TITLES[-1]]}
    assert f'href="/listings/{hall[-1].number}"' in fragment(client, typed)


def test_a_listing_number_leads_to_its_listing(client: FlaskClient, hall: list[Listing]) -> None:
    assert TITLES[0] in offered(client, hall[0].number)["成果"]


def test_latin_words_are_suggested(client: FlaskClient, hall: list[Listing]) -> None:
    assert words(client, "graph") == ["Graphene"]


def test_the_last_word_of_several_is_completed(client: FlaskClient, hall: list[Listing]) -> None:
    found = words(client, "泵阀 蓝")
    assert found == ["泵阀 蓝光激光焊接"]
    [address] = re.findall(r'href="(/listings\?[^"]+)"', fragment(client, "泵阀 蓝"))
    assert parse_qs(urlsplit(address).query) == {"q": found}


@pytest.mark.parametrize("state", ["withdrawn", "paused", "sold"])
def test_nothing_of_a_listing_that_left_the_market_is_suggested_even_before_the_job_has_run(
    session: Session, client: FlaskClient, hall: list[Listing], state: str
) -> None:
    hall[3].state = state
    session.flush()
    assert session.query(SuggestionTerm).filter_by(key="蓝光").count() == 1
    assert offered(client, "蓝光") == offered(client, "diya") == {}


def test_a_changed_title_is_shown_as_it_is_now(session: Session, client: FlaskClient, hall: list[Listing]) -> None:
    hall[3].title = "新的名称"
    session.flush()
    assert offered(client, "蓝光")["成果"] == ["新的名称"]


def test_names_of_people_are_never_suggested(session: Session, client: FlaskClient) -> None:
    make_public_listing(session, "水泵", completers="陈立新")
    keeping.reconcile()
    assert words(client, "shuib") == ["水泵"]
    assert [offered(client, typed) for typed in ("陈立", "chenli", "clx")] == [{}, {}, {}]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "m",
        "%",
        "___",
        "%%%%",
        "'; DROP",
        "\x00\x00",
        "😀",
        "*" * 10_000,
        "密" * 10_000,
        "m" * 10_000,
        "\ud800",
        "퟿퟿",
        "\U0010ffff\U0010ffff",
    ],
)
def test_odd_text_gets_an_empty_list(client: FlaskClient, hall: list[Listing], typed: str) -> None:
    assert fragment(client, typed.encode("utf-8", "surrogatepass").decode("utf-8", "replace")).strip() == ""


def test_at_most_ten_lines_are_offered_by_two_questions_to_the_database(session: Session, client: FlaskClient) -> None:
    for one in range(40):
        make_public_listing(session, f"密封圈{one}号", main_class="")
    keeping.reconcile()
    asked: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    lines = [line for group in offered(client, "密").values() for line in group]
    assert 0 < len(lines) <= 10
    assert len([one for one in asked if "suggestion_" in one]) == 2


def test_two_boxes_of_a_page_have_ids_of_their_own(client: FlaskClient, hall: list[Listing]) -> None:
    assert 'id="hero-option-1"' in fragment(client, "密封", box="hero")
    assert 'id="header-option-1"' in fragment(client, "密封", box='"><script>')


def test_titles_are_escaped(session: Session, client: FlaskClient) -> None:
    make_public_listing(session, "水泵<b>&", main_class="")
    keeping.reconcile()
    assert "水泵&lt;b&gt;&amp;" in fragment(client, "水泵")


@pytest.mark.parametrize(("page", "box"), [("/", "hero"), ("/", "header"), ("/listings", "header")])
def test_the_boxes_of_the_pages_are_plain_ones_until_a_script_wires_them(
    client: FlaskClient, page: str, box: str
) -> None:
    html = client.get(page).get_data(as_text=True)
    assert f'data-suggestions="{box}-suggestions"' in html
    assert 'hx-get="/listings/suggestions"' in html
    assert 'role="combobox"' not in html
