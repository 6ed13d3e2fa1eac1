"""How questions of experts are read: what stays free, what must be fulfilled, and what the visitor is told."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.documents import FIRST_DAY
from search.query import MAXIMUM_TERMS, MAXIMUM_TEXT_CHARACTERS, NOTICE_NO_WORDS, from_text, in_ordinary_words
from search.syntax import notices as said
from search.syntax.fields import BY_NAME
from search.syntax.parser import MAXIMUM_CONDITIONS, MAXIMUM_DEPTH, Reading, read
from search.syntax.tree import And, Condition, Not, Number, Or, Phrase, Range, Term, Words, depth, leaves

WAN = 1_000_000
LASER = Words((), "激光", ("激光",))
SOUND = Words((), "超声", ("超声",))
WELD = Words((), "焊接", ("焊接",))


def phrase(text: str, *terms: str, fields: tuple[str, ...] = ()) -> Phrase:
    return Phrase(fields, text, terms or (text,))


def days(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - FIRST_DAY).days


@pytest.mark.parametrize(
    "text",
    [
        "激光焊接机器人",
        "我们做泵阀，想降低密封件在高温下的磨损",
        "会议 10:30 开始",
        "http://example.test/a:b?title=c",
        "注意：小心",
        "聚乙烯(PE)管",
        "一种密封件（耐高温型）及其制备方法",
        "Al-Si 合金",
        "ZL2019-10-123456",
        "PM2.5- 检测",
        "耐 -40℃ 的密封件",
        "-40~85 °C",
        "激光 - 焊接",
        "激光——焊接",
        "not and or",
        "密封件或填料",
        "非晶合金",
        '5"管',
        '焊接"激光"机器人',
        "我们想做“智能”水表",
        "“智能”水表",
        "一种「智能」水表",
        '"智能"水表',
        '发现"水表"--前推',
        '"智能":水表',
        "比例 3:1",
        "pH:7",
        "TRL 6",
        "ZL 2023 1 0000001.5",
        "((((",
        "，。；",
        "***",
    ],
)
def test_a_text_without_operators_stays_free_as_it_is(text: str) -> None:
    assert read(text) == Reading(text)


@pytest.mark.parametrize(
    ("text", "free", "where"),
    [
        ('"激光"', "", phrase("激光")),
        ("“激光”", "", phrase("激光")),
        ("「激光」", "", phrase("激光")),
        ("『激光』", "", phrase("激光")),
        ("＂激光＂", "", phrase("激光")),
        ('焊接 "激光"，机器人', "焊接 ，机器人", phrase("激光")),
        ("焊接 “激光” 机器人", "焊接 机器人", phrase("激光")),
        ('焊接"激光"机器人 -超声', '焊接"激光"机器人', Not(phrase("超声"))),
        ("焊接 -激光", "焊接", Not(phrase("激光"))),
        ("焊接 －激光", "焊接", Not(phrase("激光"))),
        ("焊接 −激光", "焊接", Not(phrase("激光"))),
        ("焊接 NOT 激光", "焊接", Not(phrase("激光"))),
        ("焊接 非 激光", "焊接", Not(phrase("激光"))),
        ("NOT NOT 激光", "激光", None),
        ("-5G", "", Not(phrase("5G", "5g"))),
        ("激光 OR 超声", "", Or((LASER, SOUND))),
        ("激光 或 超声", "", Or((LASER, SOUND))),
        ("激光|超声", "", Or((LASER, SOUND))),
        ("激光｜超声 焊接", "焊接", Or((LASER, SOUND))),
        ("激光 AND 焊接", "", And((LASER, WELD))),
        ("激光 且 焊接", "", And((LASER, WELD))),
        ("激光 AND 焊接 OR 超声", "", Or((And((LASER, WELD)), SOUND))),
        ("(激光 OR 超声) AND 焊接", "", And((Or((LASER, SOUND)), WELD))),
        ("（激光 或 超声） 且 焊接", "", And((Or((LASER, SOUND)), WELD))),
        ("(激光 超声) -焊接", "激光 超声", Not(phrase("焊接"))),
        ("-(激光 OR 超声)", "", Not(Or((LASER, SOUND)))),
        ("激光 OR 激光", "激光", None),
        ("标题:激光", "", Words(("title",), "激光", ("激光",))),
        ("title：激光", "", Words(("title",), "激光", ("激光",))),
        ("標題:激光", "", Words(("title",), "激光", ("激光",))),
        ("标题: 激光 焊接", "焊接", Words(("title",), "激光", ("激光",))),
        ("标题:-激光", "", Not(phrase("激光", fields=("title",)))),
        ("申请人:温州", "", phrase("温州", fields=("applicant",))),
        ("发明人:李明、王立", "", Or((phrase("李明", fields=("inventor",)), phrase("王立", fields=("inventor",))))),
        ("焊接，标题:激光", "焊接", Words(("title",), "激光", ("激光",))),
        ("IPC:a61f", "", Term("ipc_subclass", ("A61F",))),
        ("IPC:A", "", Term("ipc_section", ("A",))),
        ("IPC:A61", "", Term("ipc_class", ("A61",))),
        ("IPC:A61F*", "", Term("ipc_subclass", ("A61F",))),
        ("IPC:A61F2", "", Term("ipc_group", ("A61F2",))),
        ("IPC:A61F 02/08", "", Term("ipc_group", ("A61F2/08",))),
        ("县:瑞安", "", Term("county", ("330381",))),
        ("县:瑞安市、乐清", "", Term("county", ("330381", "330382"))),
        ("县:(瑞安 OR 乐清)", "", Term("county", ("330381", "330382"))),
        ('方式:"开放许可"', "", Term("way", ("open_licence",))),
        ("状态:失效", "", Term("legal_status", ("expired", "lapsed"))),
        ("竞价:进行中", "", Term("auction", ("open",))),
        ("开放许可:否", "", Not(Term("open_licence", ("yes",)))),
        ("TRL:6", "", Range("trl_level", 6, 6)),
        ("TRL:>=6", "", Range("trl_level", 6, None)),
        ("trl≥6", "", Range("trl_level", 6, None)),
        ("TRL:>6", "", Range("trl_level", 7, None)),
        ("TRL:4..6", "", Range("trl_level", 4, 6)),
        ("TRL:4-6级", "", Range("trl_level", 4, 6)),
        ("成熟度:6级以上", "", Range("trl_level", 6, None)),
        ("价格:<50万", "", Range("price", None, 50 * WAN - 1)),
        ("价格<50万", "", Range("price", None, 50 * WAN - 1)),
        ("价格:≤50 万元", "", Range("price", None, 50 * WAN)),
        ("价格:10-50万", "", Range("price", 10 * WAN, 50 * WAN)),
        ("价格:10万至1亿", "", Range("price", 10 * WAN, 10_000 * WAN)),
        ("price:500,000.50", "", Range("price", 50_000_050, 50_000_050)),
        ("價格:20萬以內", "", Range("price", None, 20 * WAN)),
        ("价格:20万以内", "", Range("price", None, 20 * WAN)),
        ("价格:..20万", "", Range("price", None, 20 * WAN)),
        ("价格:20万..", "", Range("price", 20 * WAN, None)),
        ("发布:2026", "", Range("published", days(2026, 1, 1), days(2026, 12, 31))),
        ("发布:2026-02", "", Range("published", days(2026, 2, 1), days(2026, 2, 28))),
        ("发布:2026年2月3日", "", Range("published", days(2026, 2, 3), days(2026, 2, 3))),
        ("发布:2026-01..2026-06", "", Range("published", days(2026, 1, 1), days(2026, 6, 30))),
        ("发布:>2026", "", Range("published", days(2027, 1, 1), None)),
        ("发布:>=2026 激光", "激光", Range("published", days(2026, 1, 1), None)),
        ("编号:WZ2026001000043", "", Number("wz2026001000043", ("wz2026001000043",), ("wz2026001000043",))),
    ],
)
def test_how_a_question_is_read(text: str, free: str, where: Condition | None) -> None:
    assert read(text) == Reading(free, where)


def test_a_patent_number_in_its_field_has_the_keys_of_every_way_of_writing_it() -> None:
    reading = read("专利号:ZL 2023 1 0000001.5 激光")
    assert reading.free == "激光"
    assert isinstance(reading.where, Number)
    assert reading.where.exact[0] == "202310000001"


@pytest.mark.parametrize(
    ("text", "free", "where", "message"),
    [
        ('"激光', '"激光', None, said.UNCLOSED_QUOTE),
        ("激光” 焊接", "激光” 焊接", None, said.UNCLOSED_QUOTE),
        ("(激光 OR 超声", "", Or((LASER, SOUND)), said.UNBALANCED_BRACKET),
        ("激光 OR 超声)", "", Or((LASER, SOUND)), said.UNBALANCED_BRACKET),
        ("激光 OR", "激光", None, said.MISSING_SIDE),
        ("OR 激光", "激光", None, said.MISSING_SIDE),
        ("激光 OR OR 超声 AND", "", Or((LASER, SOUND)), said.MISSING_SIDE),
        ("激光 NOT", "激光", None, said.MISSING_SIDE),
        ("激光 标题:", "激光", None, said.EMPTY_FIELD),
        ("标题: 价格:<5 激光", "激光", Range("price", None, 499), said.EMPTY_FIELD),
        ("价格:<abc 激光", "激光", None, said.UNREADABLE),
        ("价格:10万个 激光", "激光", None, said.UNREADABLE),
        ("TRL:12 激光", "激光", None, said.UNREADABLE),
        ("TRL:>9 激光", "激光", None, said.UNREADABLE),
        ("TRL:0 激光", "激光", None, said.UNREADABLE),
        ("价格:<0 激光", "激光", None, said.UNREADABLE),
        ("发布:2026-13 激光", "激光", None, said.UNREADABLE),
        ("发布:2026-02-30 激光", "激光", None, said.UNREADABLE),
        ("发布:去年 激光", "激光", None, said.UNREADABLE),
        ("IPC:Z99 激光", "激光", None, said.UNREADABLE),
        ("编号:** 激光", "激光", None, said.UNREADABLE),
        ("县:杭州 激光", "杭州 激光", None, said.UNKNOWN_VALUE),
        ("TRL:6..4", "", Range("trl_level", 4, 6), said.REVERSED),
        ("价格:50万-10万", "", Range("price", 10 * WAN, 50 * WAN), said.REVERSED),
        ("发布:2026..2025", "", Range("published", days(2025, 1, 1), days(2026, 12, 31)), said.REVERSED),
    ],
)
def test_what_is_wrong_is_told_and_the_rest_is_read(
    text: str, free: str, where: Condition | None, message: str
) -> None:
    reading = read(text)
    assert (reading.free, reading.where) == (free, where)
    assert [notice.message for notice in reading.notices] == [message]


def test_operators_alone_are_ordinary_words() -> None:
    assert read("AND OR NOT") == Reading("AND OR NOT")


def test_only_exclusions_ask_for_every_other_listing() -> None:
    query = from_text("-激光")
    assert (query.where, query.has_words, query.matches_nothing) == (Not(phrase("激光")), False, False)
    assert (query.is_sorted_by_score, query.favoured) == (False, ())


def test_words_asked_for_are_favoured_and_excluded_ones_are_not() -> None:
    query = from_text('"激光" -标题:焊接 (超声 OR -泵)')
    assert query.favoured == ("激光", "超声")
    assert ("names", "激光") in query.favoured_keys
    assert query.is_sorted_by_score


def test_an_unreadable_question_alone_finds_nothing_and_says_why() -> None:
    query = from_text("价格:<abc")
    assert query.matches_nothing
    assert [notice.message for notice in query.notices] == [said.UNREADABLE]
    assert [notice.message for notice in from_text("，。").notices] == [NOTICE_NO_WORDS]


def test_a_title_asks_in_ordinary_words() -> None:
    query = in_ordinary_words('"激光" -焊接 OR 标题:泵')
    assert (query.where, query.favoured, query.notices) == (None, (), ())
    assert {"激光", "焊接", "标题"} <= set(query.terms)


@pytest.mark.parametrize("text", ["激光焊接机器人", "ZL 2023 1 0000001.5", "泵", "注意：泵 (PE)"])
def test_a_text_without_operators_is_the_question_that_it_was(text: str) -> None:
    query = from_text(text)
    assert (query.free, query.where, query.favoured, query.favoured_keys, query.notices) == (text, None, (), (), ())


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200,
        "(a OR " * 33,
        "-(a OR (b AND " * 14,
        "NOT " * 50,
        "a OR " * 40,
        "- " * 100,
        '"' * 200,
        "“" * 200,
        '"a" ' * 50,
        "标题:" * 66,
        "标题:a " * 40,
        "价格:1..2 " * 22,
        "县:" + "瑞安、" * 60,
        "IPC:" + "A61F、" * 39,
        "||||" * 50,
        "****",
        "?*?*" * 50,
        "编号:1" + " 1" * 98,
        "密" * 200,
        '"' + "密" * 198 + '"',
        "标题:" + "密封件" * 65,
    ],
)
def test_costly_questions_are_bounded(text: str) -> None:
    query = from_text(text)
    found = [leaf for leaf, _ in leaves(query.where)]
    terms = [len(leaf.terms) for leaf in found if isinstance(leaf, Words | Phrase)]
    values = [len(leaf.values) for leaf in found if isinstance(leaf, Term)]
    assert len(found) <= 2 * MAXIMUM_CONDITIONS
    assert sum(terms) <= MAXIMUM_TERMS
    assert depth(query.where) <= MAXIMUM_DEPTH + 1
    assert sum(values) <= 60
    assert len(query.notices) <= 8


def test_too_many_conditions_are_cut_and_the_notice_says_so() -> None:
    reading = read(" OR ".join("abcdefghijklmnopqrstuvwxyz0123456789"))
    assert isinstance(reading.where, Or)
    assert len(reading.where.parts) == MAXIMUM_CONDITIONS
    assert [notice.message for notice in reading.notices] == [said.TOO_MANY]


def test_names_of_fields_are_known_once() -> None:
    assert {BY_NAME[name].name for name in ("标题", "title", "申请人", "institution", "trl", "价格", "price")} == {
        "标题",
        "申请人",
        "TRL",
        "价格",
    }


PIECES = st.sampled_from(
    [
        *'()（）"“”「」|｜-－:： ，。;、*?<>=≥≤~.…5万元亿泵a',
        *(
            "OR",
            "AND",
            "NOT",
            "或",
            "非",
            " ",
            "  ",
            "标题:",
            "申请人：",
            "TRL",
            "TRL:",
            "价格:",
            "IPC:",
            "县:",
            "编号:",
        ),
        *(
            "发布:",
            "密封件",
            "激光 ",
            "A61F2/08",
            "2026-03",
            "50万",
            "瑞安",
            "202310000001.5",
            "4..6",
            "竞价:",
            "有",
            "否",
            "PE(",
        ),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_the_normal_form_is_read_as_the_same_question(text: str) -> None:
    reading = read(text)
    again = read(reading.written)
    assert (again.free, again.where) == (reading.free, reading.where)


@given(st.text(max_size=300) | st.text('()"“”-|:： OR激光<>=.,、\U0001f600\u202e\ud83d\x00', max_size=300))
def test_any_text_is_read_within_bounds(text: str) -> None:
    query = from_text(text)
    found = [leaf for leaf, _ in leaves(query.where)]
    assert len(found) <= 2 * MAXIMUM_CONDITIONS
    assert depth(query.where) <= MAXIMUM_DEPTH + 1
    assert len(query.text) <= MAXIMUM_TEXT_CHARACTERS
    assert len(query.favoured) <= MAXIMUM_TERMS
