"""What is told of questions and enquiries, and to whom: pure functions like those of `messages`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from market.kernel.errors import N_
from market.notifications.messages import NoticeDraft, NoticeSource

REPLY_DAYS = "service.reply_days"
SELLER, BUYER = "seller_organisation_id", "buyer_organisation_id"


def _params(source: NoticeSource) -> dict[str, Any]:
    names = {key: source.names.get(source.payload[key], "") for key in (SELLER, BUYER)}
    return {
        "title": source.title,
        "number": source.number,
        "seller": names[SELLER],
        "buyer": names[BUYER],
        "reason": source.reason or "—",
    }


def _to(
    party: str, title: str, message: str, *, path: str, due: str | None = None
) -> Callable[[NoticeSource], list[NoticeDraft]]:
    def build(source: NoticeSource) -> list[NoticeDraft]:
        address = path.format(id=source.subject_id, number=source.number)
        return [NoticeDraft(source.payload[party], title, message, _params(source), address, due)]

    return build


_QUESTION, _ENQUIRY = "/console/questions/{id}", "/console/enquiries/{number}"


def _hidden(source: NoticeSource) -> list[NoticeDraft]:
    title, message = N_("提问已被平台隐藏"), N_("对“%(title)s”的一个公开提问已被平台隐藏，理由：%(reason)s。")
    both = (source.payload[BUYER], source.payload[SELLER])
    path = _QUESTION.format(id=source.subject_id)
    return [NoticeDraft(to, title, message, _params(source), path) for to in both]


ENQUIRY_MESSAGES: dict[str, Callable[[NoticeSource], list[NoticeDraft]]] = {
    "question.asked": _to(
        SELLER,
        N_("收到公开提问"),
        N_("%(buyer)s对“%(title)s”提出公开提问。您的回答会和问题一起公开显示。"),
        path=_QUESTION,
        due=REPLY_DAYS,
    ),
    "question.answered": _to(
        BUYER,
        N_("提问已回答"),
        N_("%(seller)s回答了贵单位对“%(title)s”的提问，问题和回答已公开显示。"),
        path=_QUESTION,
    ),
    "question.hidden": _hidden,
    "enquiry.asked": _to(
        SELLER, N_("收到咨询"), N_("%(buyer)s就“%(title)s”向贵单位咨询（%(number)s）。"), path=_ENQUIRY, due=REPLY_DAYS
    ),
    "enquiry.asked_further": _to(
        SELLER,
        N_("收到补充咨询"),
        N_("%(buyer)s补充了对“%(title)s”的咨询（%(number)s）。"),
        path=_ENQUIRY,
        due=REPLY_DAYS,
    ),
    "enquiry.answered": _to(
        BUYER, N_("咨询已答复"), N_("%(seller)s答复了贵单位对“%(title)s”的咨询（%(number)s）。"), path=_ENQUIRY
    ),
    "enquiry.contact_offered": _to(
        SELLER,
        N_("企业提出交换联系方式"),
        N_("%(buyer)s在咨询 %(number)s 中提出交换联系方式。接受后，双方看到对方的姓名、电话和邮箱。"),
        path=_ENQUIRY,
    ),
    "enquiry.contact_accepted": _to(
        BUYER,
        N_("联系方式已交换"),
        N_("%(seller)s在咨询 %(number)s 中接受了交换联系方式，您现在可以看到对方的联系方式。"),
        path=_ENQUIRY,
    ),
}
