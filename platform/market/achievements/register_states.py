"""The states of `usage.RegisterState` as conditions in SQL, so that filter, count and line always agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from market.achievements.listed import LICENSED, TRANSFERRED, USED, open_listings, outcomes
from market.achievements.models import Achievement, Encumbrance, Implementation, IPRight, OpenListEntry
from market.achievements.usage import FEE_NOTICE_DAYS, RegisterState
from market.achievements.vocabulary import (
    PATENT_KINDS,
    EncumbranceKind,
    ImplementationKind,
    LegalStatus,
    OpenListDecision,
)
from market.kernel.parameters import parameters

_PASSED_ON = (ImplementationKind.TRANSFERRED.value, ImplementationKind.INVESTED.value)
COMPLETER_YEARS, OPEN_LIST_YEARS = "unimplemented.completer_years", "unimplemented.years"
_LICENCES = (EncumbranceKind.EXCLUSIVE_LICENCE.value, EncumbranceKind.SOLE_LICENCE.value)


@dataclass(frozen=True)
class StateConditions:
    """What the register's statements join, and the condition of each state on one day."""

    today: date
    listings: Subquery | None
    uses: Subquery
    completer_years: int
    open_list_years: int
    fee_notice_days: int

    def join(self, statement: Select[Any]) -> Select[Any]:
        """The statement of achievements and rights with what the conditions look at."""
        statement = statement.outerjoin(self.uses, self.uses.c.achievement_id == Achievement.id).outerjoin(
            OpenListEntry, OpenListEntry.achievement_id == Achievement.id
        )
        if self.listings is None:
            return statement
        return statement.outerjoin(self.listings, self.listings.c.achievement_id == Achievement.id)

    @property
    def in_term(self) -> ColumnElement[bool]:
        """Within the term and not lapsed, as far as is known; an entry without rights is."""
        return and_(
            or_(IPRight.expires_on.is_(None), IPRight.expires_on > self.today),
            func.coalesce(IPRight.legal_status, "") != LegalStatus.LAPSED,
        )

    @property
    def lapsed(self) -> ColumnElement[bool]:
        """Run out or lapsed."""
        return or_(IPRight.expires_on <= self.today, IPRight.legal_status == LegalStatus.LAPSED)

    @property
    def on_offer(self) -> ColumnElement[bool]:
        """Listed, or on its way there."""
        return false() if self.listings is None else self.listings.c.listing_id.is_not(None)

    @property
    def negotiating(self) -> ColumnElement[bool]:
        """Somebody is being talked to."""
        provided = open_listings()
        if self.listings is None or provided is None:
            return false()
        return func.coalesce(self.listings.c.state, "").in_(sorted(provided.negotiating))

    @property
    def _unused(self) -> ColumnElement[bool]:
        not_pending = func.coalesce(IPRight.legal_status, "") != LegalStatus.PENDING
        return and_(self.uses.c.achievement_id.is_(None), self.in_term, not_pending)

    def _before(self, start: Any, years: int) -> ColumnElement[bool]:
        ended: ColumnElement[bool] = cast(start + func.make_interval(years), Date) < self.today
        return ended

    def of(self, state: RegisterState) -> ColumnElement[bool]:
        """The condition of a state; never NULL."""
        return func.coalesce(self._conditions[state], false())

    @cached_property
    def _conditions(self) -> dict[RegisterState, ColumnElement[bool]]:
        start = func.coalesce(IPRight.grant_date, IPRight.filing_date, Achievement.completed_on)
        patent = IPRight.kind.in_([kind.value for kind in PATENT_KINDS])
        not_excused = func.coalesce(OpenListEntry.decision, "") != OpenListDecision.EXCUSED
        fee_limit = self.today + timedelta(days=self.fee_notice_days)
        return {
            RegisterState.LISTED: and_(self.on_offer, ~self.negotiating),
            RegisterState.NEGOTIATING: self.negotiating,
            RegisterState.LICENSED: self.uses.c.is_licensed,
            RegisterState.TRANSFERRED: self.uses.c.is_transferred,
            RegisterState.EXPIRED: self.lapsed,
            RegisterState.UNUSED_ONE_YEAR: and_(self._unused, self._before(start, self.completer_years)),
            RegisterState.UNUSED_THREE_YEARS: and_(
                self._unused,
                patent,
                Achievement.is_fiscally_funded.is_(True),
                not_excused,
                self._before(IPRight.grant_date, self.open_list_years),
            ),
            RegisterState.FEE_DUE: and_(
                self.in_term,
                patent,
                IPRight.annual_fee_paid_until < fee_limit,
                or_(IPRight.expires_on.is_(None), IPRight.annual_fee_paid_until < IPRight.expires_on - 1),
            ),
        }


def state_conditions(session: Session, today: date) -> StateConditions:
    """The conditions under the parameters of the day."""
    provided = open_listings()
    numbers = parameters(session, (COMPLETER_YEARS, OPEN_LIST_YEARS, FEE_NOTICE_DAYS), today)
    return StateConditions(
        today=today,
        listings=provided.statement.subquery("open_listing") if provided else None,
        uses=_uses(today),
        completer_years=int(numbers[COMPLETER_YEARS]),
        open_list_years=int(numbers[OPEN_LIST_YEARS]),
        fee_notice_days=int(numbers[FEE_NOTICE_DAYS]),
    )


def _uses(today: date) -> Subquery:
    """By achievement: that it is used, whether by a licence, whether it was passed on; from statements and deals."""
    kind = Implementation.kind
    parts: list[Any] = [
        select(
            Implementation.achievement_id.label("achievement_id"),
            case(
                (kind.in_(_PASSED_ON), TRANSFERRED), (kind == ImplementationKind.LICENSED, LICENSED), else_=USED
            ).label("outcome"),
        ),
        select(IPRight.achievement_id.label("achievement_id"), literal(LICENSED).label("outcome"))
        .join(Encumbrance, Encumbrance.right_id == IPRight.id)
        .where(
            Encumbrance.kind.in_(_LICENCES),
            Encumbrance.from_on <= today,
            or_(Encumbrance.until_on.is_(None), Encumbrance.until_on >= today),
            or_(Encumbrance.ended_on.is_(None), Encumbrance.ended_on > today),
        ),
    ]
    deals = outcomes()
    if deals is not None:
        parts.append(deals)
    found = union_all(*parts).subquery("every_use")
    return (
        select(
            found.c.achievement_id,
            func.bool_or(found.c.outcome == LICENSED).label("is_licensed"),
            func.bool_or(found.c.outcome == TRANSFERRED).label("is_transferred"),
        )
        .group_by(found.c.achievement_id)
        .subquery("use_of_achievement")
    )
