"""What must hold for an achievement and its terms, with the rows loaded; the decisions are in rules.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import names_of
from market.accounts.rules import Actor, normalise_name, split_names
from market.achievements.models import Achievement, IPRight
from market.achievements.ownership import ShareDraft
from market.achievements.rights_state import rights_state
from market.achievements.vocabulary import LegalStatus, OwnershipForm, OwnershipStatus, ShareHolder
from market.kernel.errors import N_
from market.kernel.money import FEN_PER_WAN
from market.kernel.parameters import parameter
from market.listings import rules
from market.listings.offer_checks import Limits, check_offers
from market.listings.preconditions import AchievementFacts, Owner, precondition_problems
from market.listings.rules import ListingDraft, OfferDraft, Problem, RightFacts
from market.listings.terms import WHOLE


def achievement_facts(session: Session, achievement: Achievement, today: date) -> AchievementFacts:
    """What the checks know of an achievement today. Applicants beside the institution are co-owners too."""
    state = rights_state(session, achievement, today)
    own = {normalise_name(name) for name in names_of(achievement.organisation_id)}
    if achievement.ownership_status != OwnershipStatus.OWN:
        own = set()  # nobody of the applicants is the institution: then none of them is a co-owner beside it either
    applicants = {
        right.right_id: tuple(name for name in split_names(right.applicants) if own and normalise_name(name) not in own)
        for right in state.rights
    }
    statement = select(IPRight.id, IPRight.legal_status).where(IPRight.achievement_id == achievement.id)
    statuses = {right_id: LegalStatus(status) for right_id, status in session.execute(statement)}
    return AchievementFacts(
        rights=tuple(
            RightFacts(
                right.number,
                right.kind,
                statuses[right.right_id],
                right.expires_on,
                applicants[right.right_id],
                tuple(encumbrance.kind for encumbrance in right.encumbrances),
                right.fee,
                right.has_evaluation_report,
            )
            for right in state.rights
        ),
        owners=_owners(state.shares, [name for names in applicants.values() for name in names]),
        has_long_term_use=state.form is OwnershipForm.LONG_TERM_USE,
        is_fiscally_funded=state.is_fiscally_funded,
    )


def _owners(shares: Iterable[ShareDraft], applicants: Iterable[str]) -> tuple[Owner, ...]:
    """Holders of shares with their consent, and co-applicants of whom the register says nothing yet."""
    held = [
        Owner(share.name, share.holder_kind is ShareHolder.COMPLETER, share.consented_on)
        for share in shares
        if share.holder_kind is not ShareHolder.INSTITUTION
    ]
    known = {normalise_name(owner.name) for owner in held}
    others = {normalise_name(name): name for name in applicants}
    return (*held, *(Owner(name) for key, name in others.items() if key not in known))


def achievement_problems(session: Session, achievement: Achievement, today: date) -> list[Problem]:
    """What keeps the achievement from the market today; empty when it may be listed."""
    facts = achievement_facts(session, achievement, today)
    return rules.check_achievement(OwnershipStatus(achievement.ownership_status), facts.rights, today)


def terms_problems(
    session: Session, achievement: Achievement, offers: Sequence[OfferDraft], today: date
) -> list[Problem]:
    """What is wrong with the terms for this achievement."""
    facts = achievement_facts(session, achievement, today)
    return check_offers(offers, facts, limits_on(session, today), today)


def lawful_problems(session: Session, achievement: Achievement, draft: ListingDraft, today: date) -> list[Problem]:
    """What the law still asks before the draft may be submitted: preconditions, and that it holds no secret."""
    facts = achievement_facts(session, achievement, today)
    return [*precondition_problems(draft.offers, facts), *rules.check_secrecy(draft)]


def limits_on(session: Session, today: date) -> Limits:
    """The numbers that bound terms on this day."""
    return Limits(
        trial_months=int(parameter(session, "trial.months_max", today)),
        open_fee_fen=int(parameter(session, "openlicence.fixed_max", today) * FEN_PER_WAN),
        open_royalty_sales=int(parameter(session, "openlicence.royalty_sales", today) * WHOLE),
        open_royalty_profit=int(parameter(session, "openlicence.royalty_profit", today) * WHOLE),
        invest_share=int(parameter(session, "itoe.cap", today) * WHOLE),
    )


def confirm_unknown_rights(session: Session, achievement: Achievement, actor: Actor, now: datetime) -> None:
    from market.achievements.service import confirm_legal_status

    unknown = select(IPRight.id).where(
        IPRight.achievement_id == achievement.id, IPRight.legal_status == LegalStatus.UNKNOWN.value
    )
    for right_id in session.scalars(unknown.order_by(IPRight.id)).all():
        confirm_legal_status(
            session, actor, right_id, LegalStatus.ALIVE, reason=N_("挂牌提交时由经办人确认有效"), now=now
        )
