"""Money in whole minor units (fen) with its ISO 4217 currency; never a float."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering

from market.kernel.errors import N_, Refusal

CNY = "CNY"
FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
MAXIMUM_FEN = 10**15
"""Ten trillion yuan: above it an amount is a slip of the hand, and it stays far inside BIGINT."""

_AMOUNT = re.compile(r"\d{1,20}(\.\d{1,2})?")
_GROUPED = re.compile(r"\d{1,3}(,\d{3}){1,6}(\.\d{1,2})?")


class AmountRefused(Refusal):
    """The text is no amount of money."""


@total_ordering
@dataclass(frozen=True)
class Money:
    """An amount: `minor_units` in fen (cents of `currency`). Amounts of different currencies never mix."""

    minor_units: int
    currency: str = CNY

    def __post_init__(self) -> None:
        assert isinstance(self.minor_units, int)
        assert not isinstance(self.minor_units, bool)
        assert len(self.currency) == 3  # noqa: PLR2004 - ISO 4217

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} and {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor_units + other.minor_units, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor_units - other.minor_units, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor_units < other.minor_units

    @property
    def yuan(self) -> Decimal:
        """The amount in yuan, exact."""
        return Decimal(self.minor_units) / FEN_PER_YUAN

    def __str__(self) -> str:
        sign = "¥" if self.currency == CNY else f"{self.currency} "
        return f"{sign}{self.yuan:,.2f}"


def parse_yuan(text: str) -> Money:
    """Read what a person typed as yuan (`1,234,567.89`, full-width digits, a leading ¥).

    Raises AmountRefused for anything that is not a positive amount with at most two decimals:
    zero, negative, scientific notation, words, more than ten trillion yuan.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").strip()
    if not (_AMOUNT.fullmatch(cleaned) or _GROUPED.fullmatch(cleaned)) or not cleaned.isascii():
        raise AmountRefused(
            "amount.not_a_number", N_("请用数字填写金额（元），最多两位小数，例如 120000 或 120,000.50。")
        )
    fen = int(Decimal(cleaned.replace(",", "")) * FEN_PER_YUAN)
    if fen <= 0:
        raise AmountRefused("amount.not_positive", N_("金额必须大于 0 元。"))
    if fen > MAXIMUM_FEN:
        raise AmountRefused("amount.too_large", N_("金额超出平台可记录的上限，请检查是否多输了位数。"))
    return Money(fen)


def format_wan(money: Money) -> str:
    """The number of 万元 for tables, at most six decimals, no trailing zeros beyond two: `123.46`."""
    wan = Decimal(money.minor_units) / FEN_PER_WAN
    text = f"{wan:,.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
