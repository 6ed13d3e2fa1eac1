"""Which terms a listing gives to the search box, and how they are read in pinyin."""

from __future__ import annotations

import pytest

from search.suggesting import readings, terms
from search.suggesting.terms import ListingTexts, TermKind, terms_of


def texts(kind: TermKind, title: str, **fields: tuple[str, ...]) -> list[str]:
    return [term.text for term in terms_of(ListingTexts(title, **fields)) if term.kind is kind]


def test_words_and_phrases_of_a_title_are_terms_and_what_every_patent_says_is_not() -> None:
    assert texts(TermKind.TERM, "一种高温密封件及其制备方法") == ["高温", "高温密封件", "密封件"]


def test_a_single_character_clings_to_its_word() -> None:
    assert texts(TermKind.TERM, "高强水泥锚固剂") == [
        "高强",
        "高强水泥",
        "高强水泥锚固剂",
        "水泥",
        "水泥锚固剂",
        "锚固剂",
    ]


def test_a_title_is_a_term_without_its_opening() -> None:
    [title] = [one for one in terms_of(ListingTexts("一种 水泵")) if one.kind is TermKind.TITLE]
    assert (title.text, title.key, title.syllables) == ("一种 水泵", "水泵", ("shui", "beng"))


def test_numbers_lose_prefix_points_and_check_digit() -> None:
    found = [one for one in terms_of(ListingTexts("水泵", numbers=("ZL 2023 1 0000001.5",))) if one.kind == "number"]
    assert [(one.text, one.key) for one in found] == [("ZL 2023 1 0000001.5", "202310000001")]


def test_latin_words_are_a_kind_of_their_own_and_keep_their_case() -> None:
    assert texts(TermKind.LATIN, "Graphene 涂层") == ["Graphene"]


def test_class_titles_give_short_pieces_without_what_says_nothing() -> None:
    found = texts(TermKind.CLASS, "水泵", class_titles=("活塞；气缸；密封", "其他类不包含的技术主题；例如支架"))
    assert found == ["活塞", "气缸", "密封"]


def test_words_of_the_trades_in_a_description_are_terms_and_its_other_words_are_not() -> None:
    listing = ListingTexts("水泵", description="換掉老化的密封圈和唇形密封，轴承不用动。")
    found = [term for term in terms_of(listing) if term.kind is TermKind.TERM]
    assert {term.key for term in found} == {"水泵", "密封圈", "唇形密封", "轴承"}
    assert {term.key: term.syllables for term in found}["密封圈"] == ("mi", "feng", "quan")


def test_traditional_characters_are_compared_as_simplified_ones() -> None:
    keys = {term.key for term in terms_of(ListingTexts("高溫密封件")) if term.kind is TermKind.TERM}
    assert keys == {"高温", "高温密封件", "密封件"}


def test_a_listing_gives_a_bounded_number_of_bounded_terms() -> None:
    found = terms_of(ListingTexts("高温密封件、水泵和激光焊接头" * 40, numbers=tuple(str(one) for one in range(10**6))))
    assert len(found) == terms.MAXIMUM_TERMS
    assert max(len(term.key) for term in found) <= terms.MAXIMUM_KEY_CHARACTERS
    assert max(len(term.text) for term in found) <= terms.MAXIMUM_TEXT_CHARACTERS


def test_without_the_segmenter_phrases_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "_cutter", lambda: None)
    assert texts(TermKind.TERM, "高温密封件、水泵") == ["高温密封件", "水泵"]


@pytest.mark.parametrize(
    ("words", "reading"),
    [
        (["温州", "大学"], "wen zhou da xue"),
        (["重庆"], "chong qing"),
        (["重载"], "zhong zai"),
        (["长丝"], "chang si"),
        (["可调式"], "ke tiao shi"),
        (["银行"], "yin hang"),
        (["运行"], "yun xing"),
        (["效率"], "xiao lv"),
        (["5g", "基站"], "5 g ji zhan"),
        (["𠮷𠮷"], None),
    ],
)
def test_readings_know_words(words: list[str], reading: str | None) -> None:
    found = readings.syllables(words)
    assert len(found) == len("".join(words))
    assert reading is None or " ".join(found) == reading


SEAL = ("密封圈", ("mi", "feng", "quan"))


@pytest.mark.parametrize(
    "typed", ["mifengquan", "mifeng", "mife", "mfq", "m", "mifq", "mfquan", "密feng", "密fq", "mi封圈", "密封"]
)
def test_what_is_typed_begins_the_term(typed: str) -> None:
    assert readings.fits(typed, *SEAL)


@pytest.mark.parametrize("typed", ["mifengquanx", "fq", "密g", "蜜封", "mfg", "ifeng"])
def test_what_is_typed_begins_another_term(typed: str) -> None:
    assert not readings.fits(typed, *SEAL)


@pytest.mark.parametrize(
    ("typed", "key"), [("lü", "lv"), ("Mi'Feng quan", "mifengquan"), ("高溫", "高温"), ("yun", "yun")]
)
def test_typed_text_is_compared_in_one_form(typed: str, key: str) -> None:
    assert readings.written(typed) == key


def test_fitting_is_bounded() -> None:
    assert not readings.fits("a" * 40 + "b", "啊" * 60, ("a",) * 60)
