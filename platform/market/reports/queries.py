"""Reads of reports: the handlers' list and page. Who reported is shown to the bureau alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true

from market.accounts.models import Organisation
from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.kernel.lists import ListQuery, Orders
from market.listings.models import Listing
from market.reports.models import ReportEvidence, WrongReport
from market.reports.vocabulary import ReportKind, ReportState


@dataclass(frozen=True)
class ReportRow:
    """One line of the list, and the page but for who reported."""

    id: int
    number: str
    state: ReportState
    kind: ReportKind
    listing_number: str | None
    listing_title: str | None
    organisation_name: str | None
    text: str
    received_at: datetime
    due_on: date
    decided_at: datetime | None
    decision: str | None
    evidence_name: str | None


def reports_of(actor: Actor) -> ColumnElement[bool]:
    """All for the bureau; for the operator those about a listing."""
    if rows_for(actor, Act.READ_REPORTS) is Rows.ALL:
        return true()
    return WrongReport.listing_id.is_not(None)


def report_for(actor: Actor, report_id: int) -> WrongReport:
    """The report, if the actor may read it; raises NotFound."""
    report = current_session().scalar(select(WrongReport).where(WrongReport.id == report_id, reports_of(actor)))
    if report is None:
        raise NotFound
    return report


def evidence_of(report_id: int) -> ReportEvidence:
    """The file that came with it. Raises NotFound."""
    evidence = current_session().get(ReportEvidence, report_id)
    if evidence is None:
        raise NotFound
    return evidence


def report_conditions(
    actor: Actor, state: ReportState | None, kind: ReportKind | None, text: str
) -> list[ColumnElement[bool]]:
    """Conditions of the list. `text`: part of number, words, listing or organisation."""
    conditions = [reports_of(actor)]
    if state is not None:
        conditions.append(WrongReport.state == state)
    if kind is not None:
        conditions.append(WrongReport.kind == kind)
    if text:
        names = (WrongReport.number, WrongReport.text, Listing.title, Listing.number, Organisation.name)
        conditions.append(or_(*(name.icontains(text, autoescape=True) for name in names)))
    return conditions


def _row(found: Any) -> ReportRow:
    report, listing_number, listing_title, organisation_name, evidence_name = found
    return ReportRow(
        id=report.id,
        number=report.number,
        state=ReportState(report.state),
        kind=ReportKind(report.kind),
        listing_number=listing_number,
        listing_title=listing_title,
        organisation_name=organisation_name,
        text=report.text,
        received_at=report.received_at,
        due_on=report.due_on,
        decided_at=report.decided_at,
        decision=report.decision,
        evidence_name=evidence_name,
    )


REPORTS = ListQuery(
    select(WrongReport, Listing.number, Listing.title, Organisation.name, ReportEvidence.name)
    .outerjoin(Listing, Listing.id == WrongReport.listing_id)
    .outerjoin(Organisation, Organisation.id == WrongReport.reported_organisation_id)
    .outerjoin(ReportEvidence, ReportEvidence.report_id == WrongReport.id),
    _row,
    Orders(
        {"number": WrongReport.number, "received": WrongReport.received_at, "due": WrongReport.due_on},
        default=((WrongReport.state == ReportState.RECEIVED).desc(), WrongReport.id.desc()),
        last=WrongReport.id,
    ),
)
"""Those that wait first, then the newest."""
