"""The panel of facets: which values stand there, in which order, and where each one leads."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from search.documents import FACETS
from search.engines.base import FacetCount, SearchAnswer
from search.ordering import offered
from search.pages import Widened, address
from search.panel import GROUPS, SHOWN, Group, Option, chosen_values, panel, toggled
from search.query import SearchQuery, Sort, from_text, parse

IPC = {
    "ipc_section": {"A": 9, "F": 4},
    "ipc_class": {"A61": 5, "A01": 3, "F16": 4},
    "ipc_subclass": {"A61F": 4, "A61B": 2, "F16J": 4},
}


def question(*arguments: tuple[str, str]) -> SearchQuery:
    return parse(MultiDict(list(arguments)))


def answer(counts: dict[str, dict[str, int]]) -> SearchAnswer:
    facets = {facet: tuple(FacetCount(*one) for one in counts.get(facet, {}).items()) for facet in FACETS}
    return SearchAnswer("none", 9, (), facets)


def groups(query: SearchQuery, counts: dict[str, dict[str, int]]) -> dict[str, Group]:
    return {one.title: one for one in panel(query, answer(counts), {"WZU": "温州大学"}, str)}


def codes(options: tuple[Option, ...]) -> list[str]:
    return [one.label.split()[0] for one in options]


def asked(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_every_facet_stands_in_one_group() -> None:
    assert sorted(facet for _, facets in GROUPS for facet in facets) == sorted(FACETS)


def test_sections_unfold_to_classes_and_these_to_subclasses() -> None:
    assert codes(groups(question(), IPC)["IPC 分类"].options) == ["A", "F"]
    section = groups(question(("ipc_section", "A")), IPC)["IPC 分类"].options
    assert codes(section) == ["A", "F"]
    assert codes(section[0].below) == ["A61", "A01"]
    assert section[1].below == ()
    deep = groups(question(("ipc_section", "A"), ("ipc_class", "A61")), IPC)["IPC 分类"].options[0].below
    assert codes(deep[0].below) == ["A61F", "A61B"]
    assert deep[0].label.startswith("A61 医学或兽医学")


def test_a_class_that_is_taken_away_takes_the_finer_ones_along() -> None:
    query = question(("ipc_section", "A"), ("ipc_class", "A61"), ("ipc_class", "F16"), ("ipc_subclass", "A61F"))
    assert asked(toggled(query, "ipc_class", "A61")) == {"ipc_section": ["A"], "ipc_class": ["F16"]}
    assert asked(toggled(query, "ipc_section", "A")) == {"ipc_class": ["F16"]}
    assert asked(toggled(query, "ipc_subclass", "A61F"))["ipc_class"] == ["A61", "F16"]


def test_a_class_that_was_chosen_without_its_section_can_be_taken_away() -> None:
    options = groups(question(("ipc_class", "F16"), ("ipc_subclass", "A61F")), IPC)["IPC 分类"].options
    assert [(one.label.split()[0], one.active) for one in options] == [
        ("A", False),
        ("F", False),
        ("F16", True),
        ("A61F", True),
    ]


def test_long_facets_show_their_first_values_and_every_chosen_one() -> None:
    counts = {"institution": {f"U{one:02d}": 30 - one for one in range(20)}}
    group = groups(question(("institution", "U15")), counts)["单位"]
    assert codes(group.options) == [*(f"U{one:02d}" for one in range(SHOWN)), "U15"]
    assert len(group.further) == 20 - SHOWN - 1
    assert "U15" not in codes(group.further)
    nine = {"institution": {f"U{one:02d}": 1 for one in range(SHOWN + 1)}}
    assert groups(question(), nine)["单位"].further == ()


def test_a_chosen_value_that_nothing_has_any_more_can_be_taken_away() -> None:
    group = groups(question(("county", "330302"), ("stage", "pilot")), {"stage": {"laboratory": 2}})["所在县市区"]
    assert [(one.label, one.count, one.active) for one in group.options] == [("鹿城区", 0, True)]
    assert asked(group.options[0].url) == {"stage": ["pilot"]}


def test_values_with_an_order_of_their_own_keep_it() -> None:
    counts = {"trl": {"9": 5, "6": 9, "3": 1}, "price_band": {"negotiable": 9, "over_200": 1, "free": 2}}
    found = groups(question(), counts)
    assert [one.label for one in found["技术就绪水平（TRL）"].options] == [
        "TRL 3 · 研发",
        "TRL 6 · 中试",
        "TRL 9 · 试生产",
    ]
    assert [one.label for one in found["价格"].options] == ["零费用试用", "200 万元以上", "面议或按公式"]


def test_the_marks_of_a_deal_stand_together_and_each_is_its_own_facet() -> None:
    counts = {"auction": {"upcoming": 3, "open": 1}, "open_licence": {"yes": 2}, "free_trial": {"yes": 4}}
    options = groups(question(("free_trial", "yes")), counts)["交易特点"].options
    assert [(one.label, one.active) for one in options] == [
        ("正在竞价", False),
        ("即将开始竞价", False),
        ("可开放许可", False),
        ("可零费用试用", True),
    ]
    assert asked(options[2].url) == {"open_licence": ["yes"], "free_trial": ["yes"]}


def test_what_is_chosen_is_told_with_the_way_back_and_order_and_words_stay() -> None:
    query = question(("q", "泵"), ("sort", "price"), ("page", "3"), ("institution", "WZU"), ("trl", "6"))
    chosen = chosen_values(query, {"WZU": "温州大学"}, str)
    assert [(one.title, one.label) for one in chosen] == [
        ("技术就绪水平（TRL）", "TRL 6 · 中试"),
        ("单位", "温州大学"),
    ]
    assert asked(chosen[0].url) == {"q": ["泵"], "sort": ["price"], "institution": ["WZU"]}


def test_groups_without_values_are_left_out_and_those_with_a_choice_are_unfolded() -> None:
    counts = {facet: {"x": 1} for facet in FACETS}
    found = panel(question(("institution", "x")), answer(counts), {}, str)
    assert [one.is_open for one in found] == [True] * 5 + [False] * 6 + [True]
    assert panel(question(), answer({}), {}, str) == []


def test_relevance_is_an_order_only_where_words_are_asked_for() -> None:
    assert [one for one, _ in offered(question())] == [one for one in Sort if one is not Sort.RELEVANCE]
    assert [one for one, is_present in offered(question()) if is_present] == [Sort.NEWEST]
    assert [one for one, is_present in offered(question(("q", "泵"))) if is_present] == [Sort.RELEVANCE]
    assert [one for one, is_present in offered(question(("sort", "closing"))) if is_present] == [Sort.CLOSING]


@pytest.mark.parametrize("facet", FACETS)
@pytest.mark.parametrize("text", ["", "泵阀 & 密封=圈", "a+b 100%"])
@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.NEWEST])
def test_what_one_more_value_leads_to_is_written_as_every_address(facet: str, text: str, sort: Sort) -> None:
    for chosen in ({}, {"way": ("exclusive",), "institution": ("甲 乙", "x&y"), "free_trial": ("yes",)}):
        ordered = tuple((one, chosen[one]) for one in FACETS if one in chosen)
        query = replace(from_text(text), filters=ordered, sort=sort, page=3)
        expected = address(query.with_filter(facet, (*query.selected(facet), "新 值&=?")))

        assert Widened(query, facet).by("新 值&=?") == expected
