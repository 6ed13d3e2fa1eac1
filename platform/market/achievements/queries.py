"""Reads of the register: its list with filters, one achievement, what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, extract, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import UnaryExpression

from market.achievements.listed import open_listings
from market.achievements.models import Achievement, IPRight
from market.achievements.patent_numbers import clean_number
from market.achievements.rules import RightState, right_state
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.db import current_session

SORTS = ("number", "title", "filed", "expiry")
STATES = ("in_term", "unverified", "lapsed")
"""Filters by state: within the term and not lapsed; of these not verified; run out or lapsed."""
_MINIMUM_NUMBER_CHARACTERS = 4


@dataclass(frozen=True)
class RegisterFilters:
    """What the list shows and in which order; None = all."""

    text: str = ""
    kind: AchievementKind | None = None
    state: str | None = None
    ownership: OwnershipStatus | None = None
    is_listed: bool | None = None
    year: int | None = None
    sort: str = "filed"
    is_descending: bool = True


@dataclass(frozen=True)
class ListingLink:
    """The listing in which an achievement is on offer, or on its way there."""

    listing_id: int
    number: str
    state: str
    state_label: str


@dataclass(frozen=True)
class RegisterRow:
    """One line of the register, with the achievement's first right; None where it has none."""

    achievement_id: int
    title: str
    kind: AchievementKind
    ownership: OwnershipStatus
    number: str | None
    applicants: str
    inventors: str
    filing_date: date | None
    expires_on: date | None
    main_class: str
    publication_number: str | None
    abstract: str
    state: RightState | None
    listing: ListingLink | None


@dataclass(frozen=True)
class RegisterCounts:
    """Numbers over the whole register, for its head."""

    total: int
    in_term: int
    lapsed: int
    pending_ownership: int
    listed: int


def register_rows(
    organisation_id: int, filters: RegisterFilters, today: date, *, limit: int | None = None, offset: int = 0
) -> list[RegisterRow]:
    """The lines of a page of the register (all without `limit`)."""
    return list(iterate_register(organisation_id, filters, today, limit=limit, offset=offset))


def iterate_register(
    organisation_id: int, filters: RegisterFilters, today: date, *, limit: int | None = None, offset: int = 0
) -> Iterator[RegisterRow]:
    """The same lines one by one, fetched in portions, for exports."""
    listings = joined_listings()
    statement = (
        _base(organisation_id, listings)
        .add_columns(Achievement, IPRight, *(listings.c if listings is not None else ()))
        .where(*_conditions(filters, today, listings))
        .order_by(*_order(filters))
        .limit(limit)
        .offset(offset)
        .execution_options(yield_per=500)
    )
    for row in current_session().execute(statement):
        yield _register_row(row._mapping, listings, today)


def count_register(organisation_id: int, filters: RegisterFilters, today: date) -> int:
    """How many lines fit the filters."""
    listings = joined_listings()
    statement = (
        _base(organisation_id, listings)
        .add_columns(func.count(Achievement.id))
        .where(*_conditions(filters, today, listings))
    )
    return int(current_session().execute(statement).scalar_one())


def register_counts(organisation_id: int, today: date) -> RegisterCounts:
    """The numbers at the head of the register."""
    listings = joined_listings()
    in_term = _in_term(today)
    listed = listings.c.listing_id.is_not(None) if listings is not None else Achievement.id.is_(None)
    statement = _base(organisation_id, listings).add_columns(
        func.count(Achievement.id),
        func.count(Achievement.id).filter(in_term),
        func.count(Achievement.id).filter(_lapsed(today)),
        func.count(Achievement.id).filter(Achievement.ownership_status == OwnershipStatus.PENDING),
        func.count(Achievement.id).filter(listed),
    )
    return RegisterCounts(*current_session().execute(statement).one())


def filing_years(organisation_id: int) -> list[int]:
    """The years in which the institution's rights were filed, latest first."""
    year = extract("year", IPRight.filing_date)
    statement = (
        select(year)
        .join(Achievement, Achievement.id == IPRight.achievement_id)
        .where(Achievement.organisation_id == organisation_id, IPRight.filing_date.is_not(None))
        .distinct()
        .order_by(year.desc())
    )
    return [int(value) for value in current_session().scalars(statement)]


def joined_listings() -> Subquery | None:
    provided = open_listings()
    return provided.statement.subquery("open_listing") if provided else None


def _base(organisation_id: int, listings: Subquery | None) -> Select[Any]:
    """Achievements with their first right and their open listing."""
    earlier = aliased(IPRight)
    statement: Select[Any] = (
        select()
        .select_from(Achievement)
        .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
        .where(
            Achievement.organisation_id == organisation_id,
            ~exists().where(earlier.achievement_id == Achievement.id, earlier.id < IPRight.id),
        )
    )
    if listings is not None:
        statement = statement.outerjoin(listings, listings.c.achievement_id == Achievement.id)
    return statement


def _in_term(today: date) -> ColumnElement[bool]:
    return and_(
        or_(IPRight.expires_on.is_(None), IPRight.expires_on > today),
        func.coalesce(IPRight.legal_status, "") != LegalStatus.LAPSED,
    )


def _lapsed(today: date) -> ColumnElement[bool]:
    return or_(IPRight.expires_on <= today, IPRight.legal_status == LegalStatus.LAPSED)


def _conditions(filters: RegisterFilters, today: date, listings: Subquery | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.text:
        conditions.append(_text_condition(filters.text))
    if filters.kind is not None:
        conditions.append(Achievement.kind == filters.kind)
    if filters.state in {"in_term", "unverified"}:
        conditions.append(_in_term(today))
    if filters.state == "unverified":
        conditions.append(IPRight.legal_status == LegalStatus.UNKNOWN)
    if filters.state == "lapsed":
        conditions.append(_lapsed(today))
    if filters.ownership is not None:
        conditions.append(Achievement.ownership_status == filters.ownership)
    if filters.year is not None:
        conditions.append(extract("year", IPRight.filing_date) == filters.year)
    if filters.is_listed is not None and listings is not None:
        on_offer = listings.c.listing_id.is_not(None)
        conditions.append(on_offer if filters.is_listed else ~on_offer)
    return conditions


def _text_condition(text: str) -> ColumnElement[bool]:
    choices = [
        Achievement.title.icontains(text, autoescape=True),
        IPRight.applicants.icontains(text, autoescape=True),
        IPRight.inventors.icontains(text, autoescape=True),
    ]
    number = clean_number(text)
    if len(number) >= _MINIMUM_NUMBER_CHARACTERS and number[:_MINIMUM_NUMBER_CHARACTERS].isdigit():
        choices.append(func.replace(IPRight.number, ".", "").startswith(number.replace(".", ""), autoescape=True))
    return or_(*choices)


def _order(filters: RegisterFilters) -> list[UnaryExpression[Any]]:
    columns: dict[str, Any] = {
        "number": IPRight.number,
        "title": Achievement.title,
        "filed": IPRight.filing_date,
        "expiry": IPRight.expires_on,
    }
    column = columns[filters.sort]
    ordered = column.desc() if filters.is_descending else column.asc()
    return [ordered.nulls_last(), Achievement.id.desc() if filters.is_descending else Achievement.id.asc()]


def _register_row(row: Mapping[Any, Any], listings: Subquery | None, today: date) -> RegisterRow:
    achievement: Achievement = row[Achievement]
    right: IPRight | None = row[IPRight]
    return RegisterRow(
        achievement_id=achievement.id,
        title=achievement.title,
        kind=AchievementKind(achievement.kind),
        ownership=OwnershipStatus(achievement.ownership_status),
        number=right.number if right else None,
        applicants=right.applicants if right else "",
        inventors=right.inventors if right else achievement.completers,
        filing_date=right.filing_date if right else None,
        expires_on=right.expires_on if right else None,
        main_class=right.main_class if right else "",
        publication_number=right.publication_number if right else None,
        abstract=achievement.abstract,
        state=right_state(LegalStatus(right.legal_status), right.expires_on, today) if right else None,
        listing=listing_link(row, listings),
    )


def listing_link(row: Mapping[Any, Any], listings: Subquery | None) -> ListingLink | None:
    provided = open_listings()
    if listings is None or provided is None or row[listings.c.listing_id] is None:
        return None
    state = row[listings.c.state]
    return ListingLink(row[listings.c.listing_id], row[listings.c.number], state, provided.state_label(state))
