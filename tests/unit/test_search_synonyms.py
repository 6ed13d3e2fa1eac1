"""Which other words a question gets."""

from __future__ import annotations

import csv
from collections import Counter

from search.query import from_text
from search.synonyms.dictionary import (
    MAXIMUM_ALTERNATIVES,
    NARROWER_WEIGHT,
    SAME_WEIGHT,
    SHIPPED,
    Dictionary,
    Group,
    overlaid,
    shipped_dictionary,
    shipped_groups,
    told_terms,
)

MOTOR = Group("motor", ("电动机", "马达"), ("伺服电机",))
DICTIONARY = Dictionary([MOTOR, Group("battery", ("锂电池", "Li-ion battery")), Group("storage", ("电池", "蓄电池"))])


def others(text: str, dictionary: Dictionary = DICTIONARY) -> dict[str, float]:
    return {one.text: one.weight for one in dictionary.expanded(from_text(text)).alternatives}


def test_words_of_a_group_find_each_other_and_its_narrower_words_for_less() -> None:
    assert others("高效电动机") == {"马达": SAME_WEIGHT, "伺服电机": NARROWER_WEIGHT}
    assert NARROWER_WEIGHT < SAME_WEIGHT < 1


def test_a_narrower_word_does_not_find_the_wider_one() -> None:
    assert others("伺服电机") == {}


def test_a_word_inside_a_longer_known_word_does_not_count() -> None:
    assert others("锂电池") == {"li-ion battery": SAME_WEIGHT}


def test_pairs_that_stand_apart_are_no_word() -> None:
    """电动 and 动机 both stand in this question, but nobody asks for a 电动机."""
    assert others("电动自行车的发动机") == {}


def test_writing_does_not_matter() -> None:
    assert others("馬達") == others("马达")
    assert others("LI-ION  Batteries") == {"锂电池": SAME_WEIGHT}


def test_what_is_asked_for_anyway_is_no_alternative() -> None:
    assert others("电动机 马达 伺服电机") == {}


def test_a_question_that_excludes_or_binds_words_has_no_alternatives_for_them() -> None:
    assert others("阀门 -电动机") == {}


def test_the_number_of_alternatives_is_bounded() -> None:
    many = Dictionary([Group("many", ("马达", *(f"word{one}x" for one in range(40))))])
    assert len(others("马达", many)) == MAXIMUM_ALTERNATIVES


def test_changes_replace_take_out_and_add() -> None:
    other = Group("own-1", ("甲乙", "丙丁"))
    changed = Group("motor", ("电动机", "电机"))
    assert overlaid([MOTOR, Group("a", ("一二", "三四"))], {"motor": changed, "a": None, "own-1": other}) == [
        changed,
        other,
    ]


def test_the_shipped_file_is_sound() -> None:
    """No code and no word of equal meaning twice, nothing that cannot be looked for, every group of two words at least."""
    with SHIPPED.open(encoding="utf-8", newline="") as handle:
        assert [
            code for code, count in Counter(row["code"] for row in csv.DictReader(handle)).items() if count > 1
        ] == []
    groups = shipped_groups()
    assert len(groups) >= 150
    assert [
        word for word, count in Counter(word.lower() for one in groups for word in one.words).items() if count > 1
    ] == []
    for group in groups:
        assert len(group.words) + len(group.narrower) > 1, group
        for word in (*group.words, *group.narrower):
            assert told_terms(word), word


def test_the_shipped_groups_know_the_trades() -> None:
    shipped = shipped_dictionary()
    for text, other in [
        ("LED", "发光二极管"),
        ("可编程逻辑控制器", "plc"),
        ("石墨烯", "graphene"),
        ("密封件", "o型圈"),
    ]:
        assert other in others(text, shipped)
    assert "密封件" not in others("O型圈", shipped)
