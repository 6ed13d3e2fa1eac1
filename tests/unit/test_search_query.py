"""Whatever is typed becomes a bounded question; nothing is an error."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from search.numbers import patent_keys, recognise
from search.query import (
    MAXIMUM_FILTER_VALUES,
    MAXIMUM_PAGE,
    MAXIMUM_TERMS,
    MAXIMUM_TEXT_CHARACTERS,
    NOTICE_CUT,
    NOTICE_LAST_PAGE,
    NOTICE_NO_WORDS,
    SearchQuery,
    Sort,
    from_text,
    parse,
)
from search.ranking import minimum_match, required


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("202310000001.5", ("202310000001",)),
        ("ZL202310000001.5", ("202310000001",)),
        ("CN 2023 1 0000001.5", ("202310000001",)),
        ("200710308494.X", ("200710308494",)),
        ("97101765.4", ("97101765",)),
        ("ZL95115608.x", ("95115608",)),
        ("CN115000000A", ("115000000",)),
        ("115000000B2", ("115000000",)),
        ("CN1234567C", ("1234567",)),
        ("202350000001.5", ()),
        ("13800001111", ()),
        ("", ()),
    ],
)
def test_a_patent_number_has_one_key_however_it_is_written(written: str, keys: tuple[str, ...]) -> None:
    assert patent_keys(written) == keys


def test_numbers_are_taken_out_of_a_sentence_and_the_rest_is_searched() -> None:
    lookup = recognise("专利 ZL 2023 1 0000001.5 和 201910123456.X 的密封件")
    assert lookup.exact == ("202310000001", "201910123456")
    assert [*from_text("专利 ZL 2023 1 0000001.5 的密封件").terms] == ["专利", "的密", "密封", "封件"]


def test_a_number_alone_is_not_searched_as_words() -> None:
    query = from_text("ZL 2023 1 0000001.5")
    assert (query.numbers[0], query.terms, query.characters) == ("202310000001", (), ())


def test_measures_in_a_sentence_are_no_numbers_to_look_up() -> None:
    query = from_text("耐温1200度 寿命20000小时")
    assert (query.numbers, query.prefixes) == ((), ())
    assert {"1200", "20000"} <= set(query.terms)


def test_a_text_too_long_is_cut_and_the_notice_says_so() -> None:
    query = from_text("密封件" * 4000)
    assert len(query.text) == MAXIMUM_TEXT_CHARACTERS
    assert [notice.message for notice in query.notices] == [NOTICE_CUT]


def test_punctuation_only_matches_nothing_and_the_notice_says_so() -> None:
    query = from_text("，。*?\"'((")
    assert query.matches_nothing
    assert [notice.message for notice in query.notices] == [NOTICE_NO_WORDS]


def test_blanks_are_no_question() -> None:
    query = from_text("  \x00\t ")
    assert (query.text, query.matches_nothing, query.notices) == ("", False, ())


@pytest.mark.parametrize(
    ("given_page", "page"),
    [("", 1), ("0", 1), ("-3", 1), ("abc", 1), ("７", 1), ("7", 7), ("1" + "0" * 9, MAXIMUM_PAGE)],
)
def test_a_page_out_of_bounds_becomes_one_within(given_page: str, page: int) -> None:
    query = parse(MultiDict({"page": given_page}))
    assert query.page == page
    assert [notice.message for notice in query.notices] == ([NOTICE_LAST_PAGE] if page == MAXIMUM_PAGE else [])


def test_filters_sort_and_unknown_arguments() -> None:
    query = parse(MultiDict([("way", "auction"), ("way", "auction"), ("way", ""), ("sort", "newest"), ("x", "y")]))
    assert query.filters == (("way", ("auction",)),)
    assert query.sort is Sort.NEWEST
    assert parse(MultiDict({"sort": "nonsense"})).sort is Sort.RELEVANCE


def test_filter_values_are_bounded() -> None:
    values = parse(MultiDict([("way", "x" * 500 + str(number)) for number in range(5)])).selected("way")
    many = parse(MultiDict([("way", str(number)) for number in range(500)])).selected("way")
    assert (len(values), len(many)) == (1, MAXIMUM_FILTER_VALUES)


@pytest.mark.parametrize(("terms", "minimum"), [(0, 0), (1, 1), (2, 2), (3, 2), (64, 2)])
def test_how_many_terms_a_listing_must_hold(terms: int, minimum: int) -> None:
    assert minimum_match(SearchQuery(), terms) == minimum
    assert minimum_match(SearchQuery(any_word=True), terms) == min(1, minimum)


def test_one_word_is_enough_where_that_is_said() -> None:
    assert required(replace(from_text("密封件"), any_word=True))[2] == 1


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("ZL2023", ("2023",)),
        ("CN 1150", ("1150",)),
        ("ZL202310", ("202310",)),
        ("20231", ("20231",)),
        ("wz2026", ("wz2026",)),
        ("2023", ()),
        ("zl202", ()),
    ],
)
def test_the_beginning_of_a_number_counts_from_five_digits_behind_an_office_from_four(
    text: str, prefixes: tuple[str, ...]
) -> None:
    assert from_text(text).prefixes == prefixes


@pytest.mark.parametrize(
    ("text", "telling", "others", "least"),
    [
        ("密封", ["密封"], ["密", "封"], 1),
        ("密封件", ["密封", "封件"], ["密", "封", "件"], 2),
        (
            "一种密封件装置",
            ["种密", "密封", "封件", "件装"],
            ["一种", "装置", "一", "种", "密", "封", "件", "装", "置"],
            1,
        ),
        ("装置", ["装置"], ["装", "置"], 1),
        ("seal for the pumps", ["seal", "pump"], ["for", "the", "seal", "for", "the", "pump"], 2),
        ("for the", ["for", "the"], ["for", "the"], 2),
        ("泵 阀", ["泵", "阀"], ["泵", "阀"], 2),
        ("", [], [], 0),
    ],
)
def test_what_a_listing_must_hold_of_a_question(text: str, telling: list[str], others: list[str], least: int) -> None:
    must, adds, wanted = required(from_text(text))
    assert ([term for term, _ in must], [term for term, _ in adds], wanted) == (telling, others, least)


def test_every_character_and_latin_word_of_a_question_supports_it_once() -> None:
    query = from_text("5G基站的基板")
    assert query.support == ("5g", "基", "站", "的", "板")


@given(st.text(max_size=600))
def test_any_text_is_a_bounded_question(text: str) -> None:
    query = from_text(text)
    assert len(query.text) <= MAXIMUM_TEXT_CHARACTERS
    assert len(query.terms) + len(query.characters) <= MAXIMUM_TERMS
    assert len(query.support) <= MAXIMUM_TERMS
    assert bool(query.support) == bool(query.terms or query.characters)
    assert "\x00" not in query.text
    assert query.matches_nothing == (bool(query.text) and not query.has_words and query.where is None)
