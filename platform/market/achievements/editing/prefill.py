"""Rows as the form shows them, and what differs between what stands now and what somebody typed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import Field, FieldList
from wtforms.fields import SelectField

from market.achievements.editing.numbers import RightNumber, read_right_number
from market.achievements.editing.records import completers_of, projects_of, shares_of
from market.achievements.errors import NumberRefused
from market.achievements.models import Achievement, AchievementDocument, IPRight
from market.achievements.ownership import percent
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind
from market.kernel.money import Money

_UNCOMPARED = frozenset({"version", "csrf_token"})


def entry_data(session: Session, achievement: Achievement) -> dict[str, Any]:
    """The entry as its form shows it."""
    funded = achievement.is_fiscally_funded
    return {
        "version": achievement.version,
        "title": achievement.title,
        "kind": achievement.kind,
        "register_number": achievement.register_number or "",
        "completed_on": achievement.completed_on,
        "technical_field": achievement.technical_field or "",
        "industry": achievement.industry or "",
        "applied_industries": "；".join(achievement.applied_industries),
        "county_code": achievement.county_code or "",
        "trl": str(achievement.trl or ""),
        "maturity_stage": achievement.maturity_stage or "",
        "trl_evidence": achievement.trl_evidence,
        "abstract": achievement.abstract,
        "is_fiscally_funded": "" if funded is None else ("yes" if funded else "no"),
        "ownership_form": achievement.ownership_form or "",
        "long_term_use_from": achievement.long_term_use_from,
        "long_term_use_years": str(achievement.long_term_use_years or ""),
        "projects": [
            vars(row) | {"level": row.level.value, "amount": _yuan(row.amount_fen)}
            for row in projects_of(session, achievement.id)
        ],
        "completers": [
            vars(row) | {"reward_share": percent(row.reward_share).rstrip("%")}
            for row in completers_of(session, achievement.id)
        ],
        "shares": [
            vars(row)
            | {
                "holder_kind": row.holder_kind.value,
                "share": percent(row.share).rstrip("%"),
                "consented_by": row.consented_by or "",
                "consent_document_id": str(row.consent_document_id or ""),
            }
            for row in shares_of(session, achievement.id)
        ],
    }


def _yuan(amount_fen: int | None) -> str:
    return "" if amount_fen is None else f"{Money(amount_fen).yuan:.2f}".removesuffix(".00")


def right_data(right: IPRight, version: int) -> dict[str, Any]:
    """The right as its form shows it."""
    return {
        "version": version,
        "kind": right.kind,
        "number": right.number_as_given,
        "title": right.title,
        "applicants": right.applicants,
        "inventors": right.inventors,
        "filing_date": right.filing_date,
        "publication_number": right.publication_number or "",
        "publication_date": right.publication_date,
        "grant_date": right.grant_date,
        "classes": "；".join(filter(None, [right.main_class, *right.further_classes])),
        "cpc_classes": "；".join(right.cpc_classes),
        "priority_numbers": "；".join(right.priority_numbers),
        "expires_on": right.expires_on,
        "annual_fee_paid_until": right.annual_fee_paid_until,
        "evaluation_report_number": right.evaluation_report_number,
        "evaluation_report_on": right.evaluation_report_on,
        "abstract": right.abstract,
        "claims": right.claims,
    }


def number_of(right: IPRight) -> RightNumber:
    """The number that the register has for a right, with what it says where it can be read."""
    kind = AchievementKind(right.kind)
    try:
        read = read_right_number(kind, right.number, date.max)
    except NumberRefused:  # a file brought it, for instance a publication number without an application number
        known = kind if kind in PATENT_KINDS else None
        return RightNumber(right.number, right.number_as_given, right.has_check_digit, known)
    return replace(read, normal=right.number, as_given=right.number_as_given, has_check_digit=right.has_check_digit)


def documents_of(session: Session, achievement_id: int) -> list[tuple[int, str]]:
    """The papers kept with an entry, for a choice."""
    statement = select(AchievementDocument.id, AchievementDocument.title).where(
        AchievementDocument.achievement_id == achievement_id
    )
    return [(row.id, row.title) for row in session.execute(statement.order_by(AchievementDocument.id))]


@dataclass(frozen=True)
class Difference:
    """A field in which what stands now is not what was typed."""

    label: str
    field_id: str
    now: str
    typed: str


def differences(typed: FlaskForm, now: FlaskForm) -> list[Difference]:
    """Where the two forms say different things, in the order of the page."""
    found = []
    for field in typed:
        if field.short_name in _UNCOMPARED or field.short_name not in now._fields:
            continue
        before, after = _shown(now[field.short_name]), _shown(field)
        if before != after:
            found.append(Difference(str(field.label.text), field.id, before, after))
    return found


def _shown(field: Field) -> str:
    """A field's value in words."""
    if isinstance(field, FieldList):
        rows = ("，".join(filter(None, (_shown(part) for part in entry.form))) for entry in field.entries)
        return "；".join(filter(None, rows))
    if isinstance(field, SelectField):
        value = str(field.data or "")
        return next((str(choice[1]) for choice in field.iter_choices() if choice[0] == value and value), "")
    if isinstance(field.data, bool):
        return _("是") if field.data else ""
    return " ".join(str(field.data or "").split())
