"""The keys of questions and listings: they may admit too much, never too little."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from search.alternatives import Alternative
from search.documents import ListingDocument, facet_values
from search.query import SearchQuery, from_text
from search.saved.matching import small_index
from search.saved.snapshots import moved, pack, turns_at, unpack
from search.saved.telling import ANY, Telling, keys_of_listing, keys_of_question
from search.synonyms.dictionary import shipped_dictionary

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SUBJECTS = [
    "高温密封环",
    "激光焊接机器人",
    "SiO2 气凝胶",
    "5G 天线",
    "低压电器触头",
    "水泵叶轮",
    "人工关节",
    "电池隔膜",
    "石墨烯涂层",
    "一种装置",
]
PURPOSES = ["用于泵阀，磨损小", "seals for pumps", "生物相容性好", "≥99.9 % 纯度", "耐 -40℃ 低温", "方法及其系统"]
WORDS = [
    "密封", "高温密封", "激光", "机器人", "SiO2", "5G", "泵", "泵阀", "水", "触头", "石墨烯", "一种", "装置方法", "温州大学", "张三",
    "sealing", "pump", "99.9%", "WZ202600900001", "ZL202310000001.5", "CN2023100", "我们做泵阀，想降低密封件在高温下的磨损", "关节 人工 叶轮",
]  # fmt: skip
PARTS = [
    '"高温密封"', '"5G 天线"', '"水 泵"', "标题:密封", "标题:水", "申请人:温州大学", "发明人:张三", "IPC:A61F", "IPC:F16J15/06", "IPC:F",
    "TRL:>=6", "TRL:4..6", "价格:<50万", "发布:>=2026-01", "县:鹿城", "方式:转让", "领域:新材料", "编号:202310000001", "竞价:进行中",
    "开放许可:有", "-激光", "-密封", "泵 OR 激光", "(密封 OR 石墨烯) 高温", "标题:(激光 OR 水泵)", "编号:ZL202310000002.5 OR 机器人",
]  # fmt: skip
CHOSEN = [("way", "assignment"), ("field", "materials"), ("institution", "T1"), ("trl", "6"), ("ipc_subclass", "A61F")]


def listings(drawn: random.Random, number: int) -> dict[int, ListingDocument]:
    """Listings of every sort, by number."""
    return {one: _listing(drawn, one) for one in range(1, number + 1)}


def _listing(drawn: random.Random, number: int) -> ListingDocument:
    opens = NOW + timedelta(hours=drawn.randint(-30, 30))
    return ListingDocument(
        id=number,
        version=1,
        number=f"WZ202600900{number:03d}7",
        title="".join(drawn.sample(SUBJECTS, drawn.randint(1, 2))),
        summary="，".join(drawn.sample(PURPOSES, 2)),
        abstract="。".join(drawn.sample(SUBJECTS, 3)) if drawn.random() < 0.5 else "",
        institution_code=drawn.choice(["T1", "T2"]),
        institution_name=drawn.choice(["温州大学", "瓯海学院"]),
        county_code=drawn.choice(["330302", "330304"]),
        tech_field=drawn.choice(["materials", "biomedicine"]),
        ways=tuple(drawn.sample(["assignment", "ordinary_licence", "open_licence", "auction"], 2)),
        patent_numbers=(f"2023100000{number:02d}.5",),
        ipc_symbols=tuple(drawn.sample(["A61F2/08", "F16J15/06", "H01L21/00"], drawn.randint(1, 2))),
        completers=("张三",) if drawn.random() < 0.3 else (),
        published_at=NOW - timedelta(days=drawn.randint(0, 700)),
        trl=drawn.choice([None, 3, 6, 9]),
        price_fen=drawn.choice([None, 10_000_000, 90_000_000]),
        lot_opens_at=opens if drawn.random() < 0.4 else None,
        lot_closes_at=opens + timedelta(hours=24) if drawn.random() < 0.4 else None,
    )


def _question(drawn: random.Random) -> SearchQuery:
    parts = drawn.sample(PARTS, drawn.choice([0, 0, 1, 1, 2])) + drawn.sample(WORDS, drawn.choice([0, 1, 1, 2]))
    drawn.shuffle(parts)
    query = from_text(" ".join(parts))
    for facet, value in drawn.sample(CHOSEN, drawn.choice([0, 0, 1, 2])):
        query = query.with_filter(facet, (value,))
    if drawn.random() < 0.3:
        other = ("石墨", "墨烯")
        return replace(query, alternatives=(Alternative(query.terms[:1], other, tuple("石墨烯"), "石墨烯", 0.7),))
    return shipped_dictionary().expanded(query)


def admits(telling: Telling, held: set[int]) -> bool:
    """What the inverted table says: enough keys in common."""
    return sum(weight for key, weight in telling.hashed.items() if key in held) >= telling.needs


@pytest.mark.parametrize("seed", range(4))
def test_every_hit_of_a_question_has_enough_of_its_keys(seed: int) -> None:
    drawn = random.Random(seed)
    documents = listings(drawn, 40)
    questions = [one for one in (_question(drawn) for _ in range(120)) if not one.matches_nothing]
    hits, keys = 0, {number: keys_of_listing(one) for number, one in documents.items()}
    with small_index(documents, NOW) as index:
        for query in questions:
            telling = keys_of_question(query)
            admitted = {number for number in documents if admits(telling, keys[number])}
            found = index.hits(query, list(documents))
            assert found <= admitted, (query, found - admitted)
            hits += len(found)
    assert len(questions) < hits < len(questions) * len(documents)


@pytest.mark.parametrize(
    ("text", "keys", "needs"),
    [
        ("高温密封", {"word:高温", "word:温密", "word:密封"}, 2),
        ("一种密封装置 激光", {"word:密封", "word:种密", "word:封装", "word:激光"}, 1),
        ('"高温密封"', {"word:高温", "word:温密", "word:密封"}, 3),
        ("TRL:>=6 方式:转让", {"way:assignment"}, 1),
        ("标题:密封 OR 标题:激光", {"word:密封", "word:激光"}, 1),
        ("标题:高温密封 OR 激光", {"word:激光", "word:高温"}, 1),
        ("-激光", {ANY}, 1),
        ("激光 OR TRL:>=6", {ANY, "word:激光"}, 1),
        ("竞价:进行中", {ANY}, 1),
    ],
)
def test_a_question_is_kept_under_what_narrows_it_down(text: str, keys: set[str], needs: int) -> None:
    telling = keys_of_question(from_text(text))
    words_and_values = {key for key in telling.weights if key.partition(":")[0] in {"word", "way", ANY}}
    assert (words_and_values, telling.needs) == (keys, needs)


def test_a_question_without_words_is_kept_under_its_narrowest_facet() -> None:
    query = SearchQuery().with_filter("way", ("assignment",)).with_filter("institution", ("T1", "T2"))
    assert keys_of_question(query).weights == {"institution:T1": 1, "institution:T2": 1}
    timed = SearchQuery().with_filter("auction", ("open",))
    assert keys_of_question(timed).weights == {ANY: 1}


def test_a_kept_listing_comes_back_as_it_was_but_for_who_it_is() -> None:
    document = _listing(random.Random(1), 7)
    again = unpack(pack(document))
    assert again._replace(id=7, version=1) == document
    assert facet_values(again) == facet_values(document)
    assert pack(document._replace(id=9, version=5, vector=b"1")) == pack(document)
    assert pack(document._replace(title="别的")) != pack(document)


def test_a_listing_as_it_stood_earlier_is_asked_with_the_state_of_its_lot_at_that_time() -> None:
    opens = NOW + timedelta(hours=1)
    document = _listing(random.Random(1), 7)._replace(lot_opens_at=opens, lot_closes_at=opens + timedelta(hours=2))
    assert turns_at(document, NOW) == opens
    assert turns_at(document, opens) == opens + timedelta(hours=2)
    assert turns_at(document, opens + timedelta(hours=2)) is None
    later, open_now = opens + timedelta(minutes=1), SearchQuery().with_filter("auction", ("open",))
    with small_index({1: document, 2: moved(document, later - NOW)}, later) as index:
        assert index.hits(open_now, [1, 2]) == {1}
