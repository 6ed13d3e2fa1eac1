"""Listings like another, asked of the engine over real rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.orm import Session

from market.listings.detail_queries import load_view
from market.listings.models import Listing
from search import service
from search.engines.base import EngineUnavailable
from search.engines.embedded import EmbeddedEngine
from search.meaning.embedder import MODEL
from search.meaning.hybrid import HybridEngine
from search.models import SearchEntry
from search.query import MAXIMUM_TEXT_CHARACTERS
from search.ranking import Neighbour
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


class Unasked:
    """An embedder that a listing's page must not ask: its vector is there, or there is none."""

    def question(self, text: str) -> bytes:
        raise AssertionError(text)

    def passages(self, texts: Sequence[str]) -> list[bytes]:
        raise AssertionError(texts)


class WithoutVectors(EmbeddedEngine):
    """An engine whose vectors cannot be asked just now."""

    def nearest(self, vector: bytes, limit: int, least: float) -> list[Neighbour]:
        raise EngineUnavailable("no vectors for this test")


def remember_meaning(session: Session, listing: Listing, *direction: float) -> None:
    """A vector of length one that points into the direction of the first dimensions."""
    vector = np.zeros(384, dtype="<f4")
    vector[: len(direction)] = direction
    entry = SearchEntry(listing_id=listing.id, vector=(vector / np.linalg.norm(vector)).tobytes(), vector_model=MODEL)
    session.add(entry)
    session.flush()


@pytest.fixture
def near_and_far(session: Session) -> tuple[Listing, Listing]:
    """A listing, and one that is alike in meaning and shares no word with it; a third is neither."""
    seal = make_public_listing(session, "高温密封环", industry="BF", technical_field="materials")
    alike = make_public_listing(session, "耐磨垫圈", industry="DQ", technical_field="biomedicine")
    other = make_public_listing(session, "眼底影像", industry="SM", technical_field="electronics")
    remember_meaning(session, seal, 1, 0.1)
    remember_meaning(session, alike, 1, 0.3)
    remember_meaning(session, other, 0, 0, 1)
    return seal, alike


def test_what_is_near_in_meaning_is_similar_and_nothing_is_computed_for_it(
    session: Session, engine: EmbeddedEngine, near_and_far: tuple[Listing, Listing]
) -> None:
    seal, alike = near_and_far
    service.reconcile(engine)
    assert similar_ids(HybridEngine(engine, Unasked()), load_view(seal), 5) == [alike.id]
    assert similar_ids(engine, load_view(seal), 5) == []


def test_a_listing_without_a_vector_is_answered_by_words(session: Session, engine: EmbeddedEngine) -> None:
    seal = make_public_listing(session, "高温密封环", industry="BF")
    alike = make_public_listing(session, "密封环的修复", industry="DQ")
    service.reconcile(engine)
    assert similar_ids(HybridEngine(engine, Unasked()), load_view(seal), 5) == [alike.id]


def test_when_vectors_cannot_be_asked_words_answer(
    session: Session, tmp_path: Path, near_and_far: tuple[Listing, Listing]
) -> None:
    seal, _ = near_and_far
    words = make_public_listing(session, "密封环的修复", industry="DQ")
    engine = WithoutVectors(tmp_path / "other")
    service.reconcile(engine)
    assert similar_ids(HybridEngine(engine, Unasked()), load_view(seal), 5) == [words.id]
