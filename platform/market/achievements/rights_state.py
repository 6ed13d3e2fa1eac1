"""Questions that listings and deals ask of the register: who owns, who consented, what encumbers, what is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.achievements.editing.records import completers_of, projects_of, shares_of
from market.achievements.editing.rules import ProjectDraft
from market.achievements.models import Achievement, Encumbrance, IPRight
from market.achievements.ownership import CompleterDraft, ShareDraft, missing_consents
from market.achievements.rules import RightState, right_state
from market.achievements.usage import FeeState, fee_state
from market.achievements.vocabulary import AchievementKind, EncumbranceKind, LegalStatus, OwnershipForm, OwnershipStatus


@dataclass(frozen=True)
class EncumbranceFacts:
    """One encumbrance that is in force on the day."""

    kind: EncumbranceKind
    holder: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True)
class RightStanding:
    """How one right stands on the day."""

    right_id: int
    number: str
    kind: AchievementKind
    applicants: str
    state: RightState
    expires_on: date | None
    fee: FeeState
    has_evaluation_report: bool
    encumbrances: tuple[EncumbranceFacts, ...]

    def is_under(self, *kinds: EncumbranceKind) -> bool:
        """Whether one of these encumbrances is in force."""
        return any(encumbrance.kind in kinds for encumbrance in self.encumbrances)


@dataclass(frozen=True)
class RightsState:
    """Everything about ownership and rights of one achievement on one day."""

    achievement_id: int
    ownership: OwnershipStatus
    form: OwnershipForm | None
    shares: tuple[ShareDraft, ...]
    completers: tuple[CompleterDraft, ...]
    projects: tuple[ProjectDraft, ...]
    is_fiscally_funded: bool | None
    rights: tuple[RightStanding, ...]

    @property
    def consents_missing(self) -> tuple[str, ...]:
        """Owners beside the institution whose consent (专利法 art. 14) is not recorded."""
        return tuple(missing_consents(self.shares))


def rights_state(session: Session, achievement: Achievement, today: date) -> RightsState:
    """How the achievement's ownership and rights stand on the day; one query a table."""
    return RightsState(
        achievement_id=achievement.id,
        ownership=OwnershipStatus(achievement.ownership_status),
        form=OwnershipForm(achievement.ownership_form) if achievement.ownership_form else None,
        shares=shares_of(session, achievement.id),
        completers=completers_of(session, achievement.id),
        projects=projects_of(session, achievement.id),
        is_fiscally_funded=achievement.is_fiscally_funded,
        rights=right_standings(session, achievement.id, today),
    )


def right_standings(session: Session, achievement_id: int, today: date) -> tuple[RightStanding, ...]:
    """How each right of the achievement stands on the day, as it is in the database now; two queries."""
    encumbrances = encumbrances_in_force(session, achievement_id, today)
    statement = select(IPRight).where(IPRight.achievement_id == achievement_id).order_by(IPRight.id)
    return tuple(
        RightStanding(
            right_id=right.id,
            number=right.number,
            kind=AchievementKind(right.kind),
            applicants=right.applicants,
            state=right_state(LegalStatus(right.legal_status), right.expires_on, today),
            expires_on=right.expires_on,
            fee=fee_state(right.annual_fee_paid_until, right.expires_on, today),
            has_evaluation_report=right.evaluation_report_on is not None,
            encumbrances=encumbrances.get(right.id, ()),
        )
        for right in session.scalars(statement, execution_options={"populate_existing": True})
    )


def encumbrances_in_force(
    session: Session, achievement_id: int, today: date
) -> dict[int, tuple[EncumbranceFacts, ...]]:
    """By right: what limits disposing of it on the day."""
    statement = (
        select(Encumbrance)
        .join(IPRight, IPRight.id == Encumbrance.right_id)
        .where(
            IPRight.achievement_id == achievement_id,
            Encumbrance.from_on <= today,
            or_(Encumbrance.until_on.is_(None), Encumbrance.until_on >= today),
            or_(Encumbrance.ended_on.is_(None), Encumbrance.ended_on > today),
        )
        .order_by(Encumbrance.id)
    )
    found: dict[int, tuple[EncumbranceFacts, ...]] = {}
    for row in session.scalars(statement):
        facts = EncumbranceFacts(EncumbranceKind(row.kind), row.holder, row.from_on, row.until_on)
        found[row.right_id] = (*found.get(row.right_id, ()), facts)
    return found
