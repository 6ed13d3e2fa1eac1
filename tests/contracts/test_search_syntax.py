"""The language of expert questions means the same to the embedded index, to Elasticsearch and to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.listings.models import Listing
from search.documents import ListingDocument
from search.engines.base import AnswersQueries, SearchEngine
from search.engines.database import DatabaseEngine
from search.engines.embedded import EmbeddedEngine
from search.indexing import rebuild
from search.query import from_text, parse
from search.source import load_documents
from tests.contracts.test_search_engine import ListSource
from tests.factories.public_listings import make_public_listing
from tests.factories.world import make_organisation

WAN = 1_000_000
EVERYTHING = {"seal", "laser", "cutter", "lens", "pump", "gel"}
QUESTIONS: dict[str, set[str]] = {
    # phrases
    '"高温密封件"': {"seal"},
    "“激光焊接”": {"laser"},
    "「密封高温」": set(),
    "＂激光切割＂": {"cutter"},
    '"泵"': {"seal", "pump"},
    '"SiO2气凝胶"': {"gel"},
    '"激光焊接" 机器人': {"laser"},
    # exclusions
    "激光 -机器人": {"cutter"},
    "激光 －机器人": {"cutter"},
    "激光 NOT 机器人": {"cutter"},
    "激光 非 机器人": {"cutter"},
    '-"激光" -泵': {"lens", "gel"},
    "-激光 -泵 -镜片 -气凝胶": set(),
    # alternatives, both sides, brackets
    "镜片 OR 气凝胶": {"lens", "gel"},
    "镜片 或 气凝胶": {"lens", "gel"},
    "镜片|气凝胶": {"lens", "gel"},
    "激光 AND 机器人": {"laser"},
    "激光 AND 气凝胶": set(),
    "(镜片 OR 激光) -机器人": {"lens", "cutter"},
    "（镜片 或 激光） AND （机器人 或 近视）": {"lens", "laser"},
    "-(激光 OR 泵)": {"lens", "gel"},
    "202310000001.5 OR 镜片": {"seal", "lens"},
    # fields of text
    "标题:激光": {"laser", "cutter"},
    "title:激光": {"laser", "cutter"},
    "標題：激光": {"laser", "cutter"},
    "标题:泵": {"pump"},
    "摘要:泵": {"seal", "pump"},
    "标题:(激光 -焊接)": {"cutter"},
    '标题:"激光切割"': {"cutter"},
    "申请人:温州某大学": {"seal", "laser", "cutter", "pump", "gel"},
    "单位:温州某学院": {"seal", "laser", "cutter", "pump", "gel"},
    "申请人:陈立新": set(),
    "发明人:立新": {"seal", "lens"},
    "完成人:陈立新": {"seal"},
    "inventor:温州某大学": set(),
    "-申请人:温州某大学": {"lens"},
    "申请人:温州某医院、温州某学院 标题:镜片": {"lens"},
    "权利要求:偏心轴": {"cutter"},
    "权利要求:(偏心轴 -丝杠)": set(),
    "claims:丝杠": {"cutter", "lens"},
    "摘要:丝杠": set(),
    '"偏心轴连接丝杠"': {"cutter"},
    "激光 -丝杠": {"laser"},
    "主权项:保密": set(),
    # codes
    "IPC:B": {"laser", "cutter"},
    "IPC:A61": {"lens"},
    "ipc:b23k": {"laser", "cutter"},
    "IPC:B23K26": {"laser", "cutter"},
    "IPC:B23K26/38": {"cutter"},
    "IPC:B23K2": set(),
    "分类号:A61F 2/16": {"lens"},
    "IPC:A61F、F04D": {"lens", "pump"},
    "专利号:ZL 2023 1 0000001.5": {"seal"},
    "编号:202310000001": {"seal"},
    "申请号:20231": {"seal"},
    "专利号:201910123456.X": {"lens"},
    "公开号:CN110000001A": {"gel"},
    # closed lists
    "县:瑞安": {"lens"},
    "地区:瑞安市": {"lens"},
    "county:330381": {"lens"},
    "方式:转让": {"seal", "lens", "pump", "gel"},
    "方式:许可": {"seal", "laser", "cutter"},
    "方式:转让 -方式:许可": {"lens", "pump", "gel"},
    "领域:生物": {"lens"},
    "行业:泵阀": {"seal", "pump"},
    "类型:发明": EVERYTHING,
    "类型:软著": set(),
    "状态:有效": {"seal", "laser", "cutter", "lens", "gel"},
    "开放许可:是": {"cutter"},
    "开放许可:否": EVERYTHING - {"cutter"},
    "试用:有": {"pump"},
    "竞价:有": set(),
    # numbers
    "TRL:>=6": {"seal", "cutter", "gel"},
    "TRL≥6": {"seal", "cutter", "gel"},
    "TRL:4..5": {"laser", "lens"},
    "TRL:9": {"cutter"},
    "-TRL:>=6": {"laser", "lens", "pump"},
    "价格:<50万": {"seal", "cutter"},
    "价格:10-50万": {"seal"},
    "价格：≥30万": {"seal", "laser"},
    "价格:>300000": {"laser"},
    "价格:50万以下": {"seal", "cutter"},
    "-价格:>0": {"lens", "pump", "gel"},
    "发布:2026-01": {"seal", "cutter"},
    "发布:2026-01..2026-03": {"seal", "cutter", "laser"},
    "发布:>=2026-04": {"lens", "pump", "gel"},
    "发布:<2026": set(),
    # all together, and what is wrong
    "申请人:温州某大学 IPC:B23K TRL:>=6 价格:<50万": {"cutter"},
    "(标题:激光 价格:<50万) OR (IPC:A61F -TRL:>=6)": {"cutter", "lens"},
    "价格:<abc 镜片": {"lens"},
    '"镜片': {"lens"},
    "(镜片": {"lens"},
    "镜片 OR": {"lens"},
    "县:杭州 镜片": set(),
    "近视：镜片": {"lens"},
    "价格:": set(),
}


def _hall(session: Session) -> dict[str, Listing]:
    university = make_organisation(session, name="温州某大学", code="WZMU", former_names=("温州某学院",))
    hospital = make_organisation(session, name="温州某医院", code="WZMY", county_code="330381")

    def listing(title: str, number: str, main_class: str, published: datetime, **fields: Any) -> Listing:
        made: dict[str, Any] = {"organisation": university, "industry": "DQ"} | fields
        return make_public_listing(
            session, title, patent_numbers=(number,), main_class=main_class, published_at=published, **made
        )

    hall = {
        "seal": listing(
            "高温密封件",
            "202310000001.5",
            "F16J15/06",
            datetime(2026, 1, 15, tzinfo=UTC),
            summary="用于泵阀，磨损小。",
            ways=("assignment", "ordinary_licence"),
            completers="陈立新；张三",
            industry="BF",
        ),
        "laser": listing(
            "激光焊接机器人",
            "202320000002.3",
            "B23K26/21",
            datetime(2026, 3, 10, tzinfo=UTC),
            abstract="面向汽车零部件的激光焊接设备。",
            ways=("ordinary_licence",),
        ),
        "cutter": listing(
            "激光切割头",
            "202330000003.1",
            "B23K 26/38",
            datetime(2025, 12, 31, 16, 30, tzinfo=UTC),  # New Year's Day in China
            summary="温州某医院用过。",
            ways=("open_licence",),
        ),
        "lens": listing(
            "近视防控光学镜片",
            "201910123456.X",
            "A61F2/16",
            datetime(2026, 4, 1, tzinfo=UTC),
            organisation=hospital,
            technical_field="biomedicine",
            industry="SM",
            completers="王立新、李明",
        ),
        "pump": listing("水泵", "202410000004.6", "F04D13/06", datetime(2026, 5, 1, tzinfo=UTC), industry="BF"),
        "gel": listing("SiO2气凝胶隔热材料", "202410000005.0", "C01B33/158", datetime(2026, 6, 1, tzinfo=UTC)),
    }
    _fill(hall)
    session.flush()
    session.expire_all()
    return hall


def _fill(hall: dict[str, Listing]) -> None:
    levels = {"seal": 8, "laser": 5, "cutter": 9, "lens": 4, "pump": None, "gel": 6}
    for name, level in levels.items():
        hall[name].achievement.trl = level
    for name, wan in {"seal": 30, "laser": 80, "cutter": 5}.items():
        for offer in hall[name].offers:
            offer.pricing, offer.price_fen, offer.price_basis = "fixed", wan * WAN, "agreement"
    hall["pump"].offers[0].pricing = "free_trial"
    hall["cutter"].achievement.rights[0].claims = "1. 一种切割头，其特征在于，偏心轴连接丝杠。"
    hall["cutter"].achievement.rights[0].grant_date = date(2025, 6, 3)
    hall["lens"].achievement.rights[0].claims = "1. 一种调节装置，设有丝杠。"
    hall["lens"].achievement.rights[0].publication_date = date(2020, 5, 8)
    hall["pump"].achievement.rights[0].claims = "1. 保密的偏心轴。"
    hall["pump"].achievement.rights[0].legal_status = "unknown"
    hall["gel"].achievement.rights[0].publication_number = "CN110000001A"


@pytest.fixture
def names(session: Session) -> dict[int, str]:
    """Name by id of the listings of the hall, which is in the database."""
    return {listing.id: name for name, listing in _hall(session).items()}


@pytest.fixture
def documents(session: Session, names: dict[int, str]) -> Sequence[ListingDocument]:
    return load_documents(session, list(names), date(2026, 11, 1))


@pytest.fixture(params=["database", "embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def hall(
    request: pytest.FixtureRequest, session: Session, documents: Sequence[ListingDocument], tmp_path: Path
) -> Iterator[AnswersQueries]:
    if request.param == "database":
        yield DatabaseEngine(session)
        return
    made = request.getfixturevalue("elasticsearch_in_test") if request.param == "elasticsearch" else None
    engine: SearchEngine = made or EmbeddedEngine(tmp_path / "search")
    rebuild(engine, ListSource(documents))
    yield engine


def found(engine: AnswersQueries, names: dict[int, str], text: str) -> list[str]:
    return [names[hit.id] for hit in engine.search(from_text(text)).hits]


def test_every_question_finds_the_same_listings(hall: AnswersQueries, names: dict[int, str]) -> None:
    answers = {text: set(found(hall, names, text)) for text in QUESTIONS}
    wrong = {text: (answers[text], QUESTIONS[text]) for text in QUESTIONS if answers[text] != QUESTIONS[text]}
    assert wrong == {}


def test_conditions_count_in_facets_and_totals(hall: AnswersQueries) -> None:
    answer = hall.search(from_text("价格:<50万"))
    assert answer.total == 2
    ways = {one.value: one.count for one in answer.facets["way"]}
    assert ways == {"assignment": 1, "ordinary_licence": 1, "open_licence": 1}


def test_conditions_and_chosen_facets_act_together(hall: AnswersQueries, names: dict[int, str]) -> None:
    query = parse(MultiDict([("q", "标题:激光"), ("way", "open_licence")]))
    assert [names[hit.id] for hit in hall.search(query).hits] == ["cutter"]


def test_conditions_alone_show_the_newest_first(hall: AnswersQueries, names: dict[int, str]) -> None:
    assert found(hall, names, "-激光 -镜片") == ["gel", "pump", "seal"]


def test_words_asked_for_in_conditions_order_the_hits(hall: AnswersQueries, names: dict[int, str]) -> None:
    assert found(hall, names, "密封 OR 镜片 OR 密封件") == ["seal", "lens"]
    assert found(hall, names, "申请人:温州某医院 OR 标题:泵")[0] == "lens"


@pytest.mark.parametrize("kind", ["embedded", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)])
def test_a_lot_is_open_at_the_second_of_the_question(
    kind: str, request: pytest.FixtureRequest, documents: Sequence[ListingDocument], tmp_path: Path
) -> None:
    opens, closes = datetime(2026, 11, 2, 1, tzinfo=UTC), datetime(2026, 11, 3, 1, tzinfo=UTC)
    with_lot = [documents[0]._replace(lot_opens_at=opens, lot_closes_at=closes), *documents[1:]]
    made = request.getfixturevalue("elasticsearch_in_test") if kind == "elasticsearch" else None
    engine: SearchEngine = made or EmbeddedEngine(tmp_path / "search")
    rebuild(engine, ListSource(with_lot))

    def lots(text: str, moment: datetime) -> Iterable[int]:
        query = replace(from_text(text), asked_at=int(moment.timestamp()))
        return [hit.id for hit in engine.search(query).hits]

    assert lots("竞价:进行中", opens) == [with_lot[0].id]
    assert lots("竞价:进行中", closes) == []
    assert lots("竞价:预告", datetime(2026, 11, 1, tzinfo=UTC)) == [with_lot[0].id]
    assert len(lots("竞价:无", opens)) == len(with_lot) - 1
