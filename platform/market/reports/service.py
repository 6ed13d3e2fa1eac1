"""Use cases: report, ask for the state, decide."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.models import Organisation
from market.accounts.policy import Act, Rows, require, require_other_person, rows_for
from market.accounts.rules import Actor, OrganisationKind
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.holidays import load_calendar
from market.kernel.locks import lock_name, lock_row
from market.listings.attachments.checking import CheckedFile
from market.listings.models import Listing
from market.listings.vocabulary import READABLE_STATES
from market.reports import rules
from market.reports.errors import ReportRefused, TooManyReports
from market.reports.models import ReportEvidence, WrongReport
from market.reports.vocabulary import ReportAction, ReportKind, ReportState


@dataclass(frozen=True)
class ReportDraft:
    """What somebody reports; `listing_number` or `institution_code` say about what, both empty for neither."""

    kind: ReportKind
    text: str
    listing_number: str = ""
    institution_code: str = ""
    reporter_name: str = ""
    email: str = ""
    evidence: CheckedFile | None = None


@dataclass(frozen=True)
class Receipt:
    """With both one may ask for the state; the code is told once and kept nowhere."""

    number: str
    code: str


def report_wrong(session: Session, draft: ReportDraft, network_digest: str, *, now: datetime) -> Receipt:
    """Take a report from anybody. Raises NotFound for what is not public, ReportRefused for a text that says nothing,
    TooManyReports beyond the limits of a day."""
    listing, organisation = _about(session, draft)
    text = draft.text.replace("\r\n", "\n").strip()
    if not rules.is_fair_text(text):
        raise ReportRefused("report.length", N_("请写 20–4000 个字：什么事、何时、有什么依据。"), field="text")
    _take_turn(session, network_digest, now)
    code = "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))
    today = local_date(now)
    report = WrongReport(
        number=_next_number(session, today.year),
        code_hash=_hash(code),
        network_digest=network_digest,
        kind=draft.kind,
        listing_id=listing.id if listing else None,
        reported_organisation_id=organisation.id if organisation else None,
        text=text,
        text_digest=_hash("".join(text.split())),
        reporter_name=draft.reporter_name.strip() or None,
        email=draft.email.strip() or None,
        state=ReportState.RECEIVED,
        received_at=now,
        due_on=load_calendar(session).working_days_after(today, rules.WORKDAYS),
    )
    session.add(report)
    session.flush()
    if draft.evidence is not None:
        _keep(session, report, draft.evidence)
    _record(session, report, "report.received", None, now, None)
    return Receipt(report.number, code)


def _about(session: Session, draft: ReportDraft) -> tuple[Listing | None, Organisation | None]:
    if draft.listing_number:
        listing = session.scalar(select(Listing).where(Listing.number == draft.listing_number))
        if listing is None or listing.state not in READABLE_STATES:
            raise NotFound
        return listing, session.get_one(Organisation, listing.organisation_id)
    if not draft.institution_code:
        return None, None
    public = (Organisation.kind == OrganisationKind.INSTITUTION, Organisation.verified_at.is_not(None))
    organisation = session.scalar(select(Organisation).where(Organisation.code == draft.institution_code, *public))
    if organisation is None:
        raise NotFound
    return None, organisation


def _take_turn(session: Session, network_digest: str, now: datetime) -> None:
    lock_name(session, "reports of wrongs")
    since = WrongReport.received_at > now - rules.WINDOW
    if _count(session, since, WrongReport.network_digest == network_digest) >= rules.FROM_A_NETWORK:
        raise TooManyReports("report.too_many", N_("这个网络 24 小时内的举报已达上限，请明天再来，或致电市科技局。"))
    if _count(session, since) >= rules.EVERYWHERE:
        raise TooManyReports("report.flood", N_("平台今天收到的举报太多，暂时不能接收，请明天再来，或致电市科技局。"))


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(WrongReport.id)).where(*conditions)) or 0


def _keep(session: Session, report: WrongReport, file: CheckedFile) -> None:
    session.add(
        ReportEvidence(
            report_id=report.id,
            name=file.name,
            media_type=file.media_type,
            byte_size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            content=file.content,
        )
    )


def asked_report(session: Session, number: str, code: str) -> WrongReport:
    """The report of a receipt. Raises ReportRefused for a number and code that do not belong together."""
    report = session.scalar(select(WrongReport).where(WrongReport.number == number.strip().upper()))
    given = _hash(rules.typed_code(code))
    if report is None or not hmac.compare_digest(report.code_hash, given):
        raise ReportRefused("report.unknown", N_("没有这个编号，或查询码不对。请照回执上的编号和查询码填写。"))
    return report


def decide_report(
    session: Session, actor: Actor, report_id: int, *, upholds: bool, decision: str, now: datetime
) -> WrongReport:
    """The bureau, or the operator for a listing, decides with a reason that whoever reported reads.

    Raises NotAllowed for who belongs to what was reported, ReportRefused without a reason.
    """
    require(actor, Act.DECIDE_REPORT)
    report = lock_row(session, WrongReport, report_id)
    if report.listing_id is None and rows_for(actor, Act.DECIDE_REPORT) is not Rows.ALL:
        raise NotFound
    if report.reported_organisation_id is not None:
        insiders = person_ids_of(session, report.reported_organisation_id)
        require_other_person(actor.person_id, Act.DECIDE_REPORT, insiders)
    if not rules.is_fair_decision(decision):
        raise ReportRefused(
            "report.decision", N_("请写 10–1000 个字，说明核查的结果和理由，举报人会看到。"), field="finding"
        )
    before = ReportState(report.state)
    report.state = rules.REPORTS.target(before, ReportAction.UPHOLD if upholds else ReportAction.REJECT)
    report.decision, report.decided_by_id, report.decided_at = decision.strip(), actor.person_id, now
    _record(session, report, f"report.{report.state}", actor, now, before)
    return report


def _record(
    session: Session, report: WrongReport, action: str, actor: Actor | None, now: datetime, before: ReportState | None
) -> None:
    """The record holds digests of what was written and nothing of who reported."""
    session.flush()
    draft = EventDraft(
        subject_kind="report",
        subject_id=report.id,
        action=action,
        occurred_at=now,
        actor_person_id=actor.person_id if actor else None,
        actor_organisation_id=actor.organisation_id if actor else None,
        state_before=before,
        state_after=report.state,
        reason=report.decision,
        payload={
            "number": report.number,
            "kind": report.kind,
            "listing_id": report.listing_id,
            "reported_organisation_id": report.reported_organisation_id,
            "text_sha256": report.text_digest,
            "due_on": report.due_on.isoformat(),
        },
    )
    record(session, draft)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _next_number(session: Session, year: int) -> str:
    start = f"JB{year:04d}"
    last = session.scalar(select(func.max(WrongReport.number)).where(WrongReport.number.startswith(start)))
    return f"{start}{int(last.removeprefix(start)) + 1 if last else 1:06d}"
