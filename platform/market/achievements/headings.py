"""The columns of the register as its Excel file names them, one table.

The first ones are those that every import reads in again; `key` names the field of the entry or of the right. What is
derived (`is_derived`) is for reading only: an import passes over it.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.kernel.errors import N_


@dataclass(frozen=True)
class Heading:
    """One column of the register's file."""

    key: str
    label: str
    is_derived: bool = False


REGISTER_HEADINGS = (
    Heading("number", N_("申请号")),
    Heading("title", N_("名称")),
    Heading("applicants", N_("申请人")),
    Heading("inventors", N_("发明人（设计人）")),
    Heading("filing_date", N_("申请日")),
    Heading("publication_number", N_("公开（公告）号")),
    Heading("main_class", N_("主分类号")),
    Heading("abstract", N_("摘要")),
    Heading("claims", N_("权利要求")),
    Heading("kind", N_("类型")),
    Heading("publication_date", N_("公开（公告）日")),
    Heading("grant_date", N_("授权日")),
    Heading("further_classes", N_("其他分类号")),
    Heading("cpc_classes", N_("CPC 分类号")),
    Heading("priority_numbers", N_("优先权号")),
    Heading("legal_status", N_("法律状态")),
    Heading("legal_status_on", N_("法律状态查询日")),
    Heading("legal_status_source", N_("法律状态依据")),
    Heading("annual_fee_paid_until", N_("年费已缴至")),
    Heading("evaluation_report_number", N_("评价报告编号")),
    Heading("evaluation_report_on", N_("评价报告日期")),
    Heading("register_number", N_("单列管理登记号")),
    Heading("achievement_title", N_("所属成果")),
    Heading("completed_on", N_("完成日期")),
    Heading("technical_field", N_("技术领域")),
    Heading("industry", N_("产业")),
    Heading("applied_industries", N_("应用行业代码")),
    Heading("county_code", N_("所在县（市、区）")),
    Heading("trl", N_("技术就绪等级")),
    Heading("maturity_stage", N_("成熟度")),
    Heading("trl_evidence", N_("成熟度依据")),
    Heading("completers", N_("完成人及奖励份额")),
    Heading("ownership_form", N_("权属形式")),
    Heading("shares", N_("权利人份额和同意")),
    Heading("is_fiscally_funded", N_("是否由财政资金形成")),
    Heading("projects", N_("财政资金项目")),
    Heading("expires_on", N_("推定届满日"), is_derived=True),
    Heading("state", N_("状态"), is_derived=True),
    Heading("ownership", N_("权属"), is_derived=True),
    Heading("register_states", N_("台账状态"), is_derived=True),
    Heading("listing_number", N_("挂牌编号"), is_derived=True),
    Heading("listing_state", N_("挂牌状态"), is_derived=True),
)
