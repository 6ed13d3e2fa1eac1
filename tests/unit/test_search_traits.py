"""What ranking knows of a listing besides words and meaning, packed into one number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from search.documents import ListingDocument
from search.traits import FULLEST, Traits, packed, unpacked

BARE = ListingDocument(7, 1, "WZ1", "泵")


def traits(**told: object) -> Traits:
    return unpacked(packed(ListingDocument(7, 1, "WZ1", "泵", **told)))  # type: ignore[arg-type]


def test_a_listing_that_tells_nothing_has_none() -> None:
    assert unpacked(packed(BARE)) == Traits()


def test_the_main_subclass_is_that_of_the_first_symbol_of_the_ipc() -> None:
    wanted = traits(ipc_symbols=("F16J 15/34",)).subclass
    assert wanted > 0
    assert traits(ipc_symbols=("09-03", "Ｆ１６Ｊ", "A61F2/00")).subclass == wanted
    assert traits(ipc_symbols=("F16K 15/34",)).subclass != wanted
    assert traits(ipc_symbols=("09-03",)).subclass == 0
    assert traits(further_ipc_symbols=("F16J 15/34",)).subclass == 0


def test_every_subclass_is_its_own_number() -> None:
    symbols = [f"{section}{number:02}{letter}" for section in "AH" for number in (1, 99) for letter in "AZ"]
    found = {traits(ipc_symbols=(symbol,)).subclass for symbol in symbols}
    assert len(found) == len(symbols)
    assert max(found) < 1 << 15


@pytest.mark.parametrize(("year", "day"), [(1999, 0), (2020, 0), (2021, 366), (2100, (1 << 14) - 1)])
def test_the_day_counts_from_2020_and_ends_where_the_bits_do(year: int, day: int) -> None:
    assert traits(published_at=datetime(year, 1, 1, tzinfo=UTC)).day == day


def test_fullness_counts_what_is_told() -> None:
    everything = dict.fromkeys(("summary", "problem", "advantage", "abstract", "industry_code"), "有")
    assert traits(summary="有", trl=1).fullness == 2
    assert traits(**everything, trl=9, price_bands=("to_100k",)).fullness == FULLEST


def test_all_of_it_fits_into_32_bits_and_comes_back() -> None:
    at = datetime(2100, 1, 1, tzinfo=UTC)
    number = packed(ListingDocument(7, 1, "WZ1", "泵", summary="有", ipc_symbols=("H99Z",), published_at=at))
    assert number < 1 << 32
    assert unpacked(number).fullness == 1
