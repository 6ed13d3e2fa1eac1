"""The reduced answer of PostgreSQL finds numbers, names and words, and counts facets."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import CTE, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.listings.models import Listing, ListingMember
from search.documents import FACETS
from search.engines.base import EngineUnavailable, SearchAnswer
from search.engines.database import DatabaseEngine
from search.engines.database_limits import TookTooLong, at_most
from search.engines.embedded import EmbeddedEngine
from search.jobs import EXTENSION
from search.query import SearchQuery, from_text, parse
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation


@pytest.fixture
def hall(session: Session) -> dict[str, Listing]:
    university = make_organisation(session, name="温州某大学", code="WZMU", former_names=("温州某学院",))
    hospital = make_organisation(session, name="温州某医院", code="WZMY", county_code="330381")
    return {
        "seal": make_public_listing(
            session,
            "高温密封件",
            organisation=university,
            ways=("assignment", "auction"),
            patent_numbers=("202310000001.5",),
            summary="用于泵阀，磨损小。",
        ),
        "laser": make_public_listing(session, "激光焊接机器人", organisation=university),
        "lens": make_public_listing(
            session, "离焦镜片", organisation=hospital, technical_field="biomedicine", summary="激光加工。"
        ),
        "draft": make_public_listing(session, "激光草稿", organisation=hospital, state="draft"),
    }


def found(session: Session, hall: dict[str, Listing], **arguments: Any) -> list[str]:
    names = {listing.id: name for name, listing in hall.items()}
    return [names[hit.id] for hit in answer(session, **arguments).hits]


def answer(session: Session, **arguments: Any) -> SearchAnswer:
    return DatabaseEngine(session).search(parse(MultiDict(arguments)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("激光", ["laser", "lens"]),
        ("激光焊接", ["laser"]),
        ("泵", ["seal"]),
        ("202310000001.5", ["seal"]),
        ("ZL 2023 1 0000001.5", ["seal"]),
        ("202310000001", ["seal"]),
        ("2023100", ["seal"]),
        ("202310000002", []),
        ("温州某医院", ["lens", "laser", "seal"]),
        ("温州某学院", ["laser", "seal", "lens"]),
        ("量子", []),
        ("，。！", []),
        ("", ["lens", "laser", "seal"]),
        ("100%_\\'", []),
    ],
)
def test_what_is_found(session: Session, hall: dict[str, Listing], text: str, expected: list[str]) -> None:
    assert found(session, hall, q=text) == expected


def test_facets_are_counted_and_filters_narrow(session: Session, hall: dict[str, Listing]) -> None:
    everything = answer(session)
    counts = {facet: {one.value: one.count for one in values} for facet, values in everything.facets.items()}
    assert {facet: found for facet, found in counts.items() if found} == {
        "way": {"assignment": 3, "auction": 1},
        "institution": {"WZMU": 2, "WZMY": 1},
        "county": {"330302": 2, "330381": 1},
        "field": {"materials": 2, "biomedicine": 1},
        "industry": {"BF": 3},
        "ipc_section": {"F": 1},
        "stage": {"pilot": 3},
        "trl": {"6": 3},
        "price_band": {"negotiable": 3, "10_50": 1},
        "kind": {"invention": 3},
        "legal_status": {"alive": 1},
    }
    assert set(counts) == set(FACETS)
    narrowed = answer(session, way="auction")
    assert narrowed.total == 1
    assert {one.value: one.count for one in narrowed.facets["way"]} == {"assignment": 3, "auction": 1}
    assert {one.value: one.count for one in narrowed.facets["county"]} == {"330302": 1}
    assert found(session, hall, q="激光", county="330381") == ["lens"]


def test_a_very_long_text_is_answered(session: Session, hall: dict[str, Listing]) -> None:
    assert DatabaseEngine(session).search(from_text("激光焊接机器人" * 2000)).hits[0].id == hall["laser"].id


def test_pages_follow_each_other(session: Session) -> None:
    made = [make_public_listing(session, f"泵{one}").id for one in range(23)]
    first, second = (answer(session, page=str(page)) for page in (1, 2))
    assert [hit.id for hit in (*first.hits, *second.hits)] == made[::-1]


def bundle(session: Session, listing: Listing, other: Listing) -> None:
    """The other listing's achievement is offered along with the first one's."""
    other.state = "withdrawn"
    session.flush()
    session.add(ListingMember(listing_id=listing.id, achievement_id=other.achievement_id, position=1))
    session.flush()


@pytest.mark.parametrize("question", ["超声检测", "202310000077.2", "CN117000001", "ZL2023100000772"])
def test_what_is_bundled_is_found_by_its_title_and_numbers(session: Session, question: str) -> None:
    leading = make_public_listing(session, "激光焊接机器人")
    part = make_public_listing(session, "焊缝超声检测仪", patent_numbers=("202310000077.2",))
    part.achievement.rights[0].publication_number = "CN117000001A"
    make_public_listing(session, "离焦镜片")
    bundle(session, leading, part)
    assert [hit.id for hit in answer(session, q=question).hits] == [leading.id]


@pytest.mark.parametrize(
    "question",
    [
        "ZL 2023 1 0000001.5",
        "ＺＬ２０２３１００００００１．５",
        "CN202310000001.5",
        "2023100000015",
        "zl2023-1-0000001",
        "CN116000001B",
        "cn116000001",
        "11600000",
        "2020SR0123456",
    ],
)
def test_a_number_is_found_however_it_is_written(session: Session, question: str) -> None:
    wanted = make_public_listing(session, "密封件", patent_numbers=("202310000001.5", "2020SR0123456"))
    wanted.achievement.rights[0].publication_number = "CN116000001B"
    make_public_listing(session, "激光", patent_numbers=("202310000002.3",))
    session.flush()
    assert [hit.id for hit in answer(session, q=question).hits] == [wanted.id]


@pytest.mark.parametrize("question", ["高溫密封件", "ＬＥＤ", "Led", "led 燈具"])
def test_a_question_in_traditional_or_wide_characters_finds_the_simplified_text(
    session: Session, question: str
) -> None:
    wanted = make_public_listing(session, "高温密封件检测用LED灯具")
    make_public_listing(session, "离焦镜片")
    assert [hit.id for hit in answer(session, q=question).hits] == [wanted.id]


class SlowInTexts(DatabaseEngine):
    """A database that is so large that looking through all texts takes a minute."""

    def _kept(self, query: SearchQuery, *, titles_only: bool) -> CTE:
        if not titles_only:
            self._session.execute(text("SELECT pg_sleep(60)"))
        return super()._kept(query, titles_only=titles_only)


class SlowInEverything(DatabaseEngine):
    def _kept(self, query: SearchQuery, *, titles_only: bool) -> CTE:
        self._session.execute(text("SELECT pg_sleep(60)"))
        raise AssertionError("not broken off")


def test_what_takes_too_long_in_all_texts_is_answered_from_the_titles_and_says_so(
    session: Session, hall: dict[str, Listing]
) -> None:
    found = SlowInTexts(session, statement_seconds=2).search(from_text("激光"))
    assert ([hit.id for hit in found.hits], found.is_cut) == ([hall["laser"].id], True)  # the lens says it in its text
    assert not answer(session, q="激光").is_cut


def test_what_takes_too_long_altogether_is_empty_and_says_so(session: Session, hall: dict[str, Listing]) -> None:
    engine = SlowInEverything(session, statement_seconds=0.2)
    found = engine.search(from_text("激光"))
    assert (found.total, found.hits, found.is_cut) == (0, (), True)
    assert list(engine.walk(from_text("激光"), 100)) == []
    assert session.get_one(Listing, hall["laser"].id).title == "激光焊接机器人"  # the transaction goes on


def test_a_limit_holds_inside_alone(session: Session) -> None:
    before = session.scalar(text("SHOW statement_timeout"))
    with pytest.raises(TookTooLong), at_most(session, 0.1):
        session.execute(text("SELECT pg_sleep(60)"))
    with at_most(session, 5):
        assert session.scalar(text("SHOW statement_timeout")) == "5s"
    assert session.scalar(text("SHOW statement_timeout")) == before


def test_the_page_of_a_search_that_took_too_long_says_so(
    session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(EmbeddedEngine):
        def search(self, query: SearchQuery) -> SearchAnswer:
            raise EngineUnavailable("away")

    monkeypatch.setitem(client.application.extensions, EXTENSION, Away(Path(client.application.instance_path)))
    make_public_listing(session, "激光")
    assert "用时过长" not in client.get("/listings?q=激光").get_data(as_text=True)
    monkeypatch.setattr("search.service.DatabaseEngine", partial(SlowInEverything, statement_seconds=0.2))
    assert "用时过长" in client.get("/listings?q=激光").get_data(as_text=True)


def test_a_page_whose_reduced_search_took_long_gets_no_second_one(app: Flask, session: Session) -> None:
    make_public_listing(session, "激光")
    with app.test_request_context():
        first = SlowInEverything(session, statement_seconds=0.2).search(from_text("激光"))
        second = DatabaseEngine(session).search(from_text("激光"))
    later = DatabaseEngine(session).search(from_text("激光"))
    assert [(one.total, one.is_cut) for one in (first, second, later)] == [(0, True), (0, True), (1, False)]
