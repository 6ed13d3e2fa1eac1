"""What is told of reports of wrongs: to whom decides that one came, to the reported institution that it was true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from market.kernel.errors import N_
from market.notifications.messages import BUREAUS, OPERATORS, NoticeDraft, NoticeSource

TOLD_TO_HANDLERS = frozenset({"report.received"})
"""Actions of which bureau and operator are told for what they are."""


def _received(source: NoticeSource) -> list[NoticeDraft]:
    title, message = N_("收到举报"), N_("收到举报 %(number)s，请在期限内核查并写明结果和理由。")
    receivers = source.offices.get(BUREAUS, ())
    if source.payload["listing_id"] is not None:
        receivers += source.offices.get(OPERATORS, ())
    path, due = f"/console/reports/{source.subject_id}", date.fromisoformat(source.payload["due_on"])
    params = {"number": source.payload["number"]}
    return [NoticeDraft(to, title, message, params, path, due) for to in receivers]


def _upheld(source: NoticeSource) -> list[NoticeDraft]:
    """Nothing of who reported."""
    organisation_id = source.payload["reported_organisation_id"]
    if organisation_id is None:
        return []
    message = N_("一份涉及贵单位的举报经核查属实：%(reason)s。请及时改正；如有异议，请联系市科技局。")
    return [NoticeDraft(organisation_id, N_("举报查实"), message, {"reason": source.reason or "—"}, "/console")]


REPORT_MESSAGES: dict[str, Callable[[NoticeSource], list[NoticeDraft]]] = {
    "report.received": _received,
    "report.upheld": _upheld,
}
