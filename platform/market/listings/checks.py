"""What must hold for an achievement and its terms, with the rows loaded; the decisions are in rules.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import names_of
from market.accounts.rules import Actor, normalise_name, split_names
from market.achievements.editing.records import shares_of
from market.achievements.models import Achievement, IPRight
from market.achievements.ownership import ShareDraft
from market.achievements.rights_state import right_standings
from market.achievements.vocabulary import LegalStatus, OwnershipForm, OwnershipStatus, ShareHolder
from market.kernel.errors import N_, Said
from market.kernel.money import FEN_PER_WAN
from market.kernel.parameters import parameters
from market.listings import rules
from market.listings.offer_checks import Limits, check_offers
from market.listings.preconditions import AchievementFacts, Owner, precondition_problems
from market.listings.rules import ListingDraft, OfferDraft, Problem, RightFacts
from market.listings.terms import WHOLE

_LIMITS = (
    "trial.months_max",
    "openlicence.fixed_max",
    "openlicence.royalty_sales",
    "openlicence.royalty_profit",
    "itoe.cap",
)


UNKNOWN_STATUS = "right.unknown_status"
"""The one problem that keeps a draft from nothing: the officer looks the status up before she submits."""
_REMEMBERED = "kezhuan_achievement_facts"
_NAMES = "kezhuan_own_names"


@contextmanager
def remembered_facts(session: Session) -> Iterator[None]:
    """For the loading of an empty database, where every change of an entry makes a new version: read once a version.

    Organisations keep their names meanwhile.
    """
    session.info |= {_REMEMBERED: {}, _NAMES: {}}
    try:
        yield
    finally:
        del session.info[_REMEMBERED], session.info[_NAMES]


def achievement_facts(session: Session, achievement: Achievement, today: date) -> AchievementFacts:
    """What the checks know of an achievement today. Applicants beside the institution are co-owners too."""
    remembered: dict[tuple[int, int, date], AchievementFacts] | None = session.info.get(_REMEMBERED)
    if remembered is None:
        return _read_facts(session, achievement, today)
    session.flush()
    key = (achievement.id, achievement.version, today)
    if key not in remembered:
        remembered[key] = _read_facts(session, achievement, today)
    return remembered[key]


def _read_facts(session: Session, achievement: Achievement, today: date) -> AchievementFacts:
    rights = right_standings(session, achievement.id, today)
    own = _own_names(session, achievement.organisation_id)
    if achievement.ownership_status != OwnershipStatus.OWN:
        own = set()  # nobody of the applicants is the institution: then none of them is a co-owner beside it either
    applicants = {
        right.right_id: tuple(name for name in split_names(right.applicants) if own and normalise_name(name) not in own)
        for right in rights
    }
    return AchievementFacts(
        rights=tuple(
            RightFacts(
                right.number,
                right.kind,
                right.state,
                right.expires_on,
                applicants[right.right_id],
                tuple(encumbrance.kind for encumbrance in right.encumbrances),
                right.fee,
                right.has_evaluation_report,
            )
            for right in rights
        ),
        owners=_owners(shares_of(session, achievement.id), [name for names in applicants.values() for name in names]),
        has_long_term_use=achievement.ownership_form == OwnershipForm.LONG_TERM_USE,
        is_fiscally_funded=achievement.is_fiscally_funded,
        without_trl=() if achievement.trl else (achievement.title,),
    )


def _own_names(session: Session, organisation_id: int) -> set[str]:
    remembered: dict[int, set[str]] = session.info.get(_NAMES, {})
    if organisation_id not in remembered:
        remembered[organisation_id] = {normalise_name(name) for name in names_of(organisation_id)}
    return remembered[organisation_id]


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


def facts_of(session: Session, achievements: Sequence[Achievement], today: date) -> AchievementFacts:
    """What the checks know of everything that a listing offers. In a bundle each owner says which part she owns."""
    every = [achievement_facts(session, achievement, today) for achievement in achievements]
    if len(every) == 1:
        return every[0]
    funded = [facts.is_fiscally_funded for facts in every]
    is_funded = True if True in funded else None if None in funded else False
    return AchievementFacts(
        rights=tuple(right for facts in every for right in facts.rights),
        owners=tuple(
            replace(owner, name=f"{owner.name}（{achievement.title}）")
            for achievement, facts in zip(achievements, every, strict=True)
            for owner in facts.owners
        ),
        has_long_term_use=any(facts.has_long_term_use for facts in every),
        is_fiscally_funded=is_funded,
        long_term_use_of=_titles(achievements, [facts.has_long_term_use for facts in every]),
        funded=_titles(achievements, [one is is_funded for one in funded]),
        without_trl=tuple(title for facts in every for title in facts.without_trl),
    )


def _titles(achievements: Sequence[Achievement], chosen: Sequence[bool]) -> tuple[str, ...]:
    return tuple(one.title for one, is_chosen in zip(achievements, chosen, strict=True) if is_chosen)


def achievement_problems(session: Session, achievement: Achievement, today: date) -> list[Problem]:
    """What keeps the achievement from the market today; empty when it may be listed."""
    facts = achievement_facts(session, achievement, today)
    return rules.check_achievement(OwnershipStatus(achievement.ownership_status), facts.rights)


def bundle_problems(session: Session, achievements: Sequence[Achievement], today: date) -> list[Problem]:
    """What keeps one of the achievements of a listing from the market today; in a bundle each says which one."""
    if len(achievements) == 1:
        return achievement_problems(session, achievements[0], today)
    return [
        replace(
            problem,
            message=N_("“%(title)s”：%(problem)s"),
            params={**problem.params, "title": achievement.title, "problem": Said(problem.message, problem.params)},
        )
        for achievement in achievements
        for problem in achievement_problems(session, achievement, today)
    ]


def terms_problems(
    session: Session, facts: AchievementFacts, offers: Sequence[OfferDraft], today: date
) -> list[Problem]:
    """What is wrong with the terms for achievements of which these facts are known."""
    return check_offers(offers, facts, limits_on(session, today), today)


def lawful_problems(facts: AchievementFacts, draft: ListingDraft) -> list[Problem]:
    """What the law still asks before the draft may be submitted: preconditions, and that it holds no secret."""
    return [*precondition_problems(draft.offers, facts), *rules.check_secrecy(draft)]


def limits_on(session: Session, today: date) -> Limits:
    """The numbers that bound terms on this day."""
    values = parameters(session, _LIMITS, today)
    return Limits(
        trial_months=int(values["trial.months_max"]),
        open_fee_fen=int(values["openlicence.fixed_max"] * FEN_PER_WAN),
        open_royalty_sales=int(values["openlicence.royalty_sales"] * WHOLE),
        open_royalty_profit=int(values["openlicence.royalty_profit"] * WHOLE),
        invest_share=int(values["itoe.cap"] * WHOLE),
    )


def confirm_unknown_rights(session: Session, achievements: Sequence[Achievement], actor: Actor, now: datetime) -> None:
    """The officer states of every right of unknown status that it is alive today."""
    from market.achievements.service import confirm_legal_status

    unknown = select(IPRight.id).where(
        IPRight.achievement_id.in_([one.id for one in achievements]), IPRight.legal_status == LegalStatus.UNKNOWN.value
    )
    for right_id in session.scalars(unknown.order_by(IPRight.id)).all():
        confirm_legal_status(
            session, actor, right_id, LegalStatus.ALIVE, reason=N_("挂牌提交时由经办人确认有效"), now=now
        )
