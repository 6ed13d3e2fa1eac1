"""Filters of the monitoring pages: from an address and back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.evaluation.vocabulary import FactKind
from market.listings.vocabulary import TransferWay
from market.monitoring.filters import Dimension, Filters, last_day, next_month, parse_filters

TODAY = date(2026, 11, 22)


def test_without_a_period_it_is_this_year_until_today():
    filters = parse_filters({}, TODAY)
    assert (filters.starts_on, filters.ends_on) == (date(2026, 1, 1), TODAY)


def test_a_year_is_short_for_its_first_and_last_day():
    filters = parse_filters({"year": "2025"}, TODAY)
    assert (filters.starts_on, filters.ends_on) == (date(2025, 1, 1), date(2025, 12, 31))


def test_a_period_the_wrong_way_round_is_turned():
    filters = parse_filters({"from": "2026-05-01", "to": "2026-02-01"}, TODAY)
    assert (filters.starts_on, filters.ends_on) == (date(2026, 2, 1), date(2026, 5, 1))


def test_a_very_long_period_keeps_its_last_thirty_six_months():
    filters = parse_filters({"from": "2020-01-01", "to": "2026-11-22"}, TODAY)
    assert (filters.starts_on, len(filters.months)) == (date(2023, 12, 1), 36)


NONSENSE = [
    "",
    "abc",
    "2026-13-40",
    "'; DROP",
    "\x00",
    "９９",
    "1e9",
    "-1",
    "2026",
    "0001-01-01",
    "9999-12-31",
    "x" * 10_000,
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_left_out(text):
    names = ("year", "from", "to", "kind", "county", "buyer_county", "way", "sale")
    assert parse_filters(dict.fromkeys(names, text), TODAY) == parse_filters({}, TODAY)


def test_the_address_of_filters_reads_back_as_the_same_filters():
    filters = parse_filters(
        {"from": "2026-02-03", "to": "2026-04-05", "kind": "lot_sold", "institution": "WMU", "county": "330304",
         "buyer_county": "none", "way": "auction", "sale": "competitive"}, TODAY,
    )  # fmt: skip
    assert (filters.kind, filters.way, filters.buyer_county) == (FactKind.LOT_SOLD, TransferWay.AUCTION, "none")
    assert parse_filters(filters.address(), TODAY) == filters


def test_months_are_those_that_the_period_touches():
    filters = Filters(date(2025, 11, 30), date(2026, 2, 1))
    assert filters.months == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


def test_a_month_of_the_period_does_not_reach_beyond_the_period():
    filters = Filters(date(2026, 2, 10), date(2026, 3, 5))
    february, march = (filters.in_month(month) for month in filters.months)
    assert (february.starts_on, february.ends_on) == (date(2026, 2, 10), date(2026, 2, 28))
    assert (march.starts_on, march.ends_on) == (date(2026, 3, 1), date(2026, 3, 5))


@pytest.mark.parametrize(
    "dimension, key, name",
    [
        (Dimension.KIND, "lot_sold", "kind"),
        (Dimension.WAY, "auction", "way"),
        (Dimension.INSTITUTION, "WMU", "institution"),
        (Dimension.COUNTY, "330304", "county"),
        (Dimension.BUYER_COUNTY, "none", "buyer_county"),
    ],
)
def test_a_row_of_a_table_leads_to_its_own_records(dimension, key, name):
    filters = Filters(date(2026, 1, 1), TODAY).with_member(dimension, key)
    assert filters.address()[name] == key


@given(st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_the_day_after_the_last_day_is_the_first_of_the_next_month(day):
    month = day.replace(day=1)
    assert date.fromordinal(last_day(month).toordinal() + 1) == next_month(month)
