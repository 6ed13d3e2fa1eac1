"""Headings of office files and what they mean, one table; the sources of each heading stand beside it.

CNIPA: 国家知识产权局 专利检索及分析系统 and 专利公布公告 exports. PatSnap: 智慧芽. incoPat: 合享. CNKI: 中国知网专利库.
Google: patents.google.com CSV. Lens: lens.org CSV. own: sheets of universities.
export: our register in Excel. From the issue's list of headings and from
such files; a source that renames a heading gets one more line here. Within a meaning the earlier line wins.
"""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class Column(StrEnum):
    """What a column of the file may mean to the register."""

    NUMBER = "number"
    TITLE = "title"
    APPLICANTS = "applicants"
    INVENTORS = "inventors"
    FILING_DATE = "filing_date"
    PUBLICATION_NUMBER = "publication_number"
    MAIN_CLASS = "main_class"
    ABSTRACT = "abstract"
    CLAIMS = "claims"
    KIND = "kind"
    LEGAL_STATUS = "legal_status"
    PUBLICATION_DATE = "publication_date"
    GRANT_DATE = "grant_date"
    CPC = "cpc_classes"
    PRIORITIES = "priority_numbers"
    FEE_PAID_UNTIL = "annual_fee_paid_until"
    READINESS = "trl"
    READINESS_EVIDENCE = "trl_evidence"
    REWARD_SHARES = "reward_shares"
    OWNER_SHARES = "owner_shares"
    IS_FUNDED = "is_fiscally_funded"
    PROJECTS = "projects"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_required(self) -> bool:
        return self in REQUIRED


REQUIRED = frozenset({Column.NUMBER, Column.TITLE, Column.APPLICANTS})

_LABELS = {
    Column.NUMBER: N_("申请号或专利号"),
    Column.TITLE: N_("名称"),
    Column.APPLICANTS: N_("申请人（专利权人）"),
    Column.INVENTORS: N_("发明人（设计人）"),
    Column.FILING_DATE: N_("申请日"),
    Column.PUBLICATION_NUMBER: N_("公开（公告）号"),
    Column.MAIN_CLASS: N_("主分类号"),
    Column.ABSTRACT: N_("摘要"),
    Column.CLAIMS: N_("权利要求"),
    Column.KIND: N_("成果类型"),
    Column.LEGAL_STATUS: N_("法律状态"),
    Column.PUBLICATION_DATE: N_("公开（公告）日"),
    Column.GRANT_DATE: N_("授权日"),
    Column.CPC: N_("CPC 分类号"),
    Column.PRIORITIES: N_("优先权号"),
    Column.FEE_PAID_UNTIL: N_("年费已缴至"),
    Column.READINESS: N_("技术就绪等级"),
    Column.READINESS_EVIDENCE: N_("成熟度依据"),
    Column.REWARD_SHARES: N_("完成人及奖励份额"),
    Column.OWNER_SHARES: N_("权利人份额"),
    Column.IS_FUNDED: N_("是否由财政资金形成"),
    Column.PROJECTS: N_("财政资金项目"),
}

HEADINGS: tuple[tuple[Column, str, str], ...] = (
    (Column.NUMBER, "申请号", "CNIPA PatSnap incoPat CNKI own"),
    (Column.NUMBER, "专利申请号", "CNKI own"),
    (Column.NUMBER, "申请号码", "own"),
    (Column.NUMBER, "申请号/专利号", "own"),
    (Column.NUMBER, "专利号/申请号", "own"),
    (Column.NUMBER, "申请(专利)号", "CNKI own"),
    (Column.NUMBER, "专利(申请)号", "own"),
    (Column.NUMBER, "申请号(专利号)", "own"),
    (Column.NUMBER, "专利号(申请号)", "own"),
    (Column.NUMBER, "专利号", "CNIPA own"),
    (Column.NUMBER, "授权专利号", "own"),
    (Column.NUMBER, "专利编号", "own"),
    (Column.NUMBER, "专利证书号", "own"),
    (Column.NUMBER, "登记号", "own"),
    (Column.NUMBER, "软著登记号", "own"),
    (Column.NUMBER, "品种权号", "own"),
    (Column.NUMBER, "知识产权编号", "own"),
    (Column.NUMBER, "application number", "Lens PatSnap incoPat"),
    (Column.NUMBER, "application no", "own"),
    (Column.NUMBER, "application", "own"),
    (Column.TITLE, "名称", "CNIPA own"),
    (Column.TITLE, "专利名称", "CNKI own"),
    (Column.TITLE, "发明名称", "CNIPA own"),
    (Column.TITLE, "发明创造名称", "CNIPA own"),
    (Column.TITLE, "成果名称", "own"),
    (Column.TITLE, "软件名称", "own"),
    (Column.TITLE, "软件全称", "own"),
    (Column.TITLE, "布图设计名称", "own"),
    (Column.TITLE, "品种名称", "own"),
    (Column.TITLE, "知识产权名称", "own"),
    (Column.TITLE, "标题(中文)", "PatSnap incoPat"),
    (Column.TITLE, "标题(中)", "PatSnap"),
    (Column.TITLE, "标题", "PatSnap incoPat"),
    (Column.TITLE, "专利标题", "own"),
    (Column.TITLE, "题名", "CNKI"),
    (Column.TITLE, "专利题名", "CNKI"),
    (Column.TITLE, "title", "Google Lens CNKI"),
    (Column.APPLICANTS, "申请(专利权)人", "CNIPA CNKI"),
    (Column.APPLICANTS, "[标]当前申请(专利权)人", "PatSnap"),
    (Column.APPLICANTS, "当前申请(专利权)人", "PatSnap"),
    (Column.APPLICANTS, "当前权利人", "incoPat"),
    (Column.APPLICANTS, "申请人", "incoPat CNKI own"),
    (Column.APPLICANTS, "专利权人", "own"),
    (Column.APPLICANTS, "申请人/专利权人", "own"),
    (Column.APPLICANTS, "专利申请人", "own"),
    (Column.APPLICANTS, "著作权人", "own"),
    (Column.APPLICANTS, "权利人", "own"),
    (Column.APPLICANTS, "布图设计权利人", "own"),
    (Column.APPLICANTS, "品种权人", "own"),
    (Column.APPLICANTS, "[标]原始申请(专利权)人", "PatSnap"),
    (Column.APPLICANTS, "原始申请(专利权)人", "PatSnap"),
    (Column.APPLICANTS, "标准化申请人", "incoPat"),
    (Column.APPLICANTS, "applicants", "Lens"),
    (Column.APPLICANTS, "applicant", "own"),
    (Column.APPLICANTS, "assignee", "Google"),
    (Column.APPLICANTS, "owners", "Lens"),
    (Column.INVENTORS, "发明(设计)人", "CNIPA CNKI"),
    (Column.INVENTORS, "发明人", "PatSnap incoPat CNKI"),
    (Column.INVENTORS, "设计人", "own"),
    (Column.INVENTORS, "发明人/设计人", "own"),
    (Column.INVENTORS, "发明设计人", "own"),
    (Column.INVENTORS, "当前发明(设计)人", "PatSnap"),
    (Column.INVENTORS, "完成人", "own"),
    (Column.INVENTORS, "全部完成人", "own"),
    (Column.INVENTORS, "开发人", "own"),
    (Column.INVENTORS, "培育人", "own"),
    (Column.INVENTORS, "inventors", "Lens"),
    (Column.INVENTORS, "inventor", "own"),
    (Column.INVENTORS, "inventor/author", "Google"),
    (Column.FILING_DATE, "申请日", "CNIPA PatSnap incoPat CNKI own"),
    (Column.FILING_DATE, "申请日期", "own"),
    (Column.FILING_DATE, "专利申请日", "own"),
    (Column.FILING_DATE, "申请时间", "own"),
    (Column.FILING_DATE, "filing/creation date", "Google"),
    (Column.FILING_DATE, "filing date", "own"),
    (Column.FILING_DATE, "application date", "Lens"),
    (Column.PUBLICATION_NUMBER, "公开(公告)号", "CNIPA PatSnap incoPat"),
    (Column.PUBLICATION_NUMBER, "公开号", "CNKI"),
    (Column.PUBLICATION_NUMBER, "授权公告号", "CNIPA own"),
    (Column.PUBLICATION_NUMBER, "公告号", "CNKI own"),
    (Column.PUBLICATION_NUMBER, "公开公告号", "own"),
    (Column.PUBLICATION_NUMBER, "申请公布号", "CNIPA"),
    (Column.PUBLICATION_NUMBER, "publication number", "PatSnap"),
    (Column.PUBLICATION_NUMBER, "display key", "Lens"),
    (Column.PUBLICATION_NUMBER, "id", "Google"),
    (Column.MAIN_CLASS, "主分类号", "CNIPA CNKI"),
    (Column.MAIN_CLASS, "ipc主分类号", "PatSnap"),
    (Column.MAIN_CLASS, "主分类", "own"),
    (Column.MAIN_CLASS, "ipc主分类", "incoPat"),
    (Column.MAIN_CLASS, "ipc分类号", "PatSnap"),
    (Column.MAIN_CLASS, "分类号", "CNIPA CNKI"),
    (Column.MAIN_CLASS, "ipc", "incoPat own"),
    (Column.MAIN_CLASS, "洛迦诺分类号", "incoPat"),
    (Column.MAIN_CLASS, "洛迦诺分类号(loc)", "PatSnap"),
    (Column.MAIN_CLASS, "locarno", "own"),
    (Column.MAIN_CLASS, "ipcr classifications", "Lens"),
    (Column.ABSTRACT, "摘要", "CNIPA PatSnap incoPat CNKI"),
    (Column.ABSTRACT, "摘要(中文)", "PatSnap incoPat"),
    (Column.ABSTRACT, "摘要(中)", "PatSnap"),
    (Column.ABSTRACT, "内容摘要", "own"),
    (Column.ABSTRACT, "简介", "own"),
    (Column.ABSTRACT, "成果简介", "own"),
    (Column.ABSTRACT, "abstract", "Lens"),
    (Column.CLAIMS, "权利要求", "PatSnap incoPat export own"),
    (Column.CLAIMS, "权利要求书", "CNIPA own"),
    (Column.CLAIMS, "权利要求(中文)", "PatSnap"),
    (Column.CLAIMS, "独立权利要求", "PatSnap incoPat"),
    (Column.CLAIMS, "首项权利要求", "PatSnap incoPat"),
    (Column.CLAIMS, "主权项", "CNIPA CNKI"),
    (Column.CLAIMS, "主权利要求", "own"),
    (Column.CLAIMS, "claims", "own"),
    (Column.CLAIMS, "first claim", "own"),
    (Column.KIND, "成果类型", "own"),
    (Column.KIND, "知识产权类型", "own"),
    (Column.KIND, "专利类型", "PatSnap incoPat own"),
    (Column.KIND, "成果类别", "own"),
    (Column.KIND, "专利类别", "own"),
    (Column.KIND, "权利类型", "own"),
    (Column.KIND, "类型", "export own"),
    (Column.LEGAL_STATUS, "简单法律状态", "PatSnap"),
    (Column.LEGAL_STATUS, "当前法律状态", "incoPat"),
    (Column.LEGAL_STATUS, "法律状态", "CNIPA incoPat CNKI export own"),
    (Column.LEGAL_STATUS, "专利有效性", "incoPat"),
    (Column.LEGAL_STATUS, "专利状态", "own"),
    (Column.LEGAL_STATUS, "legal status", "Lens"),
    (Column.PUBLICATION_DATE, "公开(公告)日", "CNIPA PatSnap incoPat export"),
    (Column.PUBLICATION_DATE, "公开日", "CNKI own"),
    (Column.PUBLICATION_DATE, "公开日期", "own"),
    (Column.PUBLICATION_DATE, "公告日", "own"),
    (Column.PUBLICATION_DATE, "publication date", "Google Lens"),
    (Column.GRANT_DATE, "授权日", "PatSnap export own"),
    (Column.GRANT_DATE, "授权日期", "own"),
    (Column.GRANT_DATE, "授权公告日", "CNIPA own"),
    (Column.GRANT_DATE, "grant date", "Google"),
    (Column.CPC, "cpc分类号", "PatSnap CNKI export own"),
    (Column.CPC, "cpc", "incoPat own"),
    (Column.CPC, "cpc主分类号", "PatSnap"),
    (Column.CPC, "cpc主分类", "incoPat"),
    (Column.CPC, "cpc classifications", "Lens"),
    (Column.PRIORITIES, "优先权号", "PatSnap incoPat export own"),
    (Column.PRIORITIES, "优先权", "CNIPA CNKI own"),
    (Column.PRIORITIES, "优先权信息", "incoPat"),
    (Column.PRIORITIES, "priority numbers", "Lens"),
    (Column.FEE_PAID_UNTIL, "年费已缴至", "export own"),
    (Column.FEE_PAID_UNTIL, "年费缴至", "own"),
    (Column.FEE_PAID_UNTIL, "年费缴纳至", "own"),
    (Column.FEE_PAID_UNTIL, "年费有效期", "own"),
    (Column.FEE_PAID_UNTIL, "年费截止日", "own"),
    (Column.FEE_PAID_UNTIL, "年费到期日", "own"),
    (Column.FEE_PAID_UNTIL, "下次缴费日", "own"),
    (Column.FEE_PAID_UNTIL, "下次年费缴纳日", "own"),
    (Column.FEE_PAID_UNTIL, "下一年度缴费日", "own"),
    (Column.FEE_PAID_UNTIL, "应缴日期", "own"),
    (Column.FEE_PAID_UNTIL, "缴费期限", "own"),
    (Column.FEE_PAID_UNTIL, "fee paid until", "own"),
    (Column.READINESS, "技术就绪等级", "export own"),
    (Column.READINESS, "技术就绪度", "own"),
    (Column.READINESS, "技术成熟度等级", "own"),
    (Column.READINESS, "trl等级", "own"),
    (Column.READINESS, "trl", "own"),
    (Column.READINESS_EVIDENCE, "成熟度依据", "export own"),
    (Column.READINESS_EVIDENCE, "技术就绪等级依据", "own"),
    (Column.READINESS_EVIDENCE, "trl依据", "own"),
    (Column.REWARD_SHARES, "完成人及奖励份额", "export own"),
    (Column.REWARD_SHARES, "完成人奖励份额", "own"),
    (Column.REWARD_SHARES, "完成人奖励比例", "own"),
    (Column.REWARD_SHARES, "完成人收益比例", "own"),
    (Column.REWARD_SHARES, "完成人及份额", "own"),
    (Column.REWARD_SHARES, "奖励份额", "own"),
    (Column.REWARD_SHARES, "奖励分配比例", "own"),
    (Column.REWARD_SHARES, "收益分配比例", "own"),
    (Column.OWNER_SHARES, "权利人份额和同意", "export"),
    (Column.OWNER_SHARES, "权利人份额", "own"),
    (Column.OWNER_SHARES, "权利人及份额", "own"),
    (Column.OWNER_SHARES, "共有人份额", "own"),
    (Column.OWNER_SHARES, "共有人及份额", "own"),
    (Column.OWNER_SHARES, "共有份额", "own"),
    (Column.OWNER_SHARES, "权属份额", "own"),
    (Column.OWNER_SHARES, "权属比例", "own"),
    (Column.IS_FUNDED, "是否由财政资金形成", "export own"),
    (Column.IS_FUNDED, "是否财政资金", "own"),
    (Column.IS_FUNDED, "是否财政资助", "own"),
    (Column.IS_FUNDED, "财政资金形成", "own"),
    (Column.PROJECTS, "财政资金项目", "export own"),
    (Column.PROJECTS, "财政项目", "own"),
    (Column.PROJECTS, "资助项目", "own"),
    (Column.PROJECTS, "依托项目", "own"),
    (Column.PROJECTS, "项目来源", "own"),
    (Column.PROJECTS, "来源项目", "own"),
    (Column.PROJECTS, "资助项目及金额", "own"),
    (Column.PROJECTS, "财政资金项目及金额", "own"),
)
"""Meaning, heading (half-width, lower case), where it is met."""
