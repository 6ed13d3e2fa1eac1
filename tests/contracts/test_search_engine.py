"""What every search engine must do, on the embedded index and on the real Elasticsearch server alike."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch
from werkzeug.datastructures import MultiDict

from search.documents import INDEX_VERSION
from search.engines.base import EngineUnavailable, Removal, SearchEngine
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch import ElasticsearchEngine, connect
from search.engines.embedded import EmbeddedEngine
from search.indexing import difference, rebuild, verify
from search.query import SearchQuery, from_text, parse
from tests.factories.search_documents import START, ListSource, listing

HALL = [
    listing(
        1,
        "一种高温密封件及其制备方法",
        summary="用于泵阀的密封件，高温下磨损小。",
        patent_numbers=("ZL 2023 1 0000001.5",),
        ipc_symbols=("F16J15/06",),
        ipc_titles=("活塞；气缸；密封",),
        ways=("transfer", "licence"),
    ),
    listing(2, "激光焊接机器人", abstract="面向汽车零部件的激光焊接设备。", ways=("licence",), county_code="330381"),
    listing(
        3,
        "近视防控光学镜片",
        abstract="控制眼轴增长的离焦镜片。",
        institution_code="WMU",
        institution_name="温州医科大学",
        institution_former_names=("温州医学院",),
        completers=("陈立新",),
        tech_field="health",
        county_code="330303",
        patent_numbers=("201910123456.X", "CN110000001A"),
    ),
    listing(4, "5G基站用SiO2气凝胶", summary="隔热材料。", tech_field="electronics", ways=("bidding",)),
    listing(5, "水泵", summary="节能。", ways=("transfer", "bidding")),
    listing(6, "激光切割头", summary="温州大学研制。", tech_field="electronics"),
]


@pytest.fixture
def hall(engine: SearchEngine) -> SearchEngine:
    rebuild(engine, ListSource(HALL))
    return engine


def ask(**arguments: Any) -> SearchQuery:
    return parse(MultiDict(arguments))


def ids(engine: SearchEngine, query: SearchQuery) -> list[int]:
    return [hit.id for hit in engine.search(query).hits]


def counts(engine: SearchEngine, query: SearchQuery, facet: str) -> dict[str, int]:
    return {one.value: one.count for one in engine.search(query).facets[facet]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("激光焊接", [2]),
        ("激光", [2, 6]),
        ("我们做泵阀，想降低密封件在高温下的磨损", [1]),
        ("5G", [4]),
        ("sio2 气凝胶", [4]),
        ("ＳｉＯ２", [4]),
        ("泵", [5, 1]),
        ("离焦镜片", [3]),
        ("量子计算", []),
    ],
)
def test_words_find_the_listings_that_hold_them(hall: SearchEngine, text: str, expected: list[int]) -> None:
    assert ids(hall, from_text(text)) == expected


def test_where_one_word_is_enough_each_of_them_finds(hall: SearchEngine) -> None:
    assert ids(hall, from_text("镜片 切割")) == []
    assert sorted(ids(hall, replace(from_text("镜片 切割"), any_word=True))) == [3, 6]


@pytest.mark.parametrize(
    "text",
    [
        "202310000001.5",
        "202310000001",
        "2023100000015",
        "ZL202310000001.5",
        "ZL 2023 1 0000001.5",
        "ＺＬ２０２３１００００００１.5",
        "CN202310000001.5",
        "专利 ZL 2023 1 0000001.5",
    ],
)
def test_a_patent_number_is_found_however_it_is_written(hall: SearchEngine, text: str) -> None:
    assert ids(hall, from_text(text)) == [1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("201910123456.X", [3]),
        ("201910123456x", [3]),
        ("CN110000001A", [3]),
        ("CN110000001", [3]),
        ("20191012", [3]),
        ("ZL2019", [3]),
        ("cn1100", [3]),
        ("WZ2026001000043", [4]),
        ("wz2026001000", [6, 5, 4, 3, 2, 1]),
        ("202399999999", []),
    ],
)
def test_other_numbers_and_their_beginnings(hall: SearchEngine, text: str, expected: list[int]) -> None:
    assert ids(hall, from_text(text)) == expected


@pytest.mark.parametrize("text", ["温州医科大学", "温州医学院", "WMU", "陈立新"])
def test_a_name_puts_its_listings_first(hall: SearchEngine, text: str) -> None:
    assert ids(hall, from_text(text))[0] == 3


def test_listings_of_an_institution_stand_above_those_that_mention_it(hall: SearchEngine) -> None:
    hall.write([HALL[2]._replace(version=2, summary="与温州大学温州大学温州大学合作。")])
    hall.refresh()
    assert set(ids(hall, from_text("温州大学"))) == {1, 2, 3, 4, 5, 6}
    assert ids(hall, from_text("温州大学"))[-1] == 3


def test_an_empty_question_shows_everything_newest_first(hall: SearchEngine) -> None:
    answer = hall.search(ask())
    assert [hit.id for hit in answer.hits] == [6, 5, 4, 3, 2, 1]
    assert answer.total == 6


def test_newest_first_also_orders_hits_of_words(hall: SearchEngine) -> None:
    assert ids(hall, ask(q="激光", sort="newest")) == [6, 2]


def test_punctuation_only_finds_nothing(hall: SearchEngine) -> None:
    answer = hall.search(from_text("，。！？***"))
    assert (answer.total, answer.hits) == (0, ())


def test_a_text_of_ten_thousand_characters_is_answered(hall: SearchEngine) -> None:
    assert ids(hall, from_text("激光焊接" * 2500)) == [2, 6]


def test_facets_count_all_hits(hall: SearchEngine) -> None:
    assert counts(hall, ask(), "way") == {"transfer": 4, "licence": 2, "bidding": 2}
    assert counts(hall, ask(), "institution") == {"WZU": 5, "WMU": 1}
    assert counts(hall, ask(), "county") == {"330304": 4, "330303": 1, "330381": 1}
    assert counts(hall, ask(q="激光"), "field") == {"electronics": 1, "materials": 1}


def test_a_question_that_wants_no_facets_gets_the_same_hits_and_none(hall: SearchEngine) -> None:
    counted = hall.search(from_text("激光"))
    bare = hall.search(replace(from_text("激光"), counts_facets=False))

    assert counted.hits
    assert (bare.hits, bare.total, bare.facets) == (counted.hits, counted.total, {})


def test_equal_counts_are_in_one_order(hall: SearchEngine) -> None:
    values = [one.value for one in hall.search(ask()).facets["way"]]
    assert values == ["transfer", "bidding", "licence"]


def test_filters_narrow_and_their_own_facet_keeps_its_other_values(hall: SearchEngine) -> None:
    chosen = ask(way="licence")
    assert ids(hall, chosen) == [2, 1]
    assert counts(hall, chosen, "way") == {"transfer": 4, "licence": 2, "bidding": 2}
    assert counts(hall, chosen, "county") == {"330304": 1, "330381": 1}


def test_values_of_one_facet_are_alternatives_and_facets_add_up(hall: SearchEngine) -> None:
    query = parse(MultiDict([("way", "licence"), ("way", "bidding"), ("county", "330304")]))
    assert ids(hall, query) == [5, 4, 1]
    assert counts(hall, query, "county") == {"330304": 3, "330381": 1}


def test_an_unknown_facet_value_finds_nothing(hall: SearchEngine) -> None:
    assert hall.search(ask(county="no-such-county")).total == 0


def test_pages_follow_each_other_without_gap_or_repetition(engine: SearchEngine) -> None:
    rebuild(engine, ListSource([listing(one, "激光设备") for one in range(1, 48)]))
    pages = [engine.search(ask(q="激光", page=str(page))) for page in (1, 2, 3, 4)]
    assert [len(page.hits) for page in pages] == [20, 20, 7, 0]
    assert [hit.id for page in pages for hit in page.hits] == list(range(47, 0, -1))
    assert {page.total for page in pages} == {47}


def test_equal_scores_are_newest_first_whatever_their_number(engine: SearchEngine) -> None:
    source = ListSource(
        [listing(one, "激光设备", published_at=START + timedelta(hours=one % 7)) for one in range(1, 400)]
    )
    rebuild(engine, source)
    newest_first = sorted(source.rows, key=lambda one: (-(one % 7), -one))
    assert ids(engine, ask(q="激光")) == newest_first[:20]
    assert ids(engine, ask(q="激光", page="9")) == newest_first[160:180]


def test_a_newer_version_replaces_the_older(hall: SearchEngine) -> None:
    outcome = hall.write([HALL[1]._replace(version=2, title="电子束焊接机器人", abstract="")])
    hall.refresh()
    assert (outcome.written, outcome.stale) == (1, 0)
    assert ids(hall, from_text("激光")) == [6]
    assert ids(hall, from_text("电子束")) == [2]


def test_an_older_version_never_overwrites_a_newer(hall: SearchEngine) -> None:
    hall.write([HALL[1]._replace(version=5, title="电子束焊接机器人")])
    outcome = hall.write([HALL[1]._replace(version=4, title="旧的名称")])
    hall.refresh()
    assert (outcome.written, outcome.stale) == (0, 1)
    assert ids(hall, from_text("旧的名称")) == []
    assert ids(hall, from_text("电子束")) == [2]


def test_the_same_version_written_twice_leaves_one_listing(hall: SearchEngine) -> None:
    hall.write([HALL[1]])
    hall.refresh()
    assert hall.search(from_text("激光焊接")).total == 1


def test_a_removed_listing_is_gone_and_a_late_older_change_does_not_bring_it_back(hall: SearchEngine) -> None:
    hall.write([Removal(2, version=3)])
    late = hall.write([HALL[1]._replace(version=2)])
    hall.refresh()
    assert late.stale == 1
    assert ids(hall, from_text("激光")) == [6]
    assert hall.search(ask()).total == 5
    assert counts(hall, ask(), "county") == {"330304": 4, "330303": 1}
    assert [one for one, _ in hall.versions(0, 100)] == [1, 3, 4, 5, 6]


def test_a_listing_published_again_after_its_removal_is_found(hall: SearchEngine) -> None:
    hall.write([Removal(2, version=3)])
    hall.write([HALL[1]._replace(version=4)])
    hall.refresh()
    assert ids(hall, from_text("激光焊接")) == [2]


def test_removing_what_was_never_there_is_no_error(hall: SearchEngine) -> None:
    hall.write([Removal(999, version=1)])
    hall.refresh()
    assert hall.search(ask()).total == 6


def test_without_an_index_questions_and_changes_are_refused(engine: SearchEngine) -> None:
    with pytest.raises(EngineUnavailable):
        engine.search(ask())
    with pytest.raises(EngineUnavailable):
        engine.write([HALL[0]])
    assert not engine.is_current()


def test_the_first_rebuild_makes_the_index(engine: SearchEngine) -> None:
    assert rebuild(engine, ListSource([])) == 0
    assert engine.is_current()
    engine.write([HALL[0]])
    engine.refresh()
    assert ids(engine, from_text("密封")) == [1]


def test_of_two_rebuilds_the_later_one_wins_and_the_earlier_one_fails(hall: SearchEngine) -> None:
    earlier = hall.begin_rebuild()
    later = hall.begin_rebuild()
    with pytest.raises(EngineUnavailable):
        hall.finish_rebuild(earlier)
    hall.write([HALL[0]], later)
    hall.refresh(later)
    hall.finish_rebuild(later)
    assert ids(hall, ask()) == [1]


def test_versions_are_walked_in_blocks_by_id(hall: SearchEngine) -> None:
    hall.write([HALL[3]._replace(version=7)])
    hall.refresh()
    assert hall.versions(0, 3) == [(1, 1), (2, 1), (3, 1)]
    assert hall.versions(3, 3) == [(4, 7), (5, 1), (6, 1)]
    assert hall.versions(6, 3) == []


def test_verification_repairs_what_differs(hall: SearchEngine) -> None:
    source = ListSource([*HALL[1:], listing(7, "新的成果")])
    source.rows[2] = HALL[1]._replace(version=2, title="等离子焊接机器人")
    outcome = verify(hall, source)
    assert (outcome.listings, outcome.outdated, outcome.superfluous, outcome.remaining) == (6, 2, 1, 0)
    assert ids(hall, from_text("等离子")) == [2]
    assert hall.search(ask()).total == 6
    assert difference(hall, source)[0].count == 0


def test_what_fills_a_new_index_is_found_once_it_answers_and_changes_follow(hall: SearchEngine) -> None:
    target = hall.begin_rebuild()
    hall.fill(target, iter([[HALL[0]], [HALL[1], listing(8, "新索引里的成果")]]))
    assert hall.search(ask()).total == 6
    hall.write([HALL[1]._replace(version=2, title="等离子焊接"), Removal(1, version=2)])
    hall.refresh(target)
    hall.finish_rebuild(target)
    assert sorted(ids(hall, ask())) == [2, 8]
    assert ids(hall, from_text("等离子")) == [2]


@pytest.mark.elasticsearch
def test_a_server_treats_a_filled_index_as_any_other(elasticsearch_in_test: ElasticsearchEngine) -> None:
    engine = elasticsearch_in_test
    rebuild(engine, ListSource(HALL))
    client = engine._bulk_client
    [found] = client.indices.get_settings(index=engine.alias, flat_settings=True).values()
    assert found["settings"]["index.refresh_interval"] == "1s"
    assert not [name for name in found["settings"] if "merge" in name]


def test_the_old_index_answers_until_the_new_one_takes_over(hall: SearchEngine) -> None:
    target = hall.begin_rebuild()
    hall.write([listing(8, "新索引里的成果")], target)
    assert hall.search(ask()).total == 6
    hall.refresh(target)
    hall.finish_rebuild(target)
    assert ids(hall, ask()) == [8]


def test_changes_during_a_rebuild_reach_both_indexes(hall: SearchEngine) -> None:
    target = hall.begin_rebuild()
    hall.write([HALL[1]._replace(version=2, title="等离子焊接"), Removal(1, version=2)])
    hall.write([HALL[0], HALL[1], *HALL[2:]], target)
    hall.refresh()
    assert ids(hall, from_text("等离子")) == [2]
    hall.refresh(target)
    hall.finish_rebuild(target)
    assert ids(hall, from_text("等离子")) == [2]
    assert sorted(ids(hall, ask())) == [2, 3, 4, 5, 6]


def test_an_abandoned_rebuild_leaves_the_present_index_as_it_was(hall: SearchEngine) -> None:
    target = hall.begin_rebuild()
    hall.abandon_rebuild(target)
    hall.write([listing(7, "新的成果")])
    hall.refresh()
    assert hall.search(ask()).total == 7


def test_a_rebuild_that_was_interrupted_can_be_started_again(hall: SearchEngine) -> None:
    hall.begin_rebuild()
    assert rebuild(hall, ListSource(HALL[:2])) == 2
    assert sorted(ids(hall, ask())) == [1, 2]


def test_nothing_is_lost_when_changes_go_on_during_a_rebuild(engine: SearchEngine) -> None:
    source = ListSource([listing(one, f"成果{one}") for one in range(1, 301)])
    rebuild(engine, source)
    stop = threading.Event()
    failures: list[EngineUnavailable] = []

    def change() -> None:
        turn = 1
        while not stop.is_set():
            for one in range(1, 301, 37):
                source.rows[one] = source.rows[one]._replace(version=turn + 1)
                try:
                    engine.write([source.rows[one]])
                except EngineUnavailable as error:
                    failures.append(error)
            turn += 1

    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(3):
            target = engine.begin_rebuild()
            for document in [*source.rows.values()][::10]:
                engine.write([document], target)
            verify(engine, source, target)
            engine.finish_rebuild(target)
    finally:
        stop.set()
        writer.join()
    assert failures == []
    assert difference(engine, source)[0].count == 0


@pytest.mark.elasticsearch
def test_both_engines_give_the_same_order_and_scores(
    tmp_path: Path, elasticsearch_in_test: ElasticsearchEngine
) -> None:
    source = ListSource(HALL)
    embedded = EmbeddedEngine(tmp_path / "search")
    rebuild(embedded, source)
    rebuild(elasticsearch_in_test, source)
    for text in ("激光", "激光焊接", "泵", "温州大学", "高温密封件的磨损", "5G 气凝胶 隔热", "202310000001", ""):
        one = embedded.search(from_text(text))
        other = elasticsearch_in_test.search(from_text(text))
        assert [hit.id for hit in one.hits] == [hit.id for hit in other.hits]
        assert [hit.score for hit in one.hits] == pytest.approx([hit.score for hit in other.hits], rel=1e-4)
        assert (one.total, one.facets) == (other.total, other.facets)


@pytest.mark.elasticsearch
def test_the_mapping_is_strict_and_names_its_version(
    elasticsearch_in_test: ElasticsearchEngine, elasticsearch_client: Elasticsearch
) -> None:
    rebuild(elasticsearch_in_test, ListSource(HALL))
    index = next(iter(elasticsearch_client.indices.get_alias(name=elasticsearch_in_test.alias)))
    mapping = elasticsearch_client.indices.get_mapping(index=index)[index]["mappings"]
    assert (mapping["dynamic"], mapping["_meta"]) == ("strict", {"version": INDEX_VERSION})
    with pytest.raises(BadRequestError):
        elasticsearch_client.index(index=index, document={"unknown": 1})


def test_a_server_that_does_not_answer_is_unavailable_and_soon_not_asked_again() -> None:
    client = connect("http://127.0.0.1:9", timeout_seconds=1)
    now = [0.0]
    breaker = CircuitBreaker(threshold=2, pause_seconds=5, monotonic=lambda: now[0])
    engine = ElasticsearchEngine(client, prefix="down", breaker=breaker, timeout_seconds=1)
    causes = []
    for _ in range(3):
        with pytest.raises(EngineUnavailable) as refused:
            engine.search(ask())
        causes.append(refused.value.__cause__ is not None)
    now[0] = 6.0
    with pytest.raises(EngineUnavailable) as retried:
        engine.search(ask())
    assert causes == [True, True, False]
    assert retried.value.__cause__ is not None
    client.close()
