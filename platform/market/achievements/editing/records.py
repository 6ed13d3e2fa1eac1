"""Drafts against rows: what an entry says now, what would change, and the writing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.achievements.editing.rules import AchievementDraft, ProjectDraft, RightDraft, stage_for
from market.achievements.models import Achievement, Completer, FundingProject, IPRight, OwnershipShare
from market.achievements.ownership import CompleterDraft, ShareDraft
from market.achievements.rules import RightContent, without_claims
from market.achievements.vocabulary import FundingLevel, ShareHolder
from market.kernel.orm import Base

Changes = dict[str, dict[str, str | None]]


def completers_of(session: Session, achievement_id: int) -> tuple[CompleterDraft, ...]:
    """The completers in their order."""
    statement = select(Completer).where(Completer.achievement_id == achievement_id).order_by(Completer.position)
    return tuple(
        CompleterDraft(row.name, row.unit, row.reward_share, row.is_main) for row in session.scalars(statement)
    )


def shares_of(session: Session, achievement_id: int) -> tuple[ShareDraft, ...]:
    """Who owns which part, with the consents."""
    statement = (
        select(OwnershipShare).where(OwnershipShare.achievement_id == achievement_id).order_by(OwnershipShare.position)
    )
    return tuple(
        ShareDraft(
            ShareHolder(row.holder_kind), row.name, row.share, row.consented_on, row.consented_by,
            row.consent_document_id,
        )
        for row in session.scalars(statement)
    )  # fmt: skip


def projects_of(session: Session, achievement_id: int) -> tuple[ProjectDraft, ...]:
    """The projects that paid."""
    statement = (
        select(FundingProject).where(FundingProject.achievement_id == achievement_id).order_by(FundingProject.position)
    )
    return tuple(
        ProjectDraft(FundingLevel(row.level), row.number, row.name, row.amount_fen)
        for row in session.scalars(statement)
    )


def achievement_values(draft: AchievementDraft) -> dict[str, Any]:
    """The columns of `achievement` that a person writes."""
    stage = stage_for(draft)
    return {
        "kind": draft.kind.value,
        "title": draft.title,
        "abstract": draft.abstract,
        "register_number": draft.register_number,
        "completed_on": draft.completed_on,
        "county_code": draft.county_code,
        "technical_field": draft.technical_field,
        "industry": draft.industry,
        "applied_industries": list(draft.applied_industries),
        "trl": draft.trl,
        "trl_evidence": draft.trl_evidence,
        "maturity_stage": stage.value if stage else None,
        "is_fiscally_funded": draft.is_fiscally_funded,
        "ownership_form": draft.ownership_form.value if draft.ownership_form else None,
        "long_term_use_from": draft.long_term_use.from_on,
        "long_term_use_years": draft.long_term_use.years,
    }


def right_values(draft: RightDraft) -> dict[str, Any]:
    """The columns of `ip_right` that a person writes."""
    main = draft.classes[0] if draft.classes else ""
    content = RightContent(
        title=draft.title,
        applicants=draft.applicants,
        inventors=draft.inventors,
        filing_date=draft.filing_date,
        publication_number=draft.publication_number,
        main_class=main,
        abstract=draft.abstract,
        claims=draft.claims,
    )
    return {
        "kind": draft.kind.value,
        "number": draft.number.normal,
        "number_as_given": draft.number.as_given,
        "has_check_digit": draft.number.has_check_digit,
        "title": draft.title,
        "applicants": draft.applicants,
        "inventors": draft.inventors,
        "filing_date": draft.filing_date,
        "publication_number": draft.publication_number,
        "publication_date": draft.publication_date,
        "grant_date": draft.grant_date,
        "main_class": main,
        "further_classes": list(draft.classes[1:]),
        "cpc_classes": list(draft.cpc_classes),
        "priority_numbers": list(draft.priority_numbers),
        "abstract": draft.abstract,
        "claims": draft.claims,
        "expires_on": draft.term_ends_on,
        "annual_fee_paid_until": draft.annual_fee_paid_until,
        "evaluation_report_on": draft.evaluation_report_on,
        "evaluation_report_number": draft.evaluation_report_number,
        "content_digest": content.digest,
    }


_NOT_TOLD = frozenset({"number_as_given", "has_check_digit", "content_digest"})


def apply_values(row: Base, values: Mapping[str, Any]) -> Changes:
    """Write the values that differ; returns them before and after, as an event keeps them."""
    changes: Changes = {}
    for name, after in values.items():
        before = getattr(row, name)
        if before != after:
            setattr(row, name, after)
            if name not in _NOT_TOLD:
                changes[name] = {"before": _said(before), "after": _said(after)}
    return without_claims(changes)


def _said(value: object) -> str | None:
    if isinstance(value, list):
        return "；".join(map(str, value))
    return None if value is None else str(value)


def write_people(session: Session, achievement: Achievement, draft: AchievementDraft) -> Changes:
    """Replace completers, shares and projects where they differ. Events keep how many, not who."""
    parts: tuple[tuple[str, type[Base], Sequence[Any], Sequence[Any]], ...] = (
        ("completers", Completer, completers_of(session, achievement.id), draft.completers),
        ("shares", OwnershipShare, shares_of(session, achievement.id), draft.shares),
        ("projects", FundingProject, projects_of(session, achievement.id), draft.projects),
    )
    changes: Changes = {}
    for name, model, before, after in parts:
        if tuple(before) == tuple(after):
            continue
        table = model.__table__
        session.execute(delete(model).where(table.c.achievement_id == achievement.id))
        session.add_all(
            model(achievement_id=achievement.id, position=position, **vars(row))
            for position, row in enumerate(after, start=1)
        )
        changes[name] = {"before": str(len(before)), "after": str(len(after))}
    if "completers" in changes and draft.completers:
        achievement.completers = "；".join(completer.name for completer in draft.completers)
    return changes


def right_of_another(session: Session, right: IPRight | None, number: str) -> IPRight | None:
    """Whoever holds the number already, other than the right itself."""
    held = session.scalars(select(IPRight).where(IPRight.number == number)).one_or_none()
    return None if held is None or (right is not None and held.id == right.id) else held
