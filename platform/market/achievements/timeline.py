"""What happened to an entry of the register, as sentences for its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from market.achievements.detail_queries import HappenedView
from market.achievements.vocabulary import (
    DocumentPurpose,
    EncumbranceKind,
    ImplementationKind,
    LegalStatus,
    OpenListDecision,
)

FIELDS = {
    "title": _l("名称"),
    "kind": _l("类型"),
    "number": _l("申请号"),
    "applicants": _l("申请人"),
    "inventors": _l("发明人（设计人）"),
    "filing_date": _l("申请日"),
    "publication_number": _l("公开（公告）号"),
    "publication_date": _l("公开（公告）日"),
    "grant_date": _l("授权日"),
    "main_class": _l("主分类号"),
    "further_classes": _l("其他分类号"),
    "cpc_classes": _l("CPC 分类号"),
    "priority_numbers": _l("优先权号"),
    "abstract": _l("摘要"),
    "claims": _l("权利要求"),
    "expires_on": _l("保护期届满日"),
    "annual_fee_paid_until": _l("年费已缴至"),
    "evaluation_report_on": _l("评价报告日期"),
    "evaluation_report_number": _l("评价报告编号"),
    "ownership_status": _l("权属"),
    "register_number": _l("单列管理登记号"),
    "completed_on": _l("完成日期"),
    "county_code": _l("所在县（市、区）"),
    "technical_field": _l("技术领域"),
    "industry": _l("产业"),
    "applied_industries": _l("应用行业代码"),
    "trl": _l("技术就绪等级"),
    "trl_evidence": _l("成熟度依据"),
    "maturity_stage": _l("成熟度"),
    "is_fiscally_funded": _l("是否由财政资金形成"),
    "ownership_form": _l("权属形式"),
    "long_term_use_from": _l("长期使用权起始日"),
    "long_term_use_years": _l("长期使用权年限"),
    "completers": _l("完成人"),
    "shares": _l("份额和同意"),
    "projects": _l("财政资金项目"),
}
RULES = {
    "achievement.ownership_confirmed": _l("促进科技成果转化法第十八条；浙江省促进科技成果转化条例第十五条"),
    "achievement.status_confirmed": _l("专利法第四十四条"),
    "achievement.encumbered": _l("专利法实施细则第八十六条"),
    "achievement.open_list_decided": _l("浙江省知识产权保护和促进条例（公开实施清单）"),
    "achievement.fee_due": _l("专利法第四十三条、第四十四条"),
    "achievement.expiry_near": _l("专利法第四十二条"),
}


def _(message: str, **params: str) -> str:
    return str(gettext(message, **params))


@dataclass(frozen=True)
class TimelineLine:
    """One line of the timeline, as the macro wants it."""

    at: datetime
    actor: str | None
    text: str
    reason: str | None
    rule: str | None = None


def timeline_line(event: HappenedView) -> TimelineLine:
    """The event as a person reads it."""
    rule = RULES.get(event.action)
    return TimelineLine(event.at, event.actor, _sentence(event), event.reason, str(rule) if rule else None)


def _sentence(event: HappenedView) -> str:
    say = _SENTENCES.get(event.action)
    return say(event) if say else event.action


def _registered(event: HappenedView) -> str:
    if event.payload.get("import_run_id"):
        return _("登记入册（从文件导入）")
    if event.payload.get("from_achievement_id"):
        return _("从另一项成果拆出，单独登记入册")
    return _("登记入册")


def _changed(event: HappenedView) -> str:
    fields = "、".join(str(FIELDS.get(name, name)) for name in event.payload.get("fields", {}))
    return _("内容更新：%(fields)s", fields=fields)


def _status(event: HappenedView) -> str:
    return _("确认法律状态：%(status)s", status=_(LegalStatus(event.state_after or "unknown").label))


def _kind_of(event: HappenedView) -> str:
    return _(EncumbranceKind(event.payload["kind"]).label)


def _use_of(event: HappenedView) -> str:
    return _(ImplementationKind(event.payload["kind"]).label)


_SENTENCES: dict[str, Callable[[HappenedView], str]] = {
    "achievement.registered": _registered,
    "achievement.changed": _changed,
    "achievement.ownership_confirmed": lambda event: _("说明权属依据"),  # noqa: ARG005
    "achievement.status_confirmed": _status,
    "achievement.right_added": lambda event: _("增加知识产权 %(number)s", number=event.payload["number"]),
    "achievement.right_split": lambda event: _("拆出知识产权 %(number)s", number=event.payload["number"]),
    "achievement.joined": lambda event: _(
        "并入另一项成果，带来知识产权：%(numbers)s", numbers="、".join(event.payload["numbers"]) or "—"
    ),
    "achievement.encumbered": lambda event: _(
        "登记权利负担：%(kind)s（%(number)s，%(day)s 起）",
        kind=_kind_of(event), number=event.payload["number"], day=event.payload["from_on"],
    ),
    "achievement.released": lambda event: _(
        "解除权利负担：%(kind)s（%(number)s，%(day)s）",
        kind=_kind_of(event), number=event.payload["number"], day=event.payload["ended_on"],
    ),
    "achievement.implemented": lambda event: _(
        "登记实施情况：%(kind)s，%(day)s 起", kind=_use_of(event), day=event.payload["since"]
    ),
    "achievement.implementation_withdrawn": lambda event: _("撤销实施登记：%(kind)s", kind=_use_of(event)),
    "achievement.open_list_decided": lambda event: _(
        "公开实施清单：%(decision)s", decision=_(OpenListDecision(event.state_after or "offered").label)
    ),
    "achievement.document_added": lambda event: _(
        "添加材料：%(purpose)s", purpose=_(DocumentPurpose(event.payload["purpose"]).label)
    ),
    "achievement.fee_due": lambda event: _(
        "提醒年费：%(number)s 已缴至 %(day)s", number=event.payload["number"], day=event.payload["due_on"]
    ),
    "achievement.expiry_near": lambda event: _(
        "提醒保护期：%(number)s 将于 %(day)s 届满", number=event.payload["number"], day=event.payload["due_on"]
    ),
}  # fmt: skip
