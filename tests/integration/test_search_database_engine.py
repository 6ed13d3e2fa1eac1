"""The reduced answer of PostgreSQL finds numbers, names and words, and counts facets."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.listings.models import Listing
from search.documents import FACETS
from search.engines.base import SearchAnswer
from search.engines.database import DatabaseEngine
from search.query import from_text, parse
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
        "ipc_class": {"F16": 1},
        "ipc_subclass": {"F16J": 1},
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
