"""The register as a workbook: a line for each right, in the columns of `headings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from market.accounts.counties import county_name
from market.achievements.entry_texts import SEPARATOR, completer_text, project_text, share_text
from market.achievements.headings import REGISTER_HEADINGS
from market.achievements.models import Achievement, Completer, FundingProject, IPRight, OwnershipShare
from market.achievements.queries import ExportLine, Register, RegisterFilters
from market.achievements.rules import right_state
from market.achievements.usage import RegisterState
from market.achievements.vocabulary import (
    AchievementKind,
    Industry,
    LegalStatus,
    MaturityStage,
    OwnershipForm,
    OwnershipStatus,
    TechnicalField,
)
from market.kernel.db import current_session

Texts = dict[int, str]


def headings() -> list[str]:
    """The first row of the sheet."""
    return [_(heading.label) for heading in REGISTER_HEADINGS]


def lines(organisation_id: int, filters: RegisterFilters, today: date) -> Iterator[list[Any]]:
    """What the list shows under the filters, each right a line, in the order of the list."""
    people = _People(organisation_id)
    for line in Register(organisation_id, today).export(filters):
        values = _entry(line.achievement, people) | _right(line.right, line.achievement, today) | _derived(line)
        yield [values.get(heading.key) for heading in REGISTER_HEADINGS]


class _People:
    """Completers, shares and projects of all entries, read at once."""

    def __init__(self, organisation_id: int) -> None:
        own = select(Achievement.id).where(Achievement.organisation_id == organisation_id)
        session = current_session()
        self.completers = _joined(
            session.execute(
                select(Completer.achievement_id, Completer.name, Completer.reward_share)
                .where(Completer.achievement_id.in_(own))
                .order_by(Completer.achievement_id, Completer.position)
            ),
            completer_text,
        )
        self.shares = _joined(
            session.execute(
                select(
                    OwnershipShare.achievement_id,
                    OwnershipShare.holder_kind,
                    OwnershipShare.name,
                    OwnershipShare.share,
                    OwnershipShare.consented_on,
                )
                .where(OwnershipShare.achievement_id.in_(own))
                .order_by(OwnershipShare.achievement_id, OwnershipShare.position)
            ),
            lambda kind, name, share, consented: share_text(kind, name, share, consented, _),
        )
        self.projects = _joined(
            session.execute(
                select(
                    FundingProject.achievement_id,
                    FundingProject.level,
                    FundingProject.number,
                    FundingProject.name,
                    FundingProject.amount_fen,
                )
                .where(FundingProject.achievement_id.in_(own))
                .order_by(FundingProject.achievement_id, FundingProject.position)
            ),
            lambda level, number, name, amount: project_text(level, number, name, amount, _),
        )


def _joined(rows: Iterable[Any], text: Callable[..., str]) -> Texts:
    found: Texts = {}
    for first, *rest in rows:
        said = text(*rest)
        found[first] = f"{found[first]}{SEPARATOR}{said}" if first in found else said
    return found


def _entry(achievement: Achievement, people: _People) -> dict[str, Any]:
    funded = achievement.is_fiscally_funded
    return {
        "abstract": achievement.abstract,
        "kind": _(AchievementKind(achievement.kind).label),
        "register_number": achievement.register_number,
        "achievement_title": achievement.title,
        "completed_on": achievement.completed_on,
        "technical_field": _label(TechnicalField, achievement.technical_field),
        "industry": _label(Industry, achievement.industry),
        "applied_industries": "；".join(achievement.applied_industries),
        "county_code": county_name(achievement.county_code) if achievement.county_code else None,
        "trl": achievement.trl,
        "maturity_stage": _label(MaturityStage, achievement.maturity_stage),
        "trl_evidence": achievement.trl_evidence,
        "completers": people.completers.get(achievement.id, ""),
        "ownership_form": _label(OwnershipForm, achievement.ownership_form),
        "shares": people.shares.get(achievement.id, ""),
        "is_fiscally_funded": None if funded is None else (_("是") if funded else _("否")),
        "projects": people.projects.get(achievement.id, ""),
    }


def _right(right: IPRight | None, achievement: Achievement, today: date) -> dict[str, Any]:
    if right is None:
        return {"title": achievement.title, "inventors": achievement.completers}
    state = right_state(LegalStatus(right.legal_status), right.expires_on, today)
    return {
        "number": right.number,
        "title": right.title,
        "applicants": right.applicants,
        "inventors": right.inventors,
        "filing_date": right.filing_date,
        "publication_number": right.publication_number,
        "publication_date": right.publication_date,
        "grant_date": right.grant_date,
        "main_class": right.main_class,
        "further_classes": "；".join(right.further_classes),
        "cpc_classes": "；".join(right.cpc_classes),
        "priority_numbers": "；".join(right.priority_numbers),
        "abstract": right.abstract,
        "claims": right.claims,
        "kind": _(AchievementKind(right.kind).label),
        "legal_status": _(LegalStatus(right.legal_status).label),
        "legal_status_on": right.legal_status_on,
        "legal_status_source": right.legal_status_source,
        "annual_fee_paid_until": right.annual_fee_paid_until,
        "evaluation_report_number": right.evaluation_report_number,
        "evaluation_report_on": right.evaluation_report_on,
        "expires_on": right.expires_on,
        "state": _(state.label),
    }


def _derived(line: ExportLine) -> dict[str, Any]:
    return {
        "ownership": _(OwnershipStatus(line.achievement.ownership_status).label),
        "register_states": "；".join(_(state.label) for state in RegisterState if state in line.states),
        "listing_number": line.listing.number if line.listing else None,
        "listing_state": _(line.listing.state_label) if line.listing else None,
    }


def _label(vocabulary: Any, value: str | None) -> str | None:
    return _(vocabulary(value).label) if value else None
