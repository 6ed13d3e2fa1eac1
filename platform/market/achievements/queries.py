"""Reads of the register: its list with filters, and the numbers at its head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, exists, extract, func, or_, select
from sqlalchemy.orm import aliased, undefer
from sqlalchemy.sql.elements import UnaryExpression

from market.achievements.listed import open_listings
from market.achievements.models import Achievement, IPRight
from market.achievements.patent_numbers import clean_number
from market.achievements.register_states import StateConditions, state_conditions
from market.achievements.rules import RightState, right_state
from market.achievements.usage import RegisterState
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.db import current_session

SORTS = ("number", "title", "filed", "expiry", "fee")
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
    use: RegisterState | None = None
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
    register_number: str | None
    ownership: OwnershipStatus
    number: str | None
    applicants: str
    filing_date: date | None
    expires_on: date | None
    fee_paid_until: date | None
    state: RightState | None
    states: frozenset[RegisterState]
    listing: ListingLink | None

    @property
    def may_be_listed(self) -> bool:
        """Whether the officer may begin a listing from the line; the editor checks the rest."""
        stands = self.state not in {RightState.EXPIRED, RightState.LAPSED}
        return self.listing is None and stands and self.ownership is not OwnershipStatus.PENDING


@dataclass(frozen=True)
class RegisterCounts:
    """Numbers over the whole register, for its head."""

    total: int
    in_term: int
    lapsed: int
    pending_ownership: int
    listed: int
    by_state: Mapping[RegisterState, int]


@dataclass(frozen=True)
class ExportLine:
    """One right of an entry in the workbook; None where the entry has none."""

    achievement: Achievement
    right: IPRight | None
    states: frozenset[RegisterState]
    listing: ListingLink | None


class Register:
    """An institution's register on one day."""

    def __init__(self, organisation_id: int, today: date) -> None:
        self.organisation_id = organisation_id
        self.conditions = state_conditions(current_session(), today)

    def count(self, filters: RegisterFilters) -> int:
        """How many lines fit the filters."""
        statement = self._found(filters).add_columns(func.count(Achievement.id))
        return int(current_session().execute(statement).scalar_one())

    def rows(self, filters: RegisterFilters, *, limit: int | None = None, offset: int = 0) -> list[RegisterRow]:
        """The lines of a page (all without `limit`): first which ones, then everything about these alone."""
        found = self._found(filters).add_columns(Achievement.id).order_by(*_order(filters))
        ids = current_session().scalars(found.limit(limit).offset(offset)).all()
        statement = self.lines(filters).where(Achievement.id.in_(ids))
        return [_register_row(row._mapping, self.conditions) for row in current_session().execute(statement)]

    def lines(self, filters: RegisterFilters, *, all_rights: bool = False) -> Select[Any]:
        """Achievement, right, the listing's columns and a boolean by state; with `all_rights` each right a line."""
        listings = self.conditions.listings
        statement = self.conditions.join(_base(self.organisation_id, all_rights=all_rights))
        return statement.add_columns(
            Achievement,
            IPRight,
            *(listings.c if listings is not None else ()),
            *(self.conditions.of(state).label(state.value) for state in RegisterState),
        ).order_by(*_order(filters))

    def counts(self) -> RegisterCounts:
        """The numbers at the head of the register."""
        conditions = self.conditions
        statement = conditions.join(_base(self.organisation_id)).add_columns(
            func.count(Achievement.id),
            func.count(Achievement.id).filter(conditions.in_term),
            func.count(Achievement.id).filter(conditions.lapsed),
            func.count(Achievement.id).filter(Achievement.ownership_status == OwnershipStatus.PENDING),
            func.count(Achievement.id).filter(conditions.on_offer),
            *(func.count(Achievement.id).filter(conditions.of(state)) for state in RegisterState),
        )
        total, in_term, lapsed, pending, listed, *states = current_session().execute(statement).one()
        return RegisterCounts(total, in_term, lapsed, pending, listed, dict(zip(RegisterState, states, strict=True)))

    def export(self, filters: RegisterFilters) -> Iterator[ExportLine]:
        """What the list shows, with a line for each right, fetched in portions."""
        lines = self.lines(filters, all_rights=True).options(undefer(IPRight.claims))
        statement = lines.where(*_conditions(filters, self.conditions))
        for row in current_session().execute(statement.execution_options(yield_per=500)):
            found = row._mapping
            yield ExportLine(
                found[Achievement], found[IPRight], _states_of(found), listing_link(found, self.conditions.listings)
            )

    def _found(self, filters: RegisterFilters) -> Select[Any]:
        """The entries that fit, with no more joined than the filters look at."""
        statement = _base(self.organisation_id)
        if filters.use is not None or filters.is_listed is not None:
            statement = self.conditions.join(statement)
        return statement.where(*_conditions(filters, self.conditions))


def count_register(organisation_id: int, filters: RegisterFilters, today: date) -> int:
    """How many lines fit the filters."""
    return Register(organisation_id, today).count(filters)


def register_counts(organisation_id: int, today: date) -> RegisterCounts:
    """The numbers at the head of the register."""
    return Register(organisation_id, today).counts()


def fees_due(organisation_id: int, today: date) -> tuple[int, date | None]:
    """How many entries have an annual fee due or overdue, and the earliest day that is paid for."""
    conditions = state_conditions(current_session(), today)
    statement = (
        conditions.join(_base(organisation_id))
        .add_columns(func.count(Achievement.id), func.min(IPRight.annual_fee_paid_until))
        .where(conditions.of(RegisterState.FEE_DUE))
    )
    count, first = current_session().execute(statement).one()
    return count, first


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
    """The open listings as a part of a statement; None when nobody answers for them."""
    provided = open_listings()
    return provided.statement.subquery("open_listing") if provided else None


def _base(organisation_id: int, *, all_rights: bool = False) -> Select[Any]:
    """Achievements with their first right, or all of them."""
    earlier = aliased(IPRight)
    statement: Select[Any] = (
        select()
        .select_from(Achievement)
        .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
        .where(Achievement.organisation_id == organisation_id)
    )
    if not all_rights:
        first = ~exists().where(earlier.achievement_id == Achievement.id, earlier.id < IPRight.id)
        statement = statement.where(first)
    return statement


def _conditions(filters: RegisterFilters, states: StateConditions) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.text:
        conditions.append(_text_condition(filters.text))
    if filters.kind is not None:
        conditions.append(Achievement.kind == filters.kind)
    if filters.state in {"in_term", "unverified"}:
        conditions.append(states.in_term)
    if filters.state == "unverified":
        conditions.append(IPRight.legal_status == LegalStatus.UNKNOWN)
    if filters.state == "lapsed":
        conditions.append(states.lapsed)
    if filters.ownership is not None:
        conditions.append(Achievement.ownership_status == filters.ownership)
    if filters.use is not None:
        conditions.append(states.of(filters.use))
    if filters.year is not None:
        conditions.append(extract("year", IPRight.filing_date) == filters.year)
    if filters.is_listed is not None and states.listings is not None:
        conditions.append(states.on_offer if filters.is_listed else ~states.on_offer)
    return conditions


def _text_condition(text: str) -> ColumnElement[bool]:
    choices = [
        Achievement.title.icontains(text, autoescape=True),
        Achievement.completers.icontains(text, autoescape=True),
        Achievement.register_number == text,
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
        "fee": IPRight.annual_fee_paid_until,
    }
    column = columns[filters.sort]
    ordered = column.desc() if filters.is_descending else column.asc()
    return [ordered.nulls_last(), Achievement.id.desc() if filters.is_descending else Achievement.id.asc()]


def _register_row(row: Mapping[Any, Any], conditions: StateConditions) -> RegisterRow:
    achievement: Achievement = row[Achievement]
    right: IPRight | None = row[IPRight]
    return RegisterRow(
        achievement_id=achievement.id,
        title=achievement.title,
        kind=AchievementKind(achievement.kind),
        register_number=achievement.register_number,
        ownership=OwnershipStatus(achievement.ownership_status),
        number=right.number if right else None,
        applicants=right.applicants if right else "",
        filing_date=right.filing_date if right else None,
        expires_on=right.expires_on if right else None,
        fee_paid_until=right.annual_fee_paid_until if right else None,
        state=right_state(LegalStatus(right.legal_status), right.expires_on, conditions.today) if right else None,
        states=_states_of(row),
        listing=listing_link(row, conditions.listings),
    )


def _states_of(row: Mapping[Any, Any]) -> frozenset[RegisterState]:
    return frozenset(state for state in RegisterState if row[state.value])


def listing_link(row: Mapping[Any, Any], listings: Subquery | None) -> ListingLink | None:
    """The open listing of a line."""
    provided = open_listings()
    if listings is None or provided is None or row[listings.c.listing_id] is None:
        return None
    state = row[listings.c.state]
    return ListingLink(row[listings.c.listing_id], row[listings.c.number], state, provided.state_label(state))
