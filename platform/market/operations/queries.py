"""Reads of parameters: what is in force, what was, what is proposed, what keeps an older value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from market.accounts.models import Membership, MembershipRole, Organisation, Person
from market.accounts.rules import Role
from market.accounts.security.models import SecondFactor
from market.auctions.models import Lot
from market.auctions.vocabulary import LotState
from market.kernel.db import current_session
from market.kernel.holidays import Holiday
from market.kernel.lists import Order, Orders
from market.kernel.parameters import Parameter
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from market.operations.models import ParameterProposal
from market.operations.parameter_kinds import PARAMETER_KINDS, UNIT_LABELS, Touches
from market.operations.vocabulary import ProposalState


@dataclass(frozen=True)
class VersionRow:
    """One value of a parameter and the days on which it holds; `ends_before` None = until replaced."""

    value: str
    unit: str
    source: str
    valid_from: date
    ends_before: date | None

    @property
    def form_number(self) -> int:
        """What decides the form of the unit's word: exactly one, or anything else."""
        return 1 if self.value == "1" else 2


@dataclass(frozen=True)
class ParameterRow:
    """A parameter with all its values, oldest first. `label` and `unit_label` are gettext ids."""

    key: str
    versions: tuple[VersionRow, ...]
    today: date

    @property
    def label(self) -> str:
        kind = PARAMETER_KINDS.get(self.key)
        return kind.label if kind else self.key

    @property
    def unit_label(self) -> str:
        return UNIT_LABELS.get(self.current.unit, self.current.unit)

    @property
    def current(self) -> VersionRow:
        """The value in force today; before its first day, the first one."""
        begun = [version for version in self.versions if version.valid_from <= self.today]
        return begun[-1] if begun else self.versions[0]

    @property
    def coming(self) -> VersionRow | None:
        """The next value, when one is approved for a later day."""
        return next((version for version in self.versions if version.valid_from > self.today), None)


@dataclass(frozen=True)
class ProposalRow:
    """A proposed change and what became of it."""

    id: int
    key: str
    value: str
    value_now: str
    source: str
    valid_from: date
    reason: str
    state: ProposalState
    proposed_by_id: int
    proposed_by: str
    proposed_for: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str

    @property
    def label(self) -> str:
        kind = PARAMETER_KINDS.get(self.key)
        return kind.label if kind else self.key


@dataclass(frozen=True)
class Touched:
    """What lives now under the value in force and keeps it when a new one begins."""

    what: Touches
    count: int
    by_value: tuple[tuple[str, int], ...] = ()


def list_parameters(today: date, *, text: str = "") -> list[ParameterRow]:
    """Every parameter with its values; `text` looks in key, Chinese label and source."""
    rows = current_session().scalars(select(Parameter).order_by(Parameter.key, Parameter.valid_from)).all()
    by_key: dict[str, list[Parameter]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    found = [ParameterRow(key, _versions(values), today) for key, values in by_key.items()]
    wanted = text.strip().casefold()
    return [row for row in found if wanted in f"{row.key} {row.label} {row.current.source}".casefold()]


def parameter_row(key: str, today: date) -> ParameterRow | None:
    """One parameter, or None for an unknown key."""
    return next((row for row in list_parameters(today) if row.key == key), None)


def _versions(values: list[Parameter]) -> tuple[VersionRow, ...]:
    ends = [*(value.valid_from for value in values[1:]), None]
    return tuple(
        VersionRow(value.value, value.unit, value.source, value.valid_from, end)
        for value, end in zip(values, ends, strict=True)
    )


def list_proposals(today: date, *, key: str | None = None, state: ProposalState | None = None) -> list[ProposalRow]:
    """Proposed changes, the newest first."""
    proposer, decider = aliased(Person), aliased(Person)
    statement = (
        select(ParameterProposal, proposer.display_name, Organisation.name, decider.display_name)
        .join(proposer, proposer.id == ParameterProposal.proposed_by_id)
        .join(Organisation, Organisation.id == ParameterProposal.proposed_for_id)
        .outerjoin(decider, decider.id == ParameterProposal.decided_by_id)
        .order_by(ParameterProposal.id.desc())
    )
    if key is not None:
        statement = statement.where(ParameterProposal.key == key)
    if state is not None:
        statement = statement.where(ParameterProposal.state == state.value)
    now = {row.key: row.current.value for row in list_parameters(today)}
    return [
        ProposalRow(
            row.id, row.key, row.value, now.get(row.key, "—"), row.source, row.valid_from, row.reason,
            ProposalState(row.state), row.proposed_by_id, proposed_by, organisation, row.proposed_at, decided_by,
            row.decided_at, row.decision_reason,
        )
        for row, proposed_by, organisation, decided_by in current_session().execute(statement)
    ]  # fmt: skip


def proposals_waiting_for(person_id: int) -> int:
    """How many proposed changes this person may decide: those of others."""
    statement = select(func.count(ParameterProposal.id)).where(
        ParameterProposal.state == ProposalState.PROPOSED.value, ParameterProposal.proposed_by_id != person_id
    )
    return current_session().scalar(statement) or 0


_LOT_COLUMNS = {
    "auction.notice_days": Lot.notice_days,
    "auction.min_hours": Lot.minimum_hours,
    "auction.ext_minutes": Lot.soft_close_seconds / 60,
}


def touched_by(key: str) -> Touched:
    """What lives under the parameter's older values and will keep them."""
    kind = PARAMETER_KINDS.get(key)
    session = current_session()
    if kind is None or kind.touches is Touches.NOTHING:
        return Touched(Touches.NOTHING, 0)
    if kind.touches is Touches.LISTINGS:
        shown = Listing.state.in_([state.value for state in PUBLIC_STATES])
        return Touched(Touches.LISTINGS, session.scalar(select(func.count(Listing.id)).where(shown)) or 0)
    if kind.role is not None:
        return Touched(Touches.PEOPLE, _without_second_factor(kind.role))
    live = Lot.state.in_([LotState.ANNOUNCED.value, LotState.SUSPENDED.value])
    count = session.scalar(select(func.count(Lot.id)).where(live)) or 0
    column = _LOT_COLUMNS.get(key)
    if column is None:
        return Touched(Touches.LOTS, count)
    rows = session.execute(select(column, func.count(Lot.id)).where(live).group_by(column).order_by(column))
    return Touched(Touches.LOTS, count, tuple((f"{Decimal(value).normalize():f}", number) for value, number in rows))


def _without_second_factor(role: Role) -> int:
    """People who act in the role and would have to set up a second factor first."""
    has_one = select(SecondFactor.person_id).where(
        SecondFactor.person_id == Membership.person_id, SecondFactor.confirmed_at.is_not(None)
    )
    statement = (
        select(func.count(func.distinct(Membership.person_id)))
        .join(MembershipRole, MembershipRole.membership_id == Membership.id)
        .where(Membership.ended_at.is_(None), MembershipRole.role == role.value, ~has_one.exists())
    )
    return current_session().scalar(statement) or 0


@dataclass(frozen=True)
class HolidayRow:
    """One day of a year's table."""

    day: date
    is_working: bool
    name: str
    source: str


def holiday_years() -> list[int]:
    """The years whose table is loaded, the latest first."""
    year = func.extract("year", Holiday.day)
    return [int(value) for value in current_session().scalars(select(year).distinct().order_by(year.desc()))]


HOLIDAY_ORDERS = Orders(
    {"day": Holiday.day, "name": Holiday.name, "working": Holiday.is_working}, default=(Holiday.day,), last=Holiday.day
)


def list_holidays(year: int, order: Order | None = None) -> list[HolidayRow]:
    """The table of a year in the order, by itself by day."""
    statement = select(Holiday).where(func.extract("year", Holiday.day) == year)
    statement = statement.order_by(*(order or HOLIDAY_ORDERS.default).columns)
    return [HolidayRow(row.day, row.is_working, row.name, row.source) for row in current_session().scalars(statement)]
