"""Two rankings become one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from search.documents import ListingDocument
from search.meaning.fusion import fused, is_exact
from search.ranking import EXACT_NAME_SCORE, EXACT_NUMBER_SCORE, Hit, Neighbour
from search.traits import packed

WORDS = [Hit(1, 30.0), Hit(2, 20.0), Hit(3, 10.0)]


def test_without_neighbours_words_rank() -> None:
    assert [hit.id for hit in fused(WORDS, [])] == [1, 2, 3]
    assert not any(hit.by_meaning for hit in fused(WORDS, []))


def test_what_both_rank_well_stands_first() -> None:
    found = fused(WORDS, [Neighbour(3, 0.6), Neighbour(4, 0.5)])

    assert found[0].id == 3
    assert {hit.id for hit in found} == {1, 2, 3, 4}
    assert {hit.id: hit.nearness for hit in found if hit.by_meaning} == {3: 0.6, 4: 0.5}


def test_a_listing_stands_once_and_scores_fall() -> None:
    found = fused(WORDS, [Neighbour(one, 0.9 - one / 10) for one in (1, 2, 3)])

    assert [hit.id for hit in found] == [1, 2, 3]
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)


def test_a_hit_that_no_word_found_takes_no_place_among_the_words() -> None:
    with_neighbour = [*WORDS, Hit(9, 0.0)]

    assert fused(with_neighbour, [Neighbour(9, 0.4)]) == fused(WORDS, [Neighbour(9, 0.4)])


@pytest.mark.parametrize(
    ("score", "expected"), [(EXACT_NUMBER_SCORE, True), (EXACT_NAME_SCORE + 5, True), (999.0, False)]
)
def test_a_named_number_or_person_is_exact(score: float, expected: bool) -> None:
    assert is_exact([Hit(1, score)]) is expected
    assert not is_exact([])


def traits(symbol: str = "", **told: Any) -> int:
    return packed(ListingDocument(1, 1, "WZ1", "泵", ipc_symbols=(symbol,), **told))


def hall(*known: int) -> tuple[list[Hit], list[Neighbour]]:
    """Listings 1, 2, … with these traits, whom words and meaning place in that order, each a little behind."""
    words = [Hit(one, 30.0 - one, traits=each) for one, each in enumerate(known, 1)]
    return words, [Neighbour(one, 0.6 - one / 1000, each) for one, each in enumerate(known, 1)]


def order(*known: int) -> list[int]:
    return [hit.id for hit in fused(*hall(*known))]


def test_the_class_of_most_of_the_first_lifts_its_listings_but_the_best_stays_first() -> None:
    seal, other = traits("F16J15/34"), traits("A61F9/00")
    assert order(*[0] * 6) == [1, 2, 3, 4, 5, 6]
    assert order(seal, other, seal, seal, seal, other) == [1, 3, 4, 2, 5, 6]
    assert order(other, seal, seal, seal, seal, seal)[0] == 1


def test_listings_without_a_class_are_no_class() -> None:
    assert order(traits("F16J1/00"), traits("F16J1/00"), *[traits("09-03")] * 6) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_the_fresher_and_the_fuller_of_two_that_are_nearly_equal_stands_first() -> None:
    old, new = (traits(published_at=datetime(year, 3, 1, tzinfo=UTC)) for year in (2022, 2026))
    full = traits(summary="泵", problem="漏", abstract="密封", trl=6)
    for better, worse in ((new, old), (full, 0)):
        words = [Hit(1, 30.0, traits=worse), Hit(2, 30.0, traits=better)]
        near = [Neighbour(2, 0.5, better), Neighbour(1, 0.5, worse)]
        assert [hit.id for hit in fused(words, near)] == [2, 1]


def test_neither_lifts_what_fits_less() -> None:
    fresh_and_full = traits(
        published_at=datetime(2026, 3, 1, tzinfo=UTC), summary="泵", problem="漏", abstract="密封", trl=6
    )
    words, near = hall(traits(published_at=datetime(2021, 3, 1, tzinfo=UTC)), fresh_and_full)
    assert [hit.id for hit in fused(words, near)] == [1, 2]
