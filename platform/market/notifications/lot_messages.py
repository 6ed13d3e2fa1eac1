"""What is told of a lot that does not run as announced: to the seller, to who registered for it, to who decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from market.kernel.clock import SHANGHAI
from market.kernel.errors import N_
from market.notifications.messages import BUREAUS, NEXT_STEP_WORKDAYS, OPERATORS, NoticeDraft, NoticeSource

TOLD_TO_BIDDERS = frozenset({"lot.suspended", "lot.resumed", "lot.terminated"})
"""Actions of which everybody is told who registered for the lot."""


def _params(source: NoticeSource) -> dict[str, Any]:
    return {"title": source.title, "number": source.number, "reason": source.reason or "—"}


def _to_bidders(source: NoticeSource, title: str, message: str, params: dict[str, Any]) -> list[NoticeDraft]:
    return [NoticeDraft(one, title, message, params, f"/lots/{source.number}") for one in source.bidders]


def _suspended(source: NoticeSource) -> list[NoticeDraft]:
    title = N_("竞价已中止")
    to_seller = N_(
        "标的“%(title)s”（%(number)s）已中止竞价，理由：%(reason)s。请核对：原因消除后恢复竞价；不能消除的，申请终结。"
    )
    to_bidders = N_(
        "标的“%(title)s”（%(number)s）已中止竞价，暂不接受出价，理由：%(reason)s。"
        "您已有的出价继续有效，不需要办理；恢复或终结时另行通知。"
    )
    seller, path = source.payload["seller_organisation_id"], f"/console/lots/{source.number}/suspension"
    asked = NoticeDraft(seller, title, to_seller, _params(source), path, NEXT_STEP_WORKDAYS)
    return [asked, *_to_bidders(source, title, to_bidders, _params(source))]


def _resumed(source: NoticeSource) -> list[NoticeDraft]:
    title = N_("竞价已恢复")
    message = N_(
        "标的“%(title)s”（%(number)s）恢复竞价，截止时间改为 %(closes_at)s（北京时间），原有出价继续有效。理由：%(reason)s。"
    )
    closes_at = datetime.fromisoformat(source.payload["closes_at"]).astimezone(SHANGHAI)
    params = _params(source) | {"closes_at": closes_at.strftime("%Y-%m-%d %H:%M:%S")}
    seller = source.payload["seller_organisation_id"]
    told = NoticeDraft(seller, title, message, params, f"/lots/{source.number}")
    return [told, *_to_bidders(source, title, message, params)]


def _terminated(source: NoticeSource) -> list[NoticeDraft]:
    title = N_("竞价已终结")
    to_seller = N_("标的“%(title)s”（%(number)s）的竞价已终结，不再恢复，理由：%(reason)s。请核实所含专利的状态。")
    free = N_(
        "标的“%(title)s”（%(number)s）的竞价已终结，没有成交，您的出价失效，理由：%(reason)s。"
        "这个标的不收取保证金，您不需要办理。"
    )
    paid = N_(
        "标的“%(title)s”（%(number)s）的竞价已终结，没有成交，您的出价失效，理由：%(reason)s。"
        "已缴的保证金在 24 小时内原路退还，您不需要办理。"
    )
    seller, path = source.payload["seller_organisation_id"], f"/lots/{source.number}"
    told = NoticeDraft(seller, title, to_seller, _params(source), path, NEXT_STEP_WORKDAYS)
    to_bidders = paid if source.payload.get("deposit_fen") else free
    return [told, *_to_bidders(source, title, to_bidders, _params(source))]


def _end_asked(source: NoticeSource) -> list[NoticeDraft]:
    """To whoever may be the second person."""
    title = N_("终结标的等待批准")
    message = N_(
        "有人申请终结中止的标的“%(title)s”（%(number)s），理由：%(reason)s。请申请人以外的一人核对后批准或不批准。"
    )
    path = f"/console/lots/{source.number}/suspension"
    deciding = [*source.offices.get(OPERATORS, ()), *source.offices.get(BUREAUS, ())]
    return [
        NoticeDraft(to, title, message, _params(source), path, NEXT_STEP_WORKDAYS, source.actor_person_id)
        for to in deciding
    ]


def _end_declined(source: NoticeSource) -> list[NoticeDraft]:
    title = N_("没有同意终结标的")
    message = N_(
        "没有同意终结标的“%(title)s”（%(number)s），标的仍在中止，理由：%(reason)s。请在原因消除后恢复竞价，或补充理由再次申请。"
    )
    seller, path = source.payload["seller_organisation_id"], f"/console/lots/{source.number}/suspension"
    return [NoticeDraft(seller, title, message, _params(source), path, NEXT_STEP_WORKDAYS)]


LOT_MESSAGES: dict[str, Callable[[NoticeSource], list[NoticeDraft]]] = {
    "lot.suspended": _suspended,
    "lot.resumed": _resumed,
    "lot.terminated": _terminated,
    "lot.end_asked": _end_asked,
    "lot.end_declined": _end_declined,
}
