"""What ranking knows of a listing besides words and meaning, packed into one number."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from search.documents import ListingDocument
from search.traits import FULLEST, day_of, fullness_of, packed, subclass_of

BARE = ListingDocument(7, 1, "WZ1", "泵")


def traits(**told: object) -> int:
    return packed(ListingDocument(7, 1, "WZ1", "泵", **told))  # type: ignore[arg-type]


def test_a_listing_that_tells_nothing_has_none() -> None:
    assert packed(BARE) == 0


def test_the_main_subclass_is_that_of_the_first_symbol_of_the_ipc() -> None:
    wanted = subclass_of(traits(ipc_symbols=("F16J 15/34",)))
    assert wanted > 0
    assert subclass_of(traits(ipc_symbols=("09-03", "Ｆ１６Ｊ", "A61F2/00"))) == wanted
    assert subclass_of(traits(ipc_symbols=("F16K 15/34",))) not in {wanted, 0}
    assert subclass_of(traits(ipc_symbols=("09-03",))) == 0
    assert subclass_of(traits(further_ipc_symbols=("F16J 15/34",))) == 0


def test_every_subclass_is_its_own_number() -> None:
    symbols = [f"{section}{number:02}{letter}" for section in "AH" for number in (1, 99) for letter in "AZ"]
    assert len({subclass_of(traits(ipc_symbols=(symbol,))) for symbol in symbols}) == len(symbols)


@pytest.mark.parametrize(("year", "day"), [(1999, 0), (2020, 0), (2021, 366), (2100, (1 << 14) - 1)])
def test_the_day_counts_from_2020_and_ends_where_the_bits_do(year: int, day: int) -> None:
    assert day_of(traits(published_at=datetime(year, 1, 1, tzinfo=UTC))) == day


def test_fullness_counts_what_is_told() -> None:
    everything = dict.fromkeys(("summary", "problem", "advantage", "abstract", "industry_code"), "有")
    assert fullness_of(traits(summary="有", trl=1)) == 2
    assert fullness_of(traits(**everything, trl=9, price_bands=("to_100k",))) == FULLEST


def test_all_of_it_fits_into_32_bits_and_comes_back() -> None:
    at = datetime(2100, 1, 1, tzinfo=UTC)
    number = traits(summary="有", ipc_symbols=("H99Z",), published_at=at)
    assert number < 1 << 32
    assert (subclass_of(number), day_of(number), fullness_of(number)) == (20_800, (1 << 14) - 1, 1)
