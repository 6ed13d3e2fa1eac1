"""What a page of the monitoring shows: read from the address, written back into addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from market.accounts.counties import COUNTIES
from market.auctions.vocabulary import SaleKind
from market.evaluation.vocabulary import FactKind
from market.kernel.errors import N_
from market.listings.vocabulary import TransferWay

NO_COUNTY = "none"
FIRST_YEAR = 2020
MAXIMUM_MONTHS = 36
_CODE_LENGTH = 12
Member = TypeVar("Member", bound=StrEnum)


class Dimension(StrEnum):
    """By what the volumes are told apart."""

    KIND = "kind"
    INSTITUTION = "institution"
    COUNTY = "county"
    BUYER_COUNTY = "buyer_county"
    WAY = "way"

    @property
    def label(self) -> str:
        return {
            "kind": N_("按类别"),
            "institution": N_("按机构"),
            "county": N_("按挂牌方所在县（市、区）"),
            "buyer_county": N_("按受让方所在县（市、区）"),
            "way": N_("按转化方式"),
        }[self.value]


@dataclass(frozen=True)
class Filters:
    """Which facts. Both days belong to the period; counties are codes or `none`."""

    starts_on: date
    ends_on: date
    kind: FactKind | None = None
    institution: str | None = None
    county: str | None = None
    buyer_county: str | None = None
    way: TransferWay | None = None
    sale: SaleKind | None = None

    def address(self) -> dict[str, str]:
        """The query of an address that shows the same."""
        known = {
            "from": self.starts_on.isoformat(),
            "to": self.ends_on.isoformat(),
            "kind": self.kind,
            "institution": self.institution,
            "county": self.county,
            "buyer_county": self.buyer_county,
            "way": self.way,
            "sale": self.sale,
        }
        return {name: str(value) for name, value in known.items() if value is not None}

    def with_member(self, dimension: Dimension, key: str) -> Filters:
        """The same facts, of one member of a dimension only."""
        if dimension is Dimension.KIND:
            return replace(self, kind=FactKind(key))
        if dimension is Dimension.WAY:
            return replace(self, way=TransferWay(key))
        if dimension is Dimension.INSTITUTION:
            return replace(self, institution=key)
        if dimension is Dimension.COUNTY:
            return replace(self, county=key)
        return replace(self, buyer_county=key)

    def in_month(self, month: date) -> Filters:
        """The same facts, of the part of the period that lies in one month."""
        first, last = month, last_day(month)
        return replace(self, starts_on=max(first, self.starts_on), ends_on=min(last, self.ends_on))

    @property
    def months(self) -> list[date]:
        """The first days of the months that the period touches."""
        found = [self.starts_on.replace(day=1)]
        while (following := next_month(found[-1])) <= self.ends_on:
            found.append(following)
        return found


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def last_day(month: date) -> date:
    """The last day of the month."""
    return date.fromordinal(next_month(month.replace(day=1)).toordinal() - 1)


def parse_filters(arguments: Mapping[str, str], today: date) -> Filters:
    """Read an address; what makes no sense is left out. Without a period: this calendar year until today.

    `year` is short for its first and last day; a period of more than 36 months keeps its last 36.
    """
    year = _year(arguments.get("year", ""), today)
    starts_on = _day(arguments.get("from", "")) or date(year, 1, 1)
    ends_on = _day(arguments.get("to", "")) or min(date(max(year, starts_on.year), 12, 31), max(today, starts_on))
    if starts_on > ends_on:
        starts_on, ends_on = ends_on, starts_on
    return Filters(
        starts_on=max(starts_on, _months_before(ends_on, MAXIMUM_MONTHS - 1)),
        ends_on=ends_on,
        kind=_member(FactKind, arguments.get("kind", "")),
        institution=_code(arguments.get("institution", "")),
        county=_county(arguments.get("county", "")),
        buyer_county=_county(arguments.get("buyer_county", "")),
        way=_member(TransferWay, arguments.get("way", "")),
        sale=_member(SaleKind, arguments.get("sale", "")),
    )


def parse_dimension(text: str) -> Dimension:
    """The dimension that the address names, otherwise by kind."""
    return _member(Dimension, text) or Dimension.KIND


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _year(text: str, today: date) -> int:
    return int(text) if text in {str(year) for year in range(FIRST_YEAR, today.year + 1)} else today.year


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year < FIRST_YEAR + 100 else None


def _member(members: type[Member], text: str) -> Member | None:
    return members(text) if text in set(members) else None


def _code(text: str) -> str | None:
    return text if 0 < len(text) <= _CODE_LENGTH and text.isascii() and text.isalnum() else None


def _county(text: str) -> str | None:
    return text if text in COUNTIES or text == NO_COUNTY else None
