"""What is told of an organisation's own people, and to whom: pure functions like those of `messages`.

No name of a person stands in a notice: who is erased later leaves no trace in the inboxes of others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from market.accounts.rules import Role
from market.accounts.statement_rules import StatementKind
from market.kernel.errors import N_
from market.notifications.messages import BUREAUS, NEXT_STEP_WORKDAYS, NoticeDraft, NoticeSource
from market.notifications.texts import LABEL

OWN_ORGANISATION, PARTICULARS = "/console/organisation", "/console/organisation/particulars"


def _joined(source: NoticeSource) -> list[NoticeDraft]:
    """To the administrators, but for the one who has just come herself."""
    title = N_("有成员加入本单位")
    message = N_("一位新成员接受邀请加入了“%(name)s”，角色：%(label)s。请在“本单位”核对；不认识的，请结束其身份。")
    told = tuple(one for one in source.administrators if one != source.payload["person_id"])
    params = {"name": source.title, LABEL: Role(source.payload["roles"][0]).label}
    return _to_people(source, told, title, message, params)


def _appointed(source: NoticeSource) -> list[NoticeDraft]:
    title = N_("您已成为本单位管理员")
    message = N_(
        "您现在是“%(name)s”的管理员，可以邀请成员、调整角色、结束成员身份。请在“本单位”核对现有成员和未接受的邀请。"
    )
    return _to_people(source, (source.payload["person_id"],), title, message, {"name": source.title})


def _merged(source: NoticeSource) -> list[NoticeDraft]:
    """Of the two events of a merging, the one of the organisation that remains; all members are there by then."""
    if source.subject_id != source.payload["target_id"]:
        return []
    title = N_("两个机构已合并")
    message = N_(
        "平台运营把“%(former)s”并入了“%(name)s”，理由：%(reason)s。两边的成员和曾用名都在“%(name)s”名下。"
        "请在“本单位”核对成员、角色和管理员。"
    )
    former = source.names.get(source.payload.get("source_organisation_id", 0), "—")
    params = {"former": former, "name": source.title, "reason": source.reason or "—"}
    return [NoticeDraft(source.subject_id, title, message, params, OWN_ORGANISATION, NEXT_STEP_WORKDAYS)]


def _stated(source: NoticeSource) -> list[NoticeDraft]:
    """To the bureaus, of the event in the stream of the organisation that it is stated of: one for related parties."""
    if source.subject_id != source.payload["stated_organisation_id"]:
        return []
    title, message = (
        N_("机构登记事项等待确认"),
        N_("%(name)s有一项登记事项等待确认：%(label)s。请核对材料后确认或说明理由不确认。"),
    )
    params = {"name": source.title, LABEL: StatementKind(source.payload["kind"]).label}
    path = f"/console/particulars/{source.payload['statement_id']}"
    told = source.offices.get(BUREAUS, ())
    return [NoticeDraft(to, title, message, params, path, NEXT_STEP_WORKDAYS) for to in told]


def _confirmed(source: NoticeSource) -> list[NoticeDraft]:
    """To each organisation that it is about."""
    title, message = N_("登记事项已确认"), N_("市科技局已确认“%(name)s”的一项登记事项：%(label)s，从现在起生效。")
    return [NoticeDraft(source.subject_id, title, message, _particular(source), PARTICULARS)]


def _rejected(source: NoticeSource) -> list[NoticeDraft]:
    """To who stated it, where it is an organisation that it is about."""
    if source.subject_id != source.payload["proposed_for_id"]:
        return []
    title = N_("登记事项未确认")
    message = N_(
        "市科技局没有确认“%(name)s”的一项登记事项：%(label)s，理由：%(reason)s。请在“登记事项”里更正后再次提交。"
    )
    to = source.subject_id
    return [NoticeDraft(to, title, message, _particular(source), PARTICULARS, NEXT_STEP_WORKDAYS)]


def _particular(source: NoticeSource) -> dict[str, Any]:
    label = StatementKind(source.payload["kind"]).label
    return {"name": source.title, LABEL: label, "reason": source.reason or "—"}


def _to_people(
    source: NoticeSource, people: tuple[int, ...], title: str, message: str, params: dict[str, Any]
) -> list[NoticeDraft]:
    if not people:
        return []
    to = source.subject_id
    return [NoticeDraft(to, title, message, params, OWN_ORGANISATION, NEXT_STEP_WORKDAYS, only_for=people)]


MEMBERSHIP_MESSAGES: dict[str, Callable[[NoticeSource], list[NoticeDraft]]] = {
    "membership.began": _joined,
    "membership.administrator_appointed": _appointed,
    "organisation.merged": _merged,
    "organisation.particular_stated": _stated,
    "organisation.particular_confirmed": _confirmed,
    "organisation.particular_rejected": _rejected,
}
TOLD_TO_ADMINISTRATORS = frozenset({"membership.began"})
"""Actions of which the administrators of the organisation are told."""
TOLD_TO_BUREAUS = frozenset({"organisation.particular_stated"})
"""Actions of which the bureaus are told for what they are."""
