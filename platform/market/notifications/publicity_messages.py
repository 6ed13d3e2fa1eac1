"""What is told of an agreed price in publicity and of objections to it, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from market.kernel.errors import N_
from market.notifications.messages import NEXT_STEP_WORKDAYS, NoticeDraft, NoticeSource


def _params(source: NoticeSource) -> dict[str, Any]:
    payload = source.payload
    return {
        "title": source.title,
        "number": source.number,
        "publicity": payload["publicity_number"],
        "reason": source.reason or "—",
        "ends_on": payload.get("ends_on", ""),
    }


def _deal(source: NoticeSource) -> str:
    return f"/console/deals/{source.number}"


def _public(source: NoticeSource) -> str:
    return f"/publicities/{source.payload['publicity_number']}"


def _price_confirmed(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("交易 %(number)s（“%(title)s”）的价格已由经办人确认，请负责人核对后启动公示（%(publicity)s）。")
    seller = source.payload["seller_organisation_id"]
    draft = NoticeDraft(seller, N_("请启动协议定价公示"), message, _params(source), _deal(source), NEXT_STEP_WORKDAYS)
    return [draft]


def _started(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("“%(title)s”的协议定价公示 %(publicity)s 已开始，到 %(ends_on)s 届满；期满没有异议后可以签约。")
    buyer = source.payload["buyer_organisation_id"]
    return [NoticeDraft(buyer, N_("协议定价公示开始"), message, _params(source), _public(source))]


def _voided(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("“%(title)s”的协议定价公示 %(publicity)s 已终止，交易 %(number)s 回到洽谈。理由：%(reason)s。")
    both = (source.payload["seller_organisation_id"], source.payload["buyer_organisation_id"])
    return [NoticeDraft(to, N_("协议定价公示终止"), message, _params(source), _deal(source)) for to in both]


def _completed(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("“%(title)s”的协议定价公示 %(publicity)s 已届满，没有未处理的异议，交易 %(number)s 可以签约。")
    both = (source.payload["seller_organisation_id"], source.payload["buyer_organisation_id"])
    title = N_("协议定价公示期满")
    return [NoticeDraft(to, title, message, _params(source), _deal(source), NEXT_STEP_WORKDAYS) for to in both]


def _objection_raised(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("有人对“%(title)s”的协议定价公示 %(publicity)s 提出异议，公示期已中止计算，请负责人处理并说明理由。")
    due = date.fromisoformat(source.payload["due_on"])
    seller = source.payload["seller_organisation_id"]
    return [NoticeDraft(seller, N_("收到公示异议"), message, _params(source), _deal(source), due)]


def _objection_rejected(source: NoticeSource) -> list[NoticeDraft]:
    return _decided(source, N_("公示 %(publicity)s（“%(title)s”）的一份异议不成立，理由：%(reason)s。"))


def _objection_upheld(source: NoticeSource) -> list[NoticeDraft]:
    return _decided(source, N_("公示 %(publicity)s（“%(title)s”）的一份异议成立，公示终止，理由：%(reason)s。"))


def _decided(source: NoticeSource, message: str) -> list[NoticeDraft]:
    """To the organisation for which the objector acted, if she acted for one other than the seller, and the buyer."""
    buyer, objector = source.payload["buyer_organisation_id"], source.payload.get("holder_organisation_id")
    receivers = {buyer, objector or buyer} - {source.payload["seller_organisation_id"]}
    title = N_("公示异议已处理")
    return [NoticeDraft(to, title, message, _params(source), _public(source)) for to in sorted(receivers)]


PUBLICITY_MESSAGES: dict[str, Callable[[NoticeSource], list[NoticeDraft]]] = {
    "deal.price_confirmed": _price_confirmed,
    "deal.publicity_started": _started,
    "deal.publicity_voided": _voided,
    "deal.publicity_completed": _completed,
    "deal.objection_raised": _objection_raised,
    "deal.objection_rejected": _objection_rejected,
    "deal.objection_upheld": _objection_upheld,
}
