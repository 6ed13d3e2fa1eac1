"""What the index holds of a listing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from search.classification import titles_of
from search.documents import (
    STORED_FACETS,
    ListingDocument,
    facet_values,
    name_keys,
    number_beginnings,
    number_keys,
    numeric_values,
    recency,
    sort_keys,
    text_streams,
    text_streams_of,
)
from search.streams import SENTINEL

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


def test_many_listings_have_the_streams_that_each_has_alone() -> None:
    other = DOCUMENT._replace(title="5G基站", summary="耐温85℃", claims="一种阀")
    assert text_streams_of([DOCUMENT, other]) == [text_streams(DOCUMENT), text_streams(other)]
    assert text_streams(other)["summary"] == "∎ 耐温 85c"
    assert text_streams(other)["characters"] == "∎ 5g 基 站 耐 温 85c"
    assert text_streams_of([]) == []


def test_names_and_numbers_become_keys() -> None:
    assert name_keys(DOCUMENT) == ("温州大学", "wzu", "温州师范学院", "陈立新")
    assert number_keys(DOCUMENT) == ("wz20260010000712", "202310000001", "115000000")
    assert {"20231", "20231000000", "wz202", "11500000"} <= set(number_beginnings(DOCUMENT))


def test_facets_leave_out_what_the_listing_lacks() -> None:
    values = facet_values(DOCUMENT)
    assert set(values) == set(STORED_FACETS)
    assert {facet: found for facet, found in values.items() if found} == {
        "way": ("assignment", "auction"),
        "institution": ("WZU",),
    }


def test_facets_hold_every_level_of_every_class_and_no_other_system() -> None:
    symbols = {"ipc_symbols": ("A61F 9/00", "09-03"), "further_ipc_symbols": ("A61B3/00", "Y02E 10/50")}
    values = facet_values(DOCUMENT._replace(**symbols))
    assert values["ipc_section"] == ("A",)
    assert values["ipc_class"] == ("A61",)
    assert values["ipc_subclass"] == ("A61F", "A61B")


def test_an_open_licence_follows_from_the_ways_and_a_level_is_written_as_text() -> None:
    values = facet_values(DOCUMENT._replace(ways=("open_licence",), trl=6, has_free_trial=True))
    assert (values["open_licence"], values["free_trial"], values["trl"]) == (("yes",), ("yes",), ("6",))


def test_numbers_that_a_listing_lacks_are_left_out_and_days_are_those_of_wenzhou() -> None:
    late_evening = datetime(1970, 1, 2, 16, tzinfo=UTC)
    bare = numeric_values(DOCUMENT._replace(published_at=late_evening))
    assert bare == {"published": 2, "watchers": 0}
    lot = {"lot_opens_at": late_evening, "lot_closes_at": late_evening + timedelta(hours=1)}
    full = numeric_values(DOCUMENT._replace(trl=9, price_fen=0, watchers=3, **lot))
    seconds = int(late_evening.timestamp())
    assert full | {"published": 0} == {
        "trl_level": 9,
        "price": 0,
        "watchers": 3,
        "opens": seconds,
        "closes": seconds + 3600,
        "published": 0,
    }


def test_sort_keys_of_prices_put_the_listing_without_one_last_in_both_directions() -> None:
    one, two = DOCUMENT._replace(price_fen=100), DOCUMENT._replace(id=1, price_fen=200)
    none, free, huge = DOCUMENT, DOCUMENT._replace(price_fen=0), DOCUMENT._replace(price_fen=10**15)
    cheapest = [sort_keys(document)["cheapest"] for document in (free, one, two, none)]
    assert cheapest == sorted(cheapest)
    dearest = [sort_keys(document)["dearest"] for document in (huge, two, one)]
    assert dearest == sorted(dearest, reverse=True)
    assert sort_keys(none)["dearest"] < sort_keys(one)["dearest"]
    assert all(0 <= key < 1 << 63 for key in sort_keys(huge).values())


def test_equal_prices_are_in_the_order_of_the_newest_id_in_both_directions() -> None:
    older, newer = DOCUMENT._replace(id=7, price_fen=5), DOCUMENT._replace(id=8, price_fen=5)
    assert sort_keys(newer)["cheapest"] < sort_keys(older)["cheapest"]
    assert sort_keys(newer)["dearest"] > sort_keys(older)["dearest"]
    assert sort_keys(newer)["watched"] > sort_keys(older)["watched"]


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
