"""Which event tells whom what: pure functions from an event to the notices that it deserves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from market.kernel.errors import N_
from market.kernel.money import Money

NEXT_STEP_WORKDAYS = 5
"""Within so many working days the next step is asked for where no regulation sets a time: the platform's own custom."""
OPERATORS, BUREAUS = "operator", "bureau"
"""Kinds of organisations that are told as such (OrganisationKind's values)."""


@dataclass(frozen=True)
class NoticeSource:
    """An event with what its subject is called. `names`: organisations that the payload points at, by id.

    `actor_person_id`: who did it; `administrators`: people who administer the organisation that the event is about;
    `offices`: ids of the organisations of the kinds OPERATORS and BUREAUS; `ends_on`: the local day on which the lot
    that the event is about ends; `bidders`: who registered for the lot, never shown to anybody.
    """

    id: int
    action: str
    subject_id: int
    payload: Mapping[str, Any]
    reason: str | None = None
    number: str = ""
    title: str = ""
    names: Mapping[int, str] = field(default_factory=dict)
    actor_person_id: int | None = None
    offices: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ends_on: date | None = None
    administrators: tuple[int, ...] = ()
    bidders: tuple[int, ...] = ()


@dataclass(frozen=True)
class NoticeDraft:
    """One notice. `title` and `message` are gettext ids; `params` fill the message when it is shown.

    `due` says by when to act, None where nothing is asked: a day, or working days after the event, as a number or as
    the key of a parameter. `not_for`: the person of that organisation who may not do it and is not told. `only_for`: the people of that
    organisation who are told; everybody where it is empty.
    """

    organisation_id: int
    title: str
    message: str
    params: dict[str, Any]
    path: str
    due: str | int | date | None = None
    not_for: int | None = None
    only_for: tuple[int, ...] = ()


PARTIES = (
    "claimant_organisation_id", "holder_organisation_id", "seller_organisation_id", "buyer_organisation_id",
    "reader_organisation_id", "source_organisation_id",
)  # fmt: skip
"""Keys of payloads that point at organisations whose names the messages say."""


def notices_for(source: NoticeSource) -> list[NoticeDraft]:
    """The notices that an event deserves; none for an event that nobody waits for."""
    build = _MESSAGES.get(source.action)
    return build(source) if build else []


def _register_reminder(
    title: str, message: str, *, is_asked: bool = True
) -> Callable[[NoticeSource], list[NoticeDraft]]:
    def build(source: NoticeSource) -> list[NoticeDraft]:
        params = {name: source.payload[name] for name in ("title", "number", "due_on")}
        path = f"/console/register/{source.subject_id}"
        act_by = date.fromisoformat(source.payload["act_by"]) if is_asked else None
        return [NoticeDraft(source.payload["organisation_id"], title, message, params, path, act_by)]

    return build


def _import_finished(source: NoticeSource) -> list[NoticeDraft]:
    counts = {name: source.payload[name] for name in ("new", "changed", "same", "refused")}
    message = N_(
        "文件“%(title)s”已导入：新增 %(new)s 项，更新 %(changed)s 项，无变化 %(same)s 项，"
        "未收入 %(refused)s 项。未收入的原因逐行列在导入结果里。"
    )
    to = source.payload["organisation_id"]
    path = f"/console/imports/{source.subject_id}"
    return [NoticeDraft(to, N_("导入完成"), message, {"title": source.title, **counts}, path)]


def _import_checked(source: NoticeSource) -> list[NoticeDraft]:
    counts = {name: source.payload[name] for name in ("new", "changed", "same", "refused")}
    message = N_(
        "文件“%(title)s”已核对：将新增 %(new)s 项，将更新 %(changed)s 项，无变化 %(same)s 项，不能收入 %(refused)s 项。"
        "您确认之后才会写入台账。"
    )
    to = source.payload["organisation_id"]
    path = f"/console/imports/{source.subject_id}"
    return [NoticeDraft(to, N_("核对完成，等待确认导入"), message, {"title": source.title, **counts}, path)]


def _number_conflicts(source: NoticeSource) -> list[NoticeDraft]:
    claimant = source.payload["claimant_organisation_id"]
    holder = source.payload["holder_organisation_id"]
    params = {"count": source.payload["count"], "numbers": "、".join(source.payload["numbers"])}
    refused = N_(
        "导入的文件里有 %(count)s 个专利号已由%(holder)s登记，没有收入：%(numbers)s。"
        "如果权属有变，请先与对方核实，再联系平台运营。"
    )
    claimed = N_(
        "%(claimant)s导入的文件里有 %(count)s 个专利号是贵单位已登记的，平台没有收入：%(numbers)s。"
        "贵单位的登记没有变化，如有疑问请与对方核实。"
    )
    title = N_("专利号与其他单位重复")
    return [
        NoticeDraft(
            claimant,
            title,
            refused,
            params | {"holder": _name(source, holder)},
            f"/console/imports/{source.subject_id}",
        ),
        NoticeDraft(holder, title, claimed, params | {"claimant": _name(source, claimant)}, "/console/register"),
    ]


def _about_listing(
    title: str, message: str, due: str | int | None = None
) -> Callable[[NoticeSource], list[NoticeDraft]]:
    def build(source: NoticeSource) -> list[NoticeDraft]:
        params = {"title": source.title, "number": source.number, "reason": source.reason or "—"}
        to = source.payload["organisation_id"]
        return [NoticeDraft(to, title, message, params, f"/console/listings/{source.number}", due)]

    return build


_listing_approved_inside = _about_listing(
    N_("机构审核通过"), N_("“%(title)s”（%(number)s）已由本单位审核通过，正在等待平台审核。")
)
_listing_submitted_inside = _about_listing(
    N_("挂牌等待本单位审核"),
    N_("“%(title)s”（%(number)s）已提交。请提交人以外的审核人核对内容，通过或说明理由退回。"),
    "service.review_days",
)


def _listing_submitted(source: NoticeSource) -> list[NoticeDraft]:
    return [replace(draft, not_for=source.actor_person_id) for draft in _listing_submitted_inside(source)]


def _listing_to_platform(source: NoticeSource) -> list[NoticeDraft]:
    title, message = (
        N_("挂牌等待平台审核"),
        N_("“%(title)s”（%(number)s）已由机构审核通过。请核对后通过或说明理由退回。"),
    )
    params, path = {"title": source.title, "number": source.number}, f"/console/listings/{source.number}"
    asked = [
        NoticeDraft(to, title, message, params, path, "service.review_days") for to in source.offices.get(OPERATORS, ())
    ]
    return _listing_approved_inside(source) + asked


def _change_submitted(source: NoticeSource) -> list[NoticeDraft]:
    return [replace(draft, not_for=source.actor_person_id) for draft in _change_submitted_inside(source)]


_change_submitted_inside = _about_listing(
    N_("修改稿等待本单位审核"),
    N_("“%(title)s”（%(number)s）的修改稿已提交。请提交人以外的审核人核对前后差异，通过或说明理由退回。"),
    "service.review_days",
)


def _change_to_platform(source: NoticeSource) -> list[NoticeDraft]:
    title, message = (
        N_("修改稿等待平台审核"),
        N_("“%(title)s”（%(number)s）的修改稿已由机构审核通过。请核对前后差异后通过或说明理由退回。"),
    )
    params, path = {"title": source.title, "number": source.number}, f"/console/listings/{source.number}"
    return [
        NoticeDraft(to, title, message, params, path, "service.review_days") for to in source.offices.get(OPERATORS, ())
    ]


_listing_stopped_by_itself = _about_listing(
    N_("挂牌已中止"),
    N_("“%(title)s”（%(number)s）已由系统中止，理由：%(reason)s。请核对成果台账，符合条件后可以恢复。"),
    NEXT_STEP_WORKDAYS,
)
_listing_suspended = _about_listing(
    N_("挂牌被平台中止"),
    N_("“%(title)s”（%(number)s）被平台中止，理由：%(reason)s。请按理由核对后恢复，或联系平台运营。"),
    NEXT_STEP_WORKDAYS,
)
_listing_taken_down = _about_listing(
    N_("挂牌被平台下架"), N_("“%(title)s”（%(number)s）被平台下架，理由：%(reason)s。如有异议，请联系平台运营。")
)


def _listing_paused(source: NoticeSource) -> list[NoticeDraft]:
    """The institution knows of its own pauses; it is told of the platform's and of the clock's."""
    if source.payload.get("by_platform"):
        return _listing_suspended(source)
    return _listing_stopped_by_itself(source) if source.actor_person_id is None else []


def _listing_withdrawn(source: NoticeSource) -> list[NoticeDraft]:
    return _listing_taken_down(source) if source.payload.get("by_platform") else []


def _secrecy_promised(source: NoticeSource) -> list[NoticeDraft]:
    message = N_(
        "%(reader)s就“%(title)s”（%(number)s）签署了保密承诺，可以下载保密附件；每次下载都记在“附件下载记录”里。"
    )
    reader = _name(source, source.payload["reader_organisation_id"])
    params = {"title": source.title, "number": source.number, "reader": reader}
    path = f"/console/listings/{source.number}/readings"
    return [NoticeDraft(source.payload["organisation_id"], N_("有企业签署保密承诺"), message, params, path)]


def _attachment_infected(source: NoticeSource) -> list[NoticeDraft]:
    message = N_(
        "“%(title)s”（%(number)s）有一份附件发现病毒（%(reason)s），已隔离，没有人能下载。"
        "请删除这份附件，检查原文件所在的电脑后上传干净的文件。"
    )
    params = {"title": source.title, "number": source.number, "reason": source.reason or "—"}
    path = f"/console/listings/{source.number}/attachments"
    to = source.payload["organisation_id"]
    return [NoticeDraft(to, N_("附件发现病毒"), message, params, path, NEXT_STEP_WORKDAYS)]


def _application(source: NoticeSource) -> dict[str, Any]:
    return {
        "title": source.title,
        "number": source.number,
        "buyer": _name(source, source.payload["buyer_organisation_id"]),
        "seller": _name(source, source.payload["seller_organisation_id"]),
        "reason": source.reason or "—",
    }


def _application_submitted(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("%(buyer)s对“%(title)s”提出了申请（%(number)s）。请阅读实施计划，接受或说明理由谢绝。")
    to = source.payload["seller_organisation_id"]
    path = f"/console/applications/{source.number}"
    return [NoticeDraft(to, N_("收到新的申请"), message, _application(source), path, "service.reply_days")]


def _application_withdrawn(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("%(buyer)s撤回了对“%(title)s”的申请（%(number)s），不需要再答复。")
    to = source.payload["seller_organisation_id"]
    path = f"/console/applications/{source.number}"
    return [NoticeDraft(to, N_("申请已撤回"), message, _application(source), path)]


def _application_accepted(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("%(seller)s接受了贵单位对“%(title)s”的申请（%(number)s）。接下来请在“交易”里与对方商定条件。")
    to = source.payload["buyer_organisation_id"]
    return [NoticeDraft(to, N_("申请已被接受"), message, _application(source), "/console/deals", NEXT_STEP_WORKDAYS)]


def _application_declined(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("%(seller)s谢绝了贵单位对“%(title)s”的申请（%(number)s），理由：%(reason)s")
    to = source.payload["buyer_organisation_id"]
    path = f"/console/applications/{source.number}"
    return [NoticeDraft(to, N_("申请未被接受"), message, _application(source), path)]


def _lot_sold(source: NoticeSource) -> list[NoticeDraft]:
    seller, buyer = source.payload["seller_organisation_id"], source.payload["buyer_organisation_id"]
    price = str(Money(source.payload["price_fen"], source.payload["currency"]))
    params = {
        "title": source.title,
        "number": source.number,
        "price": price,
        "buyer": _name(source, buyer),
        "seller": _name(source, seller),
    }
    won = N_(
        "贵单位以 %(price)s 竞得标的“%(title)s”（%(number)s）。接下来请在“交易”里与%(seller)s签订合同、付款并办理登记。"
    )
    sold = N_(
        "标的“%(title)s”（%(number)s）以 %(price)s 成交，受让方为%(buyer)s。接下来请在“交易”里与对方签订合同并办理登记。"
    )
    return [
        NoticeDraft(buyer, N_("竞得标的"), won, params, "/console/deals", NEXT_STEP_WORKDAYS),
        NoticeDraft(seller, N_("竞价成交"), sold, params, "/console/deals", NEXT_STEP_WORKDAYS),
    ]


def _lot_unsold(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("标的“%(title)s”（%(number)s）到截止时间没有成交，成果已回到“已上架”。可以调整起始价后再次公告竞价。")
    to = source.payload["seller_organisation_id"]
    params = {"title": source.title, "number": source.number}
    return [NoticeDraft(to, N_("标的流拍"), message, params, f"/lots/{source.number}")]


def _deal_cancelled(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("机构终止了交易 %(number)s，理由：%(reason)s。您可以再次申请，或在成果大厅看别的成果。")
    number = source.payload["number"]
    params = {"number": number, "reason": source.reason or "—"}
    to = source.payload["buyer_organisation_id"]
    return [NoticeDraft(to, N_("交易已终止"), message, params, f"/console/deals/{number}")]


def _organisation_verified(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("平台运营已核验贵单位的身份。现在可以办理申请、竞价等需要核验的事项。")
    return [NoticeDraft(source.subject_id, N_("机构身份已核验"), message, {}, "/console")]


def _organisation_rejected(source: NoticeSource) -> list[NoticeDraft]:
    message = N_("贵单位的核验没有通过，理由：%(reason)s。请在“本单位”补充材料后再次提交。")
    params, path = {"reason": source.reason or "—"}, "/console/organisation"
    return [NoticeDraft(source.subject_id, N_("机构核验未通过"), message, params, path, NEXT_STEP_WORKDAYS)]


def _organisation_submitted(source: NoticeSource) -> list[NoticeDraft]:
    title, message = N_("机构等待核验"), N_("%(name)s提交了核验材料。请核对后通过或说明理由退回。")
    path = f"/console/organisations/{source.number}"
    return [
        NoticeDraft(to, title, message, {"name": source.title}, path, "service.verification_days")
        for to in source.offices.get(OPERATORS, ())
    ]


def _parameter_proposed(source: NoticeSource) -> list[NoticeDraft]:
    """To everybody who may decide; on its first day a value must have been decided the day before."""
    title = N_("参数变更等待批准")
    message = N_(
        "有人提出把“%(label)s”从 %(before)s 改为 %(value)s，%(valid_from)s 起生效，理由：%(reason)s。"
        "请另一人核对依据后批准或不批准。"
    )
    names = ("label", "value", "valid_from")
    params = {name: source.payload[name] for name in names} | {"reason": source.reason or "—"}
    params["before"] = source.payload["value_before"]
    due = date.fromisoformat(source.payload["valid_from"]) - timedelta(days=1)
    told = [*source.offices.get(OPERATORS, ()), *source.offices.get(BUREAUS, ())]
    return [NoticeDraft(to, title, message, params, "/console/parameters", due, source.actor_person_id) for to in told]


def _synonyms_proposed(source: NoticeSource) -> list[NoticeDraft]:
    """To everybody who may decide; there is no day by which it must be."""
    title = N_("同义词变更等待批准")
    message = N_("有人提出修改检索的同义词词组“%(code)s”，理由：%(reason)s。由另一人看过预览后批准或不批准，没有期限。")
    params = {"code": source.payload["code"], "reason": source.reason or "—"}
    path = f"/console/synonyms/{source.payload['code']}"
    told = [*source.offices.get(OPERATORS, ()), *source.offices.get(BUREAUS, ())]
    return [NoticeDraft(to, title, message, params, path, not_for=source.actor_person_id) for to in told]


def _opening_requested(source: NoticeSource) -> list[NoticeDraft]:
    """To the operator's other persons; after the lot has ended nothing needs to be opened."""
    title = N_("紧急查看等待批准")
    message = N_(
        "有人申请查看正在竞价的标的“%(title)s”（%(number)s）的竞买人身份，理由：%(reason)s。请第二人核对后批准或不批准。"
    )
    params = {"title": source.title, "number": source.number, "reason": source.reason or "—"}
    return [
        NoticeDraft(to, title, message, params, "/console/break-glass", source.ends_on, source.actor_person_id)
        for to in source.offices.get(OPERATORS, ())
    ]


def _identities_opened(source: NoticeSource) -> list[NoticeDraft]:
    message = N_(
        "标的“%(title)s”（%(number)s）竞价期间，平台运营经两人批准查看了竞买人身份，理由：%(reason)s。"
        "您不需要办理什么；如有异议，请向市科技局反映。"
    )
    number = source.payload["lot_number"]
    params = {"title": source.payload["lot_title"], "number": number, "reason": source.reason or "—"}
    told = source.payload["told_organisation_ids"]
    return [NoticeDraft(to, N_("竞买人身份被查看"), message, params, f"/lots/{number}") for to in told]


def _name(source: NoticeSource, organisation_id: int) -> str:
    return source.names.get(organisation_id, "")


_MESSAGES: dict[str, Callable[[NoticeSource], list[NoticeDraft]]] = {
    "achievement.fee_due": _register_reminder(
        N_("年费将到期"),
        N_(
            "“%(title)s”（%(number)s）的年费已缴至 %(due_on)s，请在到期前缴纳；逾期六个月内可以补缴并缴滞纳金，再逾期专利权终止。"
        ),
    ),
    "achievement.expiry_near": _register_reminder(
        N_("保护期将届满"),
        N_(
            "“%(title)s”（%(number)s）的保护期将于 %(due_on)s 届满（专利法第四十二条），届满后挂牌自动中止，许可不再有效。"
        ),
        is_asked=False,
    ),
    "import.checked": _import_checked,
    "import.finished": _import_finished,
    "import.number_conflicts": _number_conflicts,
    "listing.submit": _listing_submitted,
    "listing.institution_approve": _listing_to_platform,
    "listing.institution_reject": _about_listing(
        N_("挂牌被本单位退回"),
        N_("“%(title)s”（%(number)s）被本单位审核人退回，理由：%(reason)s。请修改后再次提交。"),
        NEXT_STEP_WORKDAYS,
    ),
    "listing.platform_approve": _about_listing(
        N_("挂牌已上架"), N_("“%(title)s”（%(number)s）已通过平台审核并公开展示。")
    ),
    "listing.platform_reject": _about_listing(
        N_("挂牌被平台退回"),
        N_("“%(title)s”（%(number)s）被平台退回，理由：%(reason)s。请修改后再次提交。"),
        NEXT_STEP_WORKDAYS,
    ),
    "listing.pause": _listing_paused,
    "listing.withdraw": _listing_withdrawn,
    "listing.expiring": _about_listing(
        N_("展示期将满"),
        N_("“%(title)s”（%(number)s）的展示期 30 天内届满。请重新查询法律状态后续期；不再展示的不必办理。"),
        NEXT_STEP_WORKDAYS,
    ),
    "listing.change_submitted": _change_submitted,
    "listing.change_approved": _change_to_platform,
    "listing.change_institution_reject": _about_listing(
        N_("修改稿被本单位退回"),
        N_(
            "“%(title)s”（%(number)s）的修改稿被本单位审核人退回，理由：%(reason)s。公开内容没有变化，请修改后再次提交。"
        ),
        NEXT_STEP_WORKDAYS,
    ),
    "listing.change_platform_reject": _about_listing(
        N_("修改稿被平台退回"),
        N_("“%(title)s”（%(number)s）的修改稿被平台退回，理由：%(reason)s。公开内容没有变化，请修改后再次提交。"),
        NEXT_STEP_WORKDAYS,
    ),
    "listing.changed": _about_listing(
        N_("修改已公开"), N_("“%(title)s”（%(number)s）的修改已通过平台审核，公开页面已更新。")
    ),
    "listing.expire": _about_listing(
        N_("挂牌已到期"), N_("“%(title)s”（%(number)s）展示期已满，已经下架。如需继续，请核实法律状态后续期。")
    ),
    "listing.secrecy_promised": _secrecy_promised,
    "listing.attachment_infected": _attachment_infected,
    "application.submitted": _application_submitted,
    "application.withdrawn": _application_withdrawn,
    "application.accepted": _application_accepted,
    "application.declined": _application_declined,
    "lot.sold": _lot_sold,
    "lot.unsold": _lot_unsold,
    "deal.cancelled": _deal_cancelled,
    "organisation.submitted": _organisation_submitted,
    "organisation.verified": _organisation_verified,
    "organisation.rejected": _organisation_rejected,
    "parameter.proposed": _parameter_proposed,
    "synonyms.proposed": _synonyms_proposed,
    "break_glass.requested": _opening_requested,
    "break_glass.used": _identities_opened,
}

TOLD_TO_OFFICES = frozenset(
    {
        "listing.institution_approve",
        "listing.change_approved",
        "organisation.submitted",
        "parameter.proposed",
        "synonyms.proposed",
        "break_glass.requested",
        "lot.end_asked",
    }
)
"""Actions of which organisations are told for what they are."""
WANTED_EVENTS = frozenset(_MESSAGES)
"""Actions for which app.py defers `notifications.deliver`."""
