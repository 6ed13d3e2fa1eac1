"""Reads of one entry of the register: everything about it, its rights, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import undefer

from market.accounts.counties import county_name
from market.accounts.models import Organisation, Person
from market.achievements.claims import is_published
from market.achievements.editing.records import completers_of, projects_of, shares_of
from market.achievements.editing.rules import ProjectDraft
from market.achievements.industries import industry_name
from market.achievements.listed import has_outcome
from market.achievements.models import (
    Achievement,
    AchievementDocument,
    Encumbrance,
    Implementation,
    IPRight,
    OpenListEntry,
    StoredFile,
)
from market.achievements.ownership import CompleterDraft, ShareDraft, missing_consents
from market.achievements.queries import ListingLink, joined_listings, listing_link
from market.achievements.rules import (
    RightForListing,
    RightState,
    refusals_to_list,
    right_state,
    term_years,
)
from market.achievements.usage import (
    FEE_NOTICE_DAYS,
    FeeState,
    UseFacts,
    completer_may_use_from,
    fee_state,
    next_fee_day,
    on_open_list_from,
)
from market.achievements.vocabulary import (
    PATENT_KINDS,
    AchievementKind,
    DocumentPurpose,
    EncumbranceKind,
    ImplementationKind,
    Industry,
    LegalStatus,
    MaturityStage,
    OpenListDecision,
    OwnershipForm,
    OwnershipStatus,
    TechnicalField,
)
from market.kernel.db import current_session
from market.kernel.errors import Refusal
from market.kernel.events import Event
from market.kernel.parameters import parameter


@dataclass(frozen=True)
class EncumbranceView:
    """One encumbrance of a right, also an ended one."""

    encumbrance_id: int
    kind: EncumbranceKind
    holder: str
    from_on: date
    until_on: date | None
    ended_on: date | None
    note: str
    is_in_force: bool


@dataclass(frozen=True)
class RightView:
    """One right on the achievement's page."""

    right_id: int
    kind: AchievementKind
    number: str
    number_as_given: str
    has_check_digit: bool
    title: str
    applicants: str
    inventors: str
    filing_date: date | None
    publication_number: str | None
    publication_date: date | None
    grant_date: date | None
    main_class: str
    further_classes: tuple[str, ...]
    cpc_classes: tuple[str, ...]
    priority_numbers: tuple[str, ...]
    expires_on: date | None
    term_years: int | None
    legal_status: LegalStatus
    state: RightState
    status_on: date | None
    status_source: str
    confirmed_by: str | None
    confirmed_at: datetime | None
    fee: FeeState | None
    fee_paid_until: date | None
    next_fee_day: date | None
    report_number: str
    report_on: date | None
    encumbrances: tuple[EncumbranceView, ...]
    claims: str
    are_claims_public: bool


@dataclass(frozen=True)
class ImplementationView:
    """One use outside the platform."""

    implementation_id: int
    kind: ImplementationKind
    since: date
    partner: str
    note: str


@dataclass(frozen=True)
class DocumentView:
    """One paper."""

    document_id: int
    purpose: DocumentPurpose
    title: str
    name: str
    byte_size: int
    added_at: datetime


@dataclass(frozen=True)
class UseView:
    """What follows when nobody uses it: the days are those from which the rule holds, None when it does not apply."""

    completer_may_from: date | None
    open_list_from: date | None
    is_completer_due: bool
    is_open_list_due: bool
    decision: OpenListDecision | None
    terms: str
    reason: str


@dataclass(frozen=True)
class HappenedView:
    """One event of an achievement; the page makes the sentence."""

    action: str
    at: datetime
    actor: str | None
    state_after: str | None
    reason: str | None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AchievementView:
    """Everything that the register says of one achievement."""

    id: int
    organisation_name: str
    title: str
    kind: AchievementKind
    abstract: str
    register_number: str | None
    completed_on: date | None
    county: str | None
    technical_field: TechnicalField | None
    industry: Industry | None
    applied_industries: tuple[str, ...]
    trl: int | None
    trl_evidence: str
    maturity_stage: MaturityStage | None
    is_fiscally_funded: bool | None
    projects: tuple[ProjectDraft, ...]
    completers_text: str
    completers: tuple[CompleterDraft, ...]
    ownership: OwnershipStatus
    ownership_form: OwnershipForm | None
    shares: tuple[ShareDraft, ...]
    consents_missing: tuple[str, ...]
    long_term_use_from: date | None
    long_term_use_years: int | None
    ownership_reason: str | None
    ownership_confirmed_by: str | None
    ownership_confirmed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    rights: tuple[RightView, ...]
    implementations: tuple[ImplementationView, ...]
    documents: tuple[DocumentView, ...]
    use: UseView
    listing: ListingLink | None
    refusals: tuple[Refusal, ...]


def achievement_view(achievement: Achievement, today: date) -> AchievementView:
    """The achievement with its rights, its open listing, and what keeps it from being listed."""
    session = current_session()
    rights = _rights(achievement.id, today)
    ownership = OwnershipStatus(achievement.ownership_status)
    for_listing = [RightForListing(right.kind, right.number, right.legal_status, right.expires_on) for right in rights]
    owner = select(Organisation.name).where(Organisation.id == achievement.organisation_id)
    confirmed_by = select(Person.display_name).where(Person.id == achievement.ownership_confirmed_by_id)
    implementations = _implementations(achievement.id)
    shares = shares_of(session, achievement.id)
    return AchievementView(
        id=achievement.id,
        organisation_name=session.scalars(owner).one(),
        title=achievement.title,
        kind=AchievementKind(achievement.kind),
        abstract=achievement.abstract,
        register_number=achievement.register_number,
        completed_on=achievement.completed_on,
        county=county_name(achievement.county_code) if achievement.county_code else None,
        technical_field=TechnicalField(achievement.technical_field) if achievement.technical_field else None,
        industry=Industry(achievement.industry) if achievement.industry else None,
        applied_industries=tuple(industry_name(code) for code in achievement.applied_industries),
        trl=achievement.trl,
        trl_evidence=achievement.trl_evidence,
        maturity_stage=MaturityStage(achievement.maturity_stage) if achievement.maturity_stage else None,
        is_fiscally_funded=achievement.is_fiscally_funded,
        projects=projects_of(session, achievement.id),
        completers_text=achievement.completers,
        completers=completers_of(session, achievement.id),
        ownership=ownership,
        ownership_form=OwnershipForm(achievement.ownership_form) if achievement.ownership_form else None,
        shares=shares,
        consents_missing=tuple(missing_consents(shares)),
        long_term_use_from=achievement.long_term_use_from,
        long_term_use_years=achievement.long_term_use_years,
        ownership_reason=achievement.ownership_reason,
        ownership_confirmed_by=session.scalar(confirmed_by),
        ownership_confirmed_at=achievement.ownership_confirmed_at,
        created_at=achievement.created_at,
        updated_at=achievement.updated_at,
        rights=rights,
        implementations=implementations,
        documents=_documents(achievement.id),
        use=_use(achievement, rights, is_used=bool(implementations) or _is_licensed(rights), today=today),
        listing=_open_listing_of(achievement.id),
        refusals=tuple(refusals_to_list(ownership, for_listing, today)),
    )


def _rights(achievement_id: int, today: date) -> tuple[RightView, ...]:
    session = current_session()
    encumbrances: dict[int, list[EncumbranceView]] = {}
    held = (
        select(Encumbrance)
        .join(IPRight, IPRight.id == Encumbrance.right_id)
        .where(IPRight.achievement_id == achievement_id)
        .order_by(Encumbrance.from_on, Encumbrance.id)
    )
    for row in session.scalars(held):
        encumbrances.setdefault(row.right_id, []).append(_encumbrance_view(row, today))
    statement = (
        select(IPRight, Person.display_name)
        .options(undefer(IPRight.claims))
        .outerjoin(Person, Person.id == IPRight.legal_status_confirmed_by_id)
        .where(IPRight.achievement_id == achievement_id)
        .order_by(IPRight.id)
    )
    notice_days = int(parameter(session, FEE_NOTICE_DAYS, today))
    return tuple(
        _right_view(right, person, tuple(encumbrances.get(right.id, ())), today, notice_days)
        for right, person in session.execute(statement)
    )


def _encumbrance_view(row: Encumbrance, today: date) -> EncumbranceView:
    has_ended = (row.until_on is not None and row.until_on < today) or (
        row.ended_on is not None and row.ended_on <= today
    )
    return EncumbranceView(
        row.id, EncumbranceKind(row.kind), row.holder, row.from_on, row.until_on, row.ended_on, row.note,
        is_in_force=row.from_on <= today and not has_ended,
    )  # fmt: skip


def _right_view(
    right: IPRight, confirmed_by: str | None, encumbrances: tuple[EncumbranceView, ...], today: date, notice_days: int
) -> RightView:
    kind, status = AchievementKind(right.kind), LegalStatus(right.legal_status)
    state = right_state(status, right.expires_on, today)
    is_patent = kind in PATENT_KINDS and state in {RightState.ALIVE, RightState.UNVERIFIED}
    return RightView(
        right_id=right.id,
        kind=kind,
        number=right.number,
        number_as_given=right.number_as_given,
        has_check_digit=right.has_check_digit,
        title=right.title,
        applicants=right.applicants,
        inventors=right.inventors,
        filing_date=right.filing_date,
        publication_number=right.publication_number,
        publication_date=right.publication_date,
        grant_date=right.grant_date,
        main_class=right.main_class,
        further_classes=tuple(right.further_classes),
        cpc_classes=tuple(right.cpc_classes),
        priority_numbers=tuple(right.priority_numbers),
        expires_on=right.expires_on,
        term_years=term_years(kind, right.filing_date) if right.filing_date else None,
        legal_status=status,
        state=state,
        status_on=right.legal_status_on,
        status_source=right.legal_status_source,
        confirmed_by=confirmed_by,
        confirmed_at=right.legal_status_confirmed_at,
        fee=fee_state(right.annual_fee_paid_until, right.expires_on, today, notice_days) if is_patent else None,
        fee_paid_until=right.annual_fee_paid_until,
        next_fee_day=next_fee_day(right.filing_date, today) if is_patent else None,
        report_number=right.evaluation_report_number,
        report_on=right.evaluation_report_on,
        encumbrances=encumbrances,
        claims=right.claims,
        are_claims_public=is_published(right),
    )


def _implementations(achievement_id: int) -> tuple[ImplementationView, ...]:
    statement = select(Implementation).where(Implementation.achievement_id == achievement_id)
    return tuple(
        ImplementationView(row.id, ImplementationKind(row.kind), row.since, row.partner, row.note)
        for row in current_session().scalars(statement.order_by(Implementation.since, Implementation.id))
    )


def _documents(achievement_id: int) -> tuple[DocumentView, ...]:
    statement = (
        select(AchievementDocument, StoredFile.name, StoredFile.byte_size)
        .join(StoredFile, StoredFile.id == AchievementDocument.stored_file_id)
        .where(AchievementDocument.achievement_id == achievement_id)
        .order_by(AchievementDocument.id)
    )
    return tuple(
        DocumentView(row.id, DocumentPurpose(row.purpose), row.title, name, size, row.added_at)
        for row, name, size in current_session().execute(statement)
    )


def _is_licensed(rights: tuple[RightView, ...]) -> bool:
    licences = {EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE}
    return any(one.is_in_force and one.kind in licences for right in rights for one in right.encumbrances)


def _use(achievement: Achievement, rights: tuple[RightView, ...], *, is_used: bool, today: date) -> UseView:
    """The terms of the right that was granted first; an entry without rights counts from its completion."""
    session = current_session()
    entry = session.get(OpenListEntry, achievement.id)
    decision = OpenListDecision(entry.decision) if entry else None
    alive = [right for right in rights if right.state in {RightState.ALIVE, RightState.UNVERIFIED}]
    first = min(alive, key=lambda right: right.grant_date or right.filing_date or date.max, default=None)
    facts = UseFacts(
        kind=first.kind if first else AchievementKind(achievement.kind),
        is_alive=bool(alive) or not rights,
        is_used=is_used or has_outcome(session, achievement.id),
        is_fiscally_funded=achievement.is_fiscally_funded,
        completed_on=achievement.completed_on,
        filing_date=first.filing_date if first else None,
        grant_date=first.grant_date if first else None,
        is_excused=decision is OpenListDecision.EXCUSED,
    )
    may_from = completer_may_use_from(facts, int(parameter(session, "unimplemented.completer_years", today)))
    list_from = on_open_list_from(facts, int(parameter(session, "unimplemented.years", today)))
    return UseView(
        completer_may_from=may_from,
        open_list_from=list_from,
        is_completer_due=may_from is not None and may_from <= today,
        is_open_list_due=list_from is not None and list_from <= today,
        decision=decision,
        terms=entry.terms if entry else "",
        reason=entry.reason if entry else "",
    )


def _open_listing_of(achievement_id: int) -> ListingLink | None:
    listings = joined_listings()
    if listings is None:
        return None
    statement = select(*listings.c).where(listings.c.achievement_id == achievement_id)
    row = current_session().execute(statement).first()
    return listing_link(row._mapping, listings) if row else None


def happened_to(achievement_id: int) -> list[HappenedView]:
    """What happened to the achievement, latest first."""
    statement = (
        select(Event, Person.display_name, Organisation.name)
        .outerjoin(Person, Person.id == Event.actor_person_id)
        .outerjoin(Organisation, Organisation.id == Event.actor_organisation_id)
        .where(Event.subject_kind == "achievement", Event.subject_id == achievement_id)
        .order_by(Event.sequence.desc())
    )
    return [
        HappenedView(
            event.action,
            event.occurred_at,
            " · ".join(name for name in (organisation, person) if name) or None,
            event.state_after,
            event.reason,
            event.payload,
        )
        for event, person, organisation in current_session().execute(statement)
    ]
