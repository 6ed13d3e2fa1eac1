"""The fields that a question may name, in Chinese and English: what follows the name, and where it is looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from market.kernel.errors import N_
from search.analysis import fold
from search.documents import APPLICANT, INVENTOR
from search.syntax import choices, values
from search.syntax.choices import Choice
from search.syntax.values import Measure

NUMBER = "number"
IPC = "ipc"
IPC_GROUP = "ipc_group"
IPC_FACETS = ("ipc_section", "ipc_class", "ipc_subclass", IPC_GROUP)


@dataclass(frozen=True)
class TextField:
    """Words are looked up in these streams of the index."""

    streams: tuple[str, ...]


@dataclass(frozen=True)
class ChoiceField:
    """One or more values of a facet."""

    facet: str
    choice: Choice


@dataclass(frozen=True)
class NumericField:
    """A comparison or a range of a numeric field."""

    field: str
    measure: Measure


@dataclass(frozen=True)
class CodeField:
    """A number of a right or a listing, or an IPC symbol of any depth."""

    code: str


Kind = TextField | ChoiceField | NumericField | CodeField


@dataclass(frozen=True)
class Field:
    """A name that may stand before a colon. `name` is how a question is written in its normal form."""

    name: str
    label: str
    kind: Kind
    aliases: tuple[str, ...]


FIELDS: tuple[Field, ...] = (
    Field("标题", N_("标题"), TextField(("title",)), ("title", "题目", "题名", "名称", "成果名称", "发明名称")),
    Field(
        "摘要",
        N_("摘要"),
        TextField(("summary", "problem", "advantage", "abstract")),
        ("abstract", "summary", "简介", "内容", "正文"),
    ),
    Field(
        "权利要求",
        N_("权利要求"),
        TextField(("claims",)),
        ("claims", "claim", "权利要求书", "主权项", "独立权利要求"),
    ),
    Field(
        "申请人",
        N_("单位"),
        TextField((APPLICANT,)),
        ("institution", "applicant", "assignee", "owner", "单位", "权利人", "专利权人", "机构", "所属单位"),
    ),
    Field("发明人", N_("完成人"), TextField((INVENTOR,)), ("inventor", "completer", "完成人", "发明人姓名")),
    Field("IPC", N_("IPC 分类"), CodeField(IPC), ("分类号", "分类", "ic", "ipc分类", "主分类号")),
    Field("TRL", N_("技术成熟度"), NumericField("trl_level", values.LEVEL), ("成熟度", "技术成熟度", "成熟度等级")),
    Field("价格", N_("价格"), NumericField("price", values.PRICE), ("price", "报价", "挂牌价")),
    Field(
        "发布",
        N_("发布日期"),
        NumericField("published", values.DAY),
        ("published", "发布日期", "发布时间", "date", "日期"),
    ),
    Field(
        "县",
        N_("所在县市区"),
        ChoiceField("county", choices.COUNTY),
        ("county", "地区", "区县", "县市区", "所在地", "region"),
    ),
    Field("方式", N_("转化方式"), ChoiceField("way", choices.WAYS), ("way", "转化方式", "转让方式")),
    Field("领域", N_("技术领域"), ChoiceField("field", choices.TECHNICAL_FIELDS), ("field", "技术领域")),
    Field("行业", N_("产业"), ChoiceField("industry", choices.INDUSTRIES), ("industry", "产业")),
    Field("类型", N_("成果类型"), ChoiceField("kind", choices.KINDS), ("kind", "type", "成果类型", "专利类型")),
    Field("状态", N_("法律状态"), ChoiceField("legal_status", choices.STATUSES), ("status", "法律状态")),
    Field("阶段", N_("成熟阶段"), ChoiceField("stage", choices.STAGES), ("stage", "成熟阶段")),
    Field(
        "编号",
        N_("编号"),
        CodeField(NUMBER),
        ("number", "no", "专利号", "申请号", "公开号", "公告号", "授权号", "挂牌编号", "成果编号"),
    ),
    Field("竞价", N_("竞价"), ChoiceField("auction", choices.AUCTION_STATES), ("auction", "拍卖")),
    Field("开放许可", N_("开放许可"), ChoiceField("open_licence", choices.YES_OR_NO), ("open_licence", "open", "开放")),
    Field(
        "试用",
        N_("零费用试用"),
        ChoiceField("free_trial", choices.YES_OR_NO),
        ("trial", "free_trial", "免费试用", "零费用试用"),
    ),
)
BY_NAME: Mapping[str, Field] = {fold(name).replace(" ", ""): one for one in FIELDS for name in (one.name, *one.aliases)}
LONGEST_NAME = max(map(len, BY_NAME))


def of_streams(streams: tuple[str, ...]) -> Field:
    """The field that looks words up in these streams."""
    return next(one for one in FIELDS if isinstance(one.kind, TextField) and one.kind.streams == streams)


def of_facet(facet: str) -> Field:
    """The field that stands for a facet; all levels of the IPC belong to one."""
    wanted = IPC if facet in IPC_FACETS else facet
    return next(
        one
        for one in FIELDS
        if (isinstance(one.kind, ChoiceField) and one.kind.facet == wanted)
        or (isinstance(one.kind, CodeField) and one.kind.code == wanted)
    )


def of_number(number: str) -> Field:
    """The field that stands for a numeric field of the index."""
    return next(one for one in FIELDS if isinstance(one.kind, NumericField) and one.kind.field == number)


def measure_of(number: str) -> Measure:
    """How the values of a numeric field are written."""
    kind = of_number(number).kind
    assert isinstance(kind, NumericField)
    return kind.measure
