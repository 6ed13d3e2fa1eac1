"""What the index holds of a listing."""

from __future__ import annotations

from datetime import UTC, datetime

from search.classification import titles_of
from search.documents import (
    SENTINEL,
    ListingDocument,
    facet_values,
    name_keys,
    number_beginnings,
    number_keys,
    recency,
    text_streams,
)

DOCUMENT = ListingDocument(
    id=7,
    version=3,
    number="WZ20260010000712",
    title="泵阀",
    institution_code="WZU",
    institution_name="温州大学",
    institution_former_names=("温州师范学院",),
    ways=("assignment", "auction"),
    patent_numbers=("202310000001.5", "CN115000000A"),
    completers=("陈 立新",),
    published_at=datetime(2026, 11, 1, tzinfo=UTC),
)


def test_every_stream_has_the_token_that_no_query_holds() -> None:
    streams = text_streams(DOCUMENT)
    assert all(stream.split()[0] == SENTINEL for stream in streams.values())
    assert (streams["title"], streams["claims"], streams["characters"]) == ("∎ 泵阀", "∎", "∎ 泵 阀")


def test_names_and_numbers_become_keys() -> None:
    assert name_keys(DOCUMENT) == ("温州大学", "wzu", "温州师范学院", "陈立新")
    assert number_keys(DOCUMENT) == ("wz20260010000712", "202310000001", "115000000")
    assert {"20231", "20231000000", "wz202", "11500000"} <= set(number_beginnings(DOCUMENT))


def test_facets_leave_out_what_the_listing_lacks() -> None:
    assert facet_values(DOCUMENT) == {
        "way": ("assignment", "auction"),
        "institution": ("WZU",),
        "county": (),
        "field": (),
    }


def test_recency_orders_by_time_and_then_by_id() -> None:
    later = ListingDocument(id=1, version=1, number="", title="", published_at=datetime(2026, 11, 2, tzinfo=UTC))
    sibling = ListingDocument(id=8, version=1, number="", title="", published_at=DOCUMENT.published_at)
    assert recency(DOCUMENT) < recency(sibling) < recency(later)


def test_ipc_symbols_have_chinese_titles_and_unknown_ones_none() -> None:
    assert titles_of("A01B1/00 （2006.01）I") == (
        "农业；林业；畜牧业；狩猎；诱捕；捕鱼",
        "农业或林业的整地；一般农业机械或农具的部件、零件或附件",
    )
    assert titles_of("09-03") == ()
    assert len(titles_of("H01L21/00")) <= 1
