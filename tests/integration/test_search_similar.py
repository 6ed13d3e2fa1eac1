"""Listings like another, asked of the engine over real rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.listings.detail_queries import load_view
from market.listings.models import Listing
from search import service
from search.engines.embedded import EmbeddedEngine
from search.query import MAXIMUM_TEXT_CHARACTERS
from search.similar import question, similar_ids
from tests.factories.public_listings import make_public_listing


@pytest.fixture
def engine(tmp_path: Path) -> EmbeddedEngine:
    return EmbeddedEngine(tmp_path / "search")


def similar(session: Session, engine: EmbeddedEngine, listing: Listing) -> list[int]:
    service.reconcile(engine)
    found = similar_ids(engine, load_view(listing), 5)
    assert found is not None
    return list(found)


def test_words_that_every_title_has_make_no_two_listings_alike(session: Session, engine: EmbeddedEngine) -> None:
    seal = make_public_listing(session, "一种新型密封环装置及其方法", industry="BF")
    alike = make_public_listing(session, "密封环的修复", industry="DQ")
    make_public_listing(session, "一种新型护理装置及其方法", industry="DQ")
    assert similar(session, engine, seal) == [alike.id]


def test_the_class_of_a_patent_finds_what_the_title_does_not(session: Session, engine: EmbeddedEngine) -> None:
    seal = make_public_listing(
        session, "一种装置", industry="BF", patent_numbers=("202310000001.5",), main_class="F16J15/06"
    )
    of_the_class = make_public_listing(
        session, "耐磨垫圈", industry="DQ", patent_numbers=("202310000002.3",), main_class="F16J15/10"
    )
    make_public_listing(session, "眼底影像", industry="DQ", patent_numbers=("202310000003.1",), main_class="A61B3/12")
    assert similar(session, engine, seal)[0] == of_the_class.id


def test_a_long_title_is_cut_to_what_a_question_may_hold(session: Session) -> None:
    listing = make_public_listing(session, "高温密封环" * 40)
    assert len(question(load_view(listing))) == MAXIMUM_TEXT_CHARACTERS
