"""Other wordings of a question, taken from the terms of the public listings."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search.suggesting import keeping
from search.suggesting.corrections import Proposal, propose
from search.suggesting.vocabulary import DatabaseVocabulary
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation

TITLES = (
    "一种高温密封圈及其制备方法",
    "泵阀用密封件",
    "泵阀检测装置",
    "低压电器触头蓝光激光焊接方法",
    "激光焊接机器人",
    "Graphene 防腐涂层",
    "石墨烯散热膜",
)


@pytest.fixture
def vocabulary(session: Session) -> DatabaseVocabulary:
    university = make_organisation(session, name="温州大学", code="WZUX")
    for title in TITLES:
        make_public_listing(session, title, organisation=university, main_class="")
    keeping.reconcile()
    return DatabaseVocabulary(session)


def texts(proposals: list[Proposal]) -> list[str]:
    return [one.text for one in proposals]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("密峰圈", "密封圈"),
        ("蜜蜂圈", "密封圈"),
        ("高温密峰圈", "高温密封圈"),
        ("激光悍接", "激光焊接"),
        ("泵伐", "泵阀"),
        ("泵法 密封件", "泵阀 密封件"),
        ("温州大雪", "温州大学"),
        ("高溫密峰圈", "高温密封圈"),
        ("泵阀 mifengquan", "泵阀 密封圈"),
        ("grafene", "Graphene"),
        ("garphene 涂层", "Graphene 涂层"),
        ("bengfa mifeng", "泵阀 密封"),
        ("mifengquan", "密封圈"),
        ("mi feng quan", "密封圈"),
        ("bengfamifengjian", "泵阀密封件"),
        ("wenzhoudaxue", "温州大学"),
        ("wzdx", "温州大学"),
        ("wzdx mifengquan", "温州大学 密封圈"),
    ],
)
def test_sounds_slips_in_latin_words_and_pinyin_are_corrected(
    vocabulary: DatabaseVocabulary, given: str, meant: str
) -> None:
    assert texts(propose(vocabulary, given, is_strict=True))[:1] == [meant]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("密対圈", "密封圈"),
        ("右墨烯", "石墨烯"),
        ("激先焊接", "激光焊接"),
        ("密圈", "密封圈"),
        ("密封封圈", "密封圈"),
        ("密圈封", "密封圈"),
        ("封密圈", "密封圈"),
    ],
)
def test_one_wrong_missing_doubled_or_swapped_character_is_a_guess_for_questions_that_find_little(
    vocabulary: DatabaseVocabulary, given: str, meant: str
) -> None:
    assert texts(propose(vocabulary, given, is_strict=False)) == [meant]
    assert propose(vocabulary, given, is_strict=True) == []


@pytest.mark.parametrize(
    "given",
    [
        "密封圈",
        "激光焊接",
        "graphene",
        "Graph",
        "量子纠缠",
        "xyzzy",
        "密",
        "a",
        "",
        "。！？",
        "😀密峰圈😀" * 20,
        "m" * 48,
        "密" * 40,
        "zhuang " * 5,
        "%_%_%_%_",
        "ﬁ密峰圈",
    ],
)
def test_known_words_nonsense_and_too_long_texts_are_left_alone(vocabulary: DatabaseVocabulary, given: str) -> None:
    assert propose(vocabulary, given, is_strict=False) == []


def test_what_stands_around_a_wrong_word_stays(vocabulary: DatabaseVocabulary) -> None:
    [found] = propose(vocabulary, "想买 密峰圈，越快越好！", is_strict=True)
    assert (found.text, found.wrong) == ("想买 密封圈，越快越好！", ("密峰圈",))
    assert [term.key for term in found.terms] == ["密封圈"]


def test_a_piece_that_is_no_word_is_not_proposed(session: Session, vocabulary: DatabaseVocabulary) -> None:
    make_public_listing(session, "密封检测仪", main_class="")
    session.query(Listing).filter(Listing.title == "泵阀用密封件").update({"state": "sold"})
    keeping.reconcile()
    assert "密封检" not in texts(propose(vocabulary, "密封件", is_strict=True))


def test_one_wrong_character_is_likelier_than_two_of_equal_sound(
    session: Session, vocabulary: DatabaseVocabulary
) -> None:
    make_public_listing(session, "鸡线", main_class="")
    keeping.reconcile()
    assert texts(propose(vocabulary, "激先焊接", is_strict=False)) == ["激光焊接"]


def test_several_readings_are_all_proposed(session: Session, vocabulary: DatabaseVocabulary) -> None:
    make_public_listing(session, "蜜蜂箱、密封条", main_class="")
    make_public_listing(session, "蜜蜂养殖", main_class="")
    keeping.reconcile()
    assert texts(propose(vocabulary, "mifeng", is_strict=True))[0] == "蜜蜂"
    assert {"蜜蜂", "密封"} >= set(texts(propose(vocabulary, "mifeng", is_strict=True)))


def test_the_longest_question_costs_a_bounded_number_of_look_ups(
    session: Session, vocabulary: DatabaseVocabulary
) -> None:
    asked: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    propose(vocabulary, "嗯嗯啊啊密峰圈哦哦 grafene 呃呃泵伐嘿嘿哈哈 abcdefg 哼哼", is_strict=False)
    assert 0 < len(asked) <= 24


def test_terms_of_listings_that_left_the_market_are_not_public(
    session: Session, vocabulary: DatabaseVocabulary
) -> None:
    session.query(Listing).filter(Listing.title == TITLES[0]).update({"state": "withdrawn"})
    [found] = propose(vocabulary, "密峰圈", is_strict=True)
    assert vocabulary.public(found.terms) == set()
    [kept] = propose(vocabulary, "激光悍接", is_strict=True)
    assert vocabulary.public(kept.terms) == {term.id for term in kept.terms}
