"""Amounts: what a person may type, and exact arithmetic in fen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.money import MAXIMUM_FEN, AmountRefused, Money, format_wan, parse_yuan

amounts = st.integers(min_value=1, max_value=MAXIMUM_FEN).map(Money)
fen = st.integers(min_value=-(10**15), max_value=10**15)


@given(amounts)
def test_what_is_shown_can_be_typed_again(amount: Money) -> None:
    assert parse_yuan(str(amount)) == amount


@given(amounts)
def test_plain_digits_mean_the_same_as_grouped_ones(amount: Money) -> None:
    assert parse_yuan(f"{amount.yuan:.2f}") == parse_yuan(f" ¥ {amount.yuan:,.2f} ") == amount


@given(amounts)
def test_full_width_digits_mean_the_same(amount: Money) -> None:
    wide = f"{amount.yuan:.2f}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))

    assert parse_yuan(wide) == amount


@given(st.text(max_size=30))
def test_any_text_is_a_positive_amount_or_a_refusal(text: str) -> None:
    try:
        amount = parse_yuan(text)
    except AmountRefused as refusal:
        assert refusal.code.startswith("amount.")
        assert refusal.sentence
    else:
        assert 0 < amount.minor_units <= MAXIMUM_FEN


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "amount.not_positive"),
        ("0.00", "amount.not_positive"),
        ("-1", "amount.not_a_number"),
        ("1e9", "amount.not_a_number"),
        ("abc", "amount.not_a_number"),
        ("", "amount.not_a_number"),
        ("１２万", "amount.not_a_number"),
        ("1.234", "amount.not_a_number"),
        ("12,34", "amount.not_a_number"),
        ("1,2345", "amount.not_a_number"),
        ("NaN", "amount.not_a_number"),
        ("Infinity", "amount.not_a_number"),
        ("0x10", "amount.not_a_number"),
        ("1_000", "amount.not_a_number"),
        ("٣", "amount.not_a_number"),
        ("12 000", "amount.not_a_number"),
        ("+5", "amount.not_a_number"),
        ("10000000000000.01", "amount.too_large"),
        ("9999999999999.99", None),
        ("10,000,000,000,000.01", "amount.too_large"),
        ("9" * 20, "amount.too_large"),
        ("9" * 10_000, "amount.not_a_number"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_reason(text: str, code: str | None) -> None:
    if code is None:
        assert parse_yuan(text).minor_units == MAXIMUM_FEN - 1
        return
    with pytest.raises(AmountRefused) as refused:
        parse_yuan(text)
    assert refused.value.code == code


@given(fen, fen)
def test_addition_is_exact_and_can_be_undone(first: int, second: int) -> None:
    assert Money(first) + Money(second) - Money(second) == Money(first)


@given(fen, fen)
def test_order_is_the_order_of_fen(first: int, second: int) -> None:
    assert (Money(first) < Money(second)) == (first < second)
    assert (Money(first) >= Money(second)) == (first >= second)


@given(fen)
def test_yuan_is_exact(units: int) -> None:
    assert Money(units).yuan * 100 == Decimal(units)


@given(fen)
def test_wan_loses_no_fen(units: int) -> None:
    shown = format_wan(Money(units)).replace(",", "")

    assert Decimal(shown) * 1_000_000 == units


@pytest.mark.parametrize(
    ("units", "shown"),
    [
        (123_456_700, "123.4567"),
        (100_000_000, "100.00"),
        (1, "0.000001"),
        (0, "0.00"),
        (1_234_567_000_000, "1,234,567.00"),
    ],
)
def test_wan_has_at_least_two_decimals(units: int, shown: str) -> None:
    assert format_wan(Money(units)) == shown


@pytest.mark.parametrize("combine", [Money.__add__, Money.__sub__, Money.__lt__])
def test_currencies_do_not_mix(combine: object) -> None:
    with pytest.raises(ValueError, match="cannot combine CNY and EUR"):
        combine(Money(1), Money(1, "EUR"))  # type: ignore[operator]


@pytest.mark.parametrize("units", [1.0, "1", True, Decimal(1)])
def test_an_amount_is_a_whole_number_of_fen(units: object) -> None:
    with pytest.raises(AssertionError):
        Money(units)  # type: ignore[arg-type]
