"""What the log calls actions, kinds of objects and states; what has no text yet shows its code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from market.accounts.texts import ORGANISATION_TEXTS, PERSON_TEXTS
from market.achievements.importing.texts import TEXTS as IMPORT_TEXTS
from market.achievements.vocabulary import LegalStatus, OpenListDecision, OwnershipStatus
from market.auctions.texts import TEXTS as LOT_TEXTS
from market.auctions.vocabulary import LotState
from market.deals.publicity.texts import TEXTS as PUBLICITY_TEXTS
from market.deals.vocabulary import ApplicationState, DealState
from market.enquiries.texts import ENQUIRY_TEXTS, QUESTION_TEXTS
from market.enquiries.vocabulary import EnquiryState, QuestionState
from market.kernel.errors import N_
from market.listings.texts import TEXTS as LISTING_TEXTS
from market.listings.vocabulary import ListingState
from market.reports.texts import TEXTS as REPORT_TEXTS
from market.reports.vocabulary import ReportState

SUBJECTS = {
    "listing": N_("挂牌"),
    "lot": N_("标的"),
    "application": N_("申请"),
    "deal": N_("交易"),
    "question": N_("公开提问"),
    "report": N_("举报"),
    "enquiry": N_("咨询"),
    "achievement": N_("成果"),
    "import_run": N_("导入"),
    "organisation": N_("机构或企业"),
    "person": N_("人员"),
    "sign_in": N_("登录"),
    "break_glass": N_("紧急查看"),
    "audit_log": N_("审计日志"),
    "parameter_proposal": N_("参数变更"),
    "synonym_change": N_("同义词变更"),
    "holiday_year": N_("节假日"),
    "job": N_("后台任务"),
    "mail": N_("邮件"),
    "search_index": N_("检索索引"),
}


def _labels(vocabulary: Iterable[Any]) -> dict[str, str]:
    return {member.value: member.label for member in vocabulary}


STATES = {
    "listing": _labels(ListingState),
    "lot": _labels(LotState),
    "application": _labels(ApplicationState),
    "deal": _labels(DealState),
    "question": _labels(QuestionState),
    "report": _labels(ReportState),
    "enquiry": _labels(EnquiryState),
    "achievement": _labels(OwnershipStatus),
    "achievement.status_confirmed": _labels(LegalStatus),
    "achievement.open_list_decided": _labels(OpenListDecision),
    "parameter_proposal": {"proposed": N_("等待批准"), "approved": N_("已批准"), "rejected": N_("未批准")},
    "synonym_change": {"proposed": N_("等待批准"), "approved": N_("已批准"), "rejected": N_("未批准")},
}
"""What states are called, as gettext ids: by the action where it says which kind of state it is, else by the object."""


def state_text(subject_kind: str, action: str, code: str | None) -> str | None:
    """The gettext id of a state; a code without a text stays."""
    if code is None:
        return None
    return (STATES.get(action) or STATES.get(subject_kind, {})).get(code, code)


ACTIONS = {
    **LISTING_TEXTS,
    **ORGANISATION_TEXTS,
    **PERSON_TEXTS,
    **LOT_TEXTS,
    **IMPORT_TEXTS,
    **QUESTION_TEXTS,
    **ENQUIRY_TEXTS,
    **PUBLICITY_TEXTS,
    **REPORT_TEXTS,
    "listing.pass_check": N_("校验通过"),
    "achievement.registered": N_("登记入册"),
    "achievement.changed": N_("更新登记"),
    "achievement.ownership_confirmed": N_("说明权属"),
    "achievement.status_confirmed": N_("核实法律状态"),
    "achievement.right_added": N_("增加知识产权"),
    "achievement.right_split": N_("拆出知识产权"),
    "achievement.joined": N_("并入另一项成果"),
    "achievement.encumbered": N_("登记权利负担"),
    "achievement.released": N_("解除权利负担"),
    "achievement.implemented": N_("登记实施情况"),
    "achievement.implementation_withdrawn": N_("撤销实施登记"),
    "achievement.open_list_decided": N_("公开实施清单：作出决定"),
    "achievement.document_added": N_("增加材料"),
    "achievement.fee_due": N_("提醒年费"),
    "achievement.expiry_near": N_("提醒保护期将届满"),
    "application.submitted": N_("提交申请"),
    "application.accepted": N_("接受申请"),
    "application.declined": N_("谢绝申请"),
    "application.withdrawn": N_("撤回申请"),
    "application.contact_shown": N_("查看联系人"),
    "deal.begun": N_("交易建立"),
    "deal.cancelled": N_("终止交易"),
    "sign_in.refused": N_("未知账号登录未成功"),
    "parameter.proposed": N_("提出参数变更"),
    "parameter.approved": N_("批准参数变更"),
    "parameter.rejected": N_("不批准参数变更"),
    "synonyms.proposed": N_("提出同义词变更"),
    "synonyms.approved": N_("批准同义词变更"),
    "synonyms.rejected": N_("不批准同义词变更"),
    "holidays.loaded": N_("导入节假日"),
    "mail.resent": N_("重新发送邮件"),
    "job.retried": N_("重试后台任务"),
    "search.rebuild_requested": N_("重建检索索引"),
    "audit.exported": N_("导出审计日志"),
    "break_glass.requested": N_("申请紧急查看"),
    "break_glass.approved": N_("批准紧急查看"),
    "break_glass.declined": N_("不批准紧急查看"),
    "break_glass.used": N_("紧急查看竞买人身份"),
}
