"""Two rankings become one."""

from __future__ import annotations

import pytest

from search.meaning.fusion import Neighbour, fused, is_exact
from search.ranking import EXACT_NAME_SCORE, EXACT_NUMBER_SCORE, Hit

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
