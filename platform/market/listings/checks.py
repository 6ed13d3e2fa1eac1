"""What must hold for an achievement and its terms, with the rows loaded; the decisions are in rules.py."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import names_of
from market.accounts.rules import Actor, normalise_name, split_names
from market.achievements.models import Achievement, IPRight
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.errors import N_
from market.kernel.parameters import parameter
from market.listings import rules
from market.listings.rules import OfferDraft, Problem, RightFacts


def right_facts(session: Session, achievement: Achievement) -> list[RightFacts]:
    """What the checks know of an achievement's rights. Applicants beside the institution are co-owners."""
    own = {normalise_name(name) for name in names_of(achievement.organisation_id)}
    if achievement.ownership_status != OwnershipStatus.OWN:
        own = set()  # nobody of the applicants is the institution: then none of them is a co-owner beside it either
    return [
        RightFacts(
            right.number,
            AchievementKind(right.kind),
            LegalStatus(right.legal_status),
            right.expires_on,
            tuple(name for name in split_names(right.applicants) if own and normalise_name(name) not in own),
        )
        for right in session.scalars(
            select(IPRight).where(IPRight.achievement_id == achievement.id).order_by(IPRight.id)
        )
    ]


def achievement_problems(session: Session, achievement: Achievement, today: date) -> list[Problem]:
    """What keeps the achievement from the market today; empty when it may be listed."""
    facts = right_facts(session, achievement)
    return rules.check_achievement(OwnershipStatus(achievement.ownership_status), facts, today)


def terms_problems(
    session: Session, achievement: Achievement, offers: tuple[OfferDraft, ...], today: date
) -> list[Problem]:
    """What is wrong with the terms for this achievement."""
    maximum = int(parameter(session, "trial.months_max", today))
    return rules.check_offers(offers, right_facts(session, achievement), maximum)


def confirm_unknown_rights(session: Session, achievement: Achievement, actor: Actor, now: datetime) -> None:
    from market.achievements.service import confirm_legal_status

    unknown = select(IPRight.id).where(
        IPRight.achievement_id == achievement.id, IPRight.legal_status == LegalStatus.UNKNOWN.value
    )
    for right_id in session.scalars(unknown.order_by(IPRight.id)).all():
        confirm_legal_status(
            session, actor, right_id, LegalStatus.ALIVE, reason=N_("挂牌提交时由经办人确认有效"), now=now
        )
