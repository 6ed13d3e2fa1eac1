"""Volumes and the records behind them, read from the facts alone. A handful of queries a page, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Select, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from market.accounts.models import Organisation
from market.accounts.rules import OrganisationKind
from market.auctions.vocabulary import SaleKind
from market.evaluation.access import Scope
from market.evaluation.models import Fact
from market.evaluation.vocabulary import FactKind
from market.kernel.db import current_session
from market.kernel.money import CNY, Money
from market.monitoring.filters import NO_COUNTY, Dimension, Filters


@dataclass(frozen=True)
class Tile:
    """How many facts of a kind, what they amount to (yuan only), how many of them sold competitively."""

    kind: FactKind
    count: int
    amount: Money
    competitive_count: int


@dataclass(frozen=True)
class VolumeRow:
    """One member of a dimension: `key` as in addresses, `name` for organisations, counts by month."""

    key: str
    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class InstitutionChoice:
    """One line of the filter by institution."""

    id: int
    code: str
    name: str


def conditions(filters: Filters, scope: Scope) -> list[ColumnElement[bool]]:
    """What the facts must fulfil. A county's bureau sees what touches its county: as seller's or as buyer's."""
    found: list[ColumnElement[bool]] = [Fact.occurred_on.between(filters.starts_on, filters.ends_on)]
    if scope.county is not None:
        found.append(or_(Fact.institution_county == scope.county, Fact.buyer_county == scope.county))
    if filters.kind:
        found.append(Fact.kind == filters.kind)
    if filters.institution:
        code = func.upper(Organisation.code) == filters.institution.upper()
        found.append(Fact.institution_id.in_(select(Organisation.id).where(code)))
    if filters.county:
        found.append(_in_county(Fact.institution_county, filters.county))
    if filters.buyer_county:
        found.append(_in_county(Fact.buyer_county, filters.buyer_county))
    if filters.way:
        found.append(Fact.details["ways"].contains([filters.way.value]))
    if filters.sale:
        found += [Fact.kind == FactKind.LOT_SOLD, _sold_as(filters.sale)]
    return found


def _in_county(column: Any, county: str) -> ColumnElement[bool]:
    wanted: ColumnElement[bool] = column.is_(None) if county == NO_COUNTY else column == county
    return wanted


def _sold_as(sale: SaleKind) -> ColumnElement[bool]:
    """As recorded when the lot closed: two or more independent bidders, otherwise 挂牌成交 (rules.md 7.3)."""
    recorded: ColumnElement[bool] = Fact.details["sale_kind"].astext == sale.value
    return recorded


def tiles(filters: Filters, scope: Scope) -> list[Tile]:
    """One tile for each kind, also where there is nothing."""
    statement = (
        select(
            Fact.kind,
            func.count(),
            func.sum(Fact.amount_fen).filter(Fact.currency == CNY),
            func.count().filter(_sold_as(SaleKind.COMPETITIVE)),
        )
        .where(*conditions(filters, scope))
        .group_by(Fact.kind)
    )
    found = {
        kind: (count, int(amount or 0), sold) for kind, count, amount, sold in current_session().execute(statement)
    }
    kinds = [filters.kind] if filters.kind else list(FactKind)
    return [Tile(kind, *_tile_numbers(found.get(kind, (0, 0, 0)))) for kind in kinds]


def _tile_numbers(numbers: tuple[int, int, int]) -> tuple[int, Money, int]:
    count, amount_fen, competitive = numbers
    return count, Money(amount_fen), competitive


def volumes(filters: Filters, scope: Scope, dimension: Dimension, choices: list[InstitutionChoice]) -> list[VolumeRow]:
    """Counts by month for each member of the dimension, the largest first; kinds in their own order, all of them."""
    months = filters.months
    counts: dict[str, list[int]] = {}
    by_id = {choice.id: choice for choice in choices}
    for value, month, count in current_session().execute(_by_month(filters, scope, dimension)):
        key = _key(dimension, value, by_id)
        if dimension is Dimension.WAY and filters.way and key != filters.way:
            continue
        counts.setdefault(key, [0] * len(months))[months.index(month)] += count
    names = {choice.code: choice.name for choice in choices}
    if dimension is Dimension.KIND:
        kinds = [filters.kind] if filters.kind else list(FactKind)
        return [VolumeRow(kind.value, "", tuple(counts.get(kind.value, [0] * len(months)))) for kind in kinds]
    rows = [VolumeRow(key, names.get(key, ""), tuple(numbers)) for key, numbers in counts.items()]
    return sorted(rows, key=lambda row: (-row.total, row.key))


def _by_month(filters: Filters, scope: Scope, dimension: Dimension) -> Select[Any]:
    keys: dict[Dimension, ColumnElement[Any]] = {
        Dimension.KIND: Fact.kind.expression,
        Dimension.INSTITUTION: Fact.institution_id.expression,
        Dimension.COUNTY: Fact.institution_county.expression,
        Dimension.BUYER_COUNTY: Fact.buyer_county.expression,
        Dimension.WAY: func.jsonb_array_elements_text(Fact.details["ways"]),
    }
    month = cast(func.date_trunc("month", cast(Fact.occurred_on, DateTime)), Date)
    wanted = conditions(filters, scope)
    if dimension is Dimension.BUYER_COUNTY:
        wanted.append(Fact.buyer_id.is_not(None))
    each = select(keys[dimension].label("key"), month.label("month")).where(*wanted).subquery()
    return select(each.c.key, each.c.month, func.count()).group_by(each.c.key, each.c.month)


def _key(dimension: Dimension, value: Any, by_id: dict[int, InstitutionChoice]) -> str:
    if dimension is Dimension.INSTITUTION:
        return by_id[value].code
    return NO_COUNTY if value is None else str(value)


def institution_choices() -> list[InstitutionChoice]:
    """Every institution and whoever else has facts, by name. Names are public; what they did is guarded by the scope."""
    has_facts = Organisation.id.in_(select(Fact.institution_id))
    statement = (
        select(Organisation.id, Organisation.code, Organisation.name)
        .where(or_(Organisation.kind == OrganisationKind.INSTITUTION, has_facts))
        .order_by(Organisation.name)
    )
    return [InstitutionChoice(*row) for row in current_session().execute(statement)]


Seller = aliased(Organisation)
Buyer = aliased(Organisation)


@dataclass(frozen=True)
class FactRow:
    """One fact with the names of its parties; what it is about is added by `subjects`."""

    event_id: int
    kind: FactKind
    occurred_on: date
    institution: str
    institution_county: str | None
    buyer: str | None
    buyer_county: str | None
    ways: tuple[str, ...]
    bidder_count: int | None
    amount: Money | None
    subject_kind: str
    subject_id: int
    listing_ids: tuple[int, ...]


SORTS: dict[str, ColumnElement[Any]] = {
    "date": Fact.occurred_on.expression,
    "institution": Seller.name.expression,
    "amount": Fact.amount_fen.expression,
    "bidders": Fact.bidder_count.expression,
}


def count_facts(filters: Filters, scope: Scope) -> int:
    """How many facts there are."""
    return current_session().scalar(select(func.count()).select_from(Fact).where(*conditions(filters, scope))) or 0


def facts(
    filters: Filters, scope: Scope, *, sort: str = "date", is_ascending: bool = False, limit: int, offset: int = 0
) -> list[FactRow]:
    """A page of facts, the newest first unless sorted otherwise; what a column does not say comes last."""
    column = SORTS[sort]
    order = column.asc() if is_ascending else column.desc()
    statement = (
        select(Fact, Seller.name, Buyer.name)
        .join(Seller, Seller.id == Fact.institution_id)
        .outerjoin(Buyer, Buyer.id == Fact.buyer_id)
        .where(*conditions(filters, scope))
        .order_by(case((column.is_(None), 1), else_=0), order, Fact.event_id.desc(), Fact.kind)
        .limit(limit)
        .offset(offset)
    )
    return [_fact_row(*row) for row in current_session().execute(statement)]


def all_facts(
    filters: Filters, scope: Scope, *, sort: str, is_ascending: bool, batch: int = 1000
) -> Iterator[list[FactRow]]:
    """Every fact of the list in batches, in the list's order."""
    offset = 0
    while rows := facts(filters, scope, sort=sort, is_ascending=is_ascending, limit=batch, offset=offset):
        yield rows
        offset += batch


def _fact_row(fact: Fact, institution: str, buyer: str | None) -> FactRow:
    return FactRow(
        event_id=fact.event_id,
        kind=FactKind(fact.kind),
        occurred_on=fact.occurred_on,
        institution=institution,
        institution_county=fact.institution_county,
        buyer=buyer,
        buyer_county=fact.buyer_county,
        ways=tuple(fact.details.get("ways", ())),
        bidder_count=fact.bidder_count,
        amount=None if fact.amount_fen is None else Money(fact.amount_fen, fact.currency),
        subject_kind=fact.subject_kind,
        subject_id=fact.subject_id,
        listing_ids=tuple(fact.details.get("listing_ids", ())),
    )
