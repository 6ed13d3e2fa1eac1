"""Reports of wrongs, through the service."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.listings.attachments.checking import check_file
from market.reports.models import WrongReport
from market.reports.service import ReportDraft, report_wrong
from market.reports.vocabulary import ReportKind
from tests.conftest import NOW
from tests.factories.attachments import pdf_bytes

TEXT = "挂牌里写的检测数据与检测报告不一致，报告编号见附件。"


def make_report(
    session: Session, listing_number: str = "", institution_code: str = "", *, now: datetime = NOW
) -> WrongReport:
    """A report with a name, an address and a file."""
    draft = ReportDraft(
        ReportKind.FALSE_CONTENT, TEXT, listing_number, institution_code, "吴举报", "whistle@example.test",
        check_file("报告.pdf", pdf_bytes()),
    )  # fmt: skip
    receipt = report_wrong(session, draft, "0" * 64, now=now)
    return session.scalars(select(WrongReport).where(WrongReport.number == receipt.number)).one()
