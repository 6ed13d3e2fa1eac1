"""The terms of each way as data: what may be agreed, in which unit, within which limits (rules.md 3.2, 3.3).

Values are JSON: money in fen, percentages in hundredths of a percent, numbers, the code of a choice, a line of text, or
rows of cells. Nothing here is required by itself; what must be there together stands in offer_checks.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from market.kernel.errors import N_, N_counted, Refusal
from market.kernel.money import Money, format_wan, parse_yuan
from market.listings.vocabulary import Pricing, TransferWay

Terms = Mapping[str, Any]
WHOLE = 10_000
LINE_MAXIMUM = 300
ROWS_MAXIMUM = 12
DIGITS_MAXIMUM = 5
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%?")
_CELLS = re.compile(r"[|｜\t]")


class TermKind(StrEnum):
    """What a term's value is."""

    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"
    CHOICE = "choice"
    LINE = "line"
    ROWS = "rows"


class TermRefused(Refusal):
    """What was typed is no value of the term."""

    status = 422


@dataclass(frozen=True)
class Term:
    """One term of a way. `lowest` and `highest` count in the value's own unit; `columns` name the cells of a row."""

    name: str
    label: str
    kind: TermKind
    unit: str = ""
    lowest: int = 0
    highest: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    help: str = ""
    """A sentence that pages translate, so a percent sign stands twice."""
    pricings: frozenset[Pricing] = frozenset(Pricing)
    """Pricings under which the term means something; under others it is left out."""


@dataclass(frozen=True)
class TermLine:
    """One term in words: the label, and a sentence with its parameters, both to be translated."""

    name: str
    label: str
    text: str
    params: dict[str, object] = field(default_factory=dict)


_FORMULA = frozenset({Pricing.FORMULA})
_PRICED = frozenset({Pricing.FIXED, Pricing.STARTING})

BASIS_DOCUMENT = Term(
    "basis_document", N_("价格依据文件"), TermKind.LINE, pricings=_PRICED,
    help=N_("写明文件名称、编号和日期，例如：评估报告 温评〔2026〕18 号，2026-03-10。"),
)  # fmt: skip
BUYER_SCOPE = Term(
    "buyer_scope", N_("受让方范围"), TermKind.CHOICE,
    choices=(("domestic", N_("只面向境内受让方")), ("any", N_("境内外受让方都可以"))),
    help=N_("财政资金支持的成果向境外转让或独占许可，须经项目管理机构批准（科学技术进步法第34条）。"),
)  # fmt: skip
PAYMENT = Term(
    "payment", N_("付款方式"), TermKind.CHOICE,
    choices=(
        ("lump_sum", N_("一次总付")),
        ("instalments", N_("分期支付")),
        ("royalty", N_("提成支付")),
        ("entry_and_royalty", N_("提成支付附加入门费")),
    ),
)  # fmt: skip
INSTALMENTS = Term(
    "instalments", N_("分期"), TermKind.ROWS, columns=(N_("节点"), N_("比例")),
    help=N_("每行一期：节点 | 比例，例如：签约后 10 日内 | 40%%。各期合计 100%%。"),
)  # fmt: skip
ENTRY_FEE = Term("entry_fee", N_("入门费"), TermKind.MONEY, unit=N_("元"), pricings=_FORMULA)
ROYALTY_BASE = Term(
    "royalty_base", N_("提成基数"), TermKind.CHOICE, pricings=_FORMULA,
    choices=(
        ("sales", N_("产品销售额")),
        ("price", N_("产品价格")),
        ("output", N_("新增产值")),
        ("profit", N_("利润")),
    ),
)  # fmt: skip
ROYALTY_RATE = Term(
    "royalty_rate", N_("提成比例"), TermKind.PERCENT, unit="%", lowest=1, highest=WHOLE, pricings=_FORMULA
)
ROYALTY_YEARS = Term(
    "royalty_years", N_("提成年限"), TermKind.NUMBER, unit=N_counted("年"), lowest=1, highest=20, pricings=_FORMULA
)
TERM_YEARS = Term("term_years", N_("许可期限"), TermKind.NUMBER, unit=N_counted("年"), lowest=1, highest=20)
TERRITORY = Term(
    "territory", N_("实施地域"), TermKind.CHOICE,
    choices=(
        ("nationwide", N_("全国")),
        ("province", N_("浙江省内")),
        ("city", N_("温州市内")),
        ("agreed", N_("另行约定")),
    ),
)  # fmt: skip
SCOPE = Term("scope", N_("使用领域"), TermKind.LINE, help=N_("限于哪些产品或用途；不限就写“不限”。"))
SUBLICENCE = Term(
    "sublicence", N_("分许可"), TermKind.CHOICE,
    choices=(("no", N_("不允许")), ("with_consent", N_("经书面同意可以"))),
)  # fmt: skip
IMPROVEMENTS = Term(
    "improvements", N_("后续改进成果"), TermKind.CHOICE,
    choices=(
        ("each", N_("归改进方")),
        ("shared", N_("双方共有")),
        ("seller", N_("归本单位，对方免费使用")),
    ),
)  # fmt: skip
SUPPORT = Term("support", N_("交付与技术支持"), TermKind.LINE, help=N_("交付什么、派谁指导、多少天、谁承担费用。"))

_LICENCE = (
    TERM_YEARS, TERRITORY, SCOPE, SUBLICENCE, PAYMENT, ENTRY_FEE, ROYALTY_BASE, ROYALTY_RATE, ROYALTY_YEARS,
    INSTALMENTS, IMPROVEMENTS, SUPPORT, BASIS_DOCUMENT,
)  # fmt: skip

_OPEN_LICENCE = (
    TERM_YEARS, PAYMENT, ENTRY_FEE, ROYALTY_BASE, ROYALTY_RATE, ROYALTY_YEARS, INSTALMENTS, SCOPE, BASIS_DOCUMENT,
)  # fmt: skip
_EQUITY = (
    Term("equity_share", N_("拟占股比"), TermKind.PERCENT, unit="%", lowest=1, highest=WHOLE),
    Term(
        "company", N_("目标公司"), TermKind.CHOICE,
        choices=(("new", N_("新设公司")), ("existing", N_("现有公司"))),
    ),
    IMPROVEMENTS, SUPPORT, BASIS_DOCUMENT, BUYER_SCOPE,
)  # fmt: skip
_JOINT = (
    Term("partner_funding", N_("希望合作方投入"), TermKind.MONEY, unit=N_("元")),
    Term("period_months", N_("合作期限"), TermKind.NUMBER, unit=N_counted("个月"), lowest=1, highest=120),
    Term("division", N_("分工"), TermKind.LINE, help=N_("本单位做什么，合作方做什么。")),
    Term(
        "new_rights", N_("新成果归属"), TermKind.CHOICE,
        choices=(
            ("shared", N_("双方共有")),
            ("each", N_("各自完成的归各自")),
            ("by_contribution", N_("按投入另行约定")),
        ),
    ),
    SCOPE,
)  # fmt: skip
_TRY_FIRST = (
    Term("upfront_fee", N_("试用费"), TermKind.MONEY, unit=N_("元"), help=N_("不收费就空着。")),
    Term("site", N_("试用条件"), TermKind.LINE, help=N_("需要什么场地、设备，谁承担现场费用。")),
    Term(
        "kpis", N_("考核指标"), TermKind.ROWS, columns=(N_("指标"), N_("目标"), N_("检验方法")),
        help=N_("每行一项：指标 | 目标 | 检验方法，例如：泄漏率 | ≤0.1%% | 第三方检测。"),
    ),
    Term(
        "report_months", N_("进展报告"), TermKind.CHOICE,
        choices=(("3", N_("每 3 个月一次")), ("6", N_("每 6 个月一次"))),
    ),
    Term(
        "conversion_way", N_("期满转化方式"), TermKind.CHOICE,
        choices=(("ordinary_licence", N_("普通许可")), ("exclusive_licence", N_("独占许可")), ("assignment", N_("转让"))),
    ),
    Term(
        "conversion_rule", N_("转化价格规则"), TermKind.CHOICE,
        choices=(
            ("fixed", N_("固定价")),
            ("kpi", N_("按指标完成度，有上下限")),
            ("royalty", N_("按销售额提成")),
            ("credit", N_("固定价，试用费抵扣")),
        ),
        help=N_("转化的条件、方式和费用要在试用前约定（浙江“先用后转”做法），价格按第17条公示。"),
    ),
    Term("conversion_price", N_("转化价"), TermKind.MONEY, unit=N_("元")),
    Term("conversion_low", N_("转化价下限"), TermKind.MONEY, unit=N_("元")),
    Term("conversion_high", N_("转化价上限"), TermKind.MONEY, unit=N_("元")),
    Term("pay_after_months", N_("最早付款"), TermKind.NUMBER, unit=N_("个月后"), lowest=1, highest=60),
    *(replace(term, pricings=frozenset(Pricing)) for term in (ROYALTY_BASE, ROYALTY_RATE, ROYALTY_YEARS)),
    BASIS_DOCUMENT,
)  # fmt: skip
_INVEST_FIRST = (
    Term("wanted", N_("希望支持金额"), TermKind.MONEY, unit=N_("元")),
    Term("share_cap", N_("转股比例上限"), TermKind.PERCENT, unit="%", lowest=1, highest=WHOLE),
    Term(
        "trigger", N_("转股条件"), TermKind.CHOICE,
        choices=(
            ("round", N_("获得市场化融资")),
            ("revenue", N_("年营收达到约定数")),
            ("profit", N_("年利润达到约定数")),
            ("deadline", N_("期限届满")),
        ),
    ),
    Term(
        "milestones", N_("里程碑"), TermKind.ROWS, columns=(N_("里程碑"), N_("完成时间")),
        help=N_("每行一项：里程碑 | 完成时间。"),
    ),
)  # fmt: skip
_AUCTION = (
    Term("step", N_("加价幅度"), TermKind.MONEY, unit=N_("元")),
    Term(
        "deposit", N_("保证金比例"), TermKind.PERCENT, unit="%", lowest=500, highest=2000,
        help=N_("占起拍价的 5%%–20%%；是否收取以竞价公告为准。"),
    ),
    Term("pay_days", N_("成交后付款期限"), TermKind.NUMBER, unit=N_counted("天"), lowest=1, highest=90),
    SUPPORT, BASIS_DOCUMENT, BUYER_SCOPE,
)  # fmt: skip

TERMS_OF_WAY: dict[TransferWay, tuple[Term, ...]] = {
    TransferWay.ASSIGNMENT: (PAYMENT, INSTALMENTS, IMPROVEMENTS, SUPPORT, BASIS_DOCUMENT, BUYER_SCOPE),
    TransferWay.EXCLUSIVE_LICENCE: (*_LICENCE, BUYER_SCOPE),
    TransferWay.SOLE_LICENCE: _LICENCE,
    TransferWay.ORDINARY_LICENCE: _LICENCE,
    TransferWay.OPEN_LICENCE: _OPEN_LICENCE,
    TransferWay.EQUITY: _EQUITY,
    TransferWay.JOINT_DEVELOPMENT: _JOINT,
    TransferWay.TRY_FIRST: _TRY_FIRST,
    TransferWay.INVEST_FIRST: _INVEST_FIRST,
    TransferWay.AUCTION: _AUCTION,
}


def read_term(term: Term, typed: str) -> Any:
    """The value of what was typed; None for nothing. Raises TermRefused, or AmountRefused for money."""
    return _READERS[term.kind](term, typed) if typed.strip() else None


def _read_money(term: Term, typed: str) -> int:  # noqa: ARG001 - as the others
    return parse_yuan(typed).minor_units


def _read_percent(term: Term, typed: str) -> int:
    value = share_of_whole(typed)
    return _within(term, -1 if value is None else value, percent(term.lowest), percent(term.highest))


def _read_number(term: Term, typed: str) -> int:
    text = unicodedata.normalize("NFKC", typed).strip()
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAXIMUM else -1
    return _within(term, value, str(term.lowest), str(term.highest))


def _read_choice(term: Term, typed: str) -> str | None:
    return typed if typed in dict(term.choices) else None


def _read_line(term: Term, typed: str) -> str:  # noqa: ARG001 - as the others
    text = " ".join(typed.split())
    if len(text) > LINE_MAXIMUM:
        raise TermRefused("term.long", N_("不超过 %(maximum)s 字。"), maximum=LINE_MAXIMUM)
    return text


def typed_term(term: Term, value: Any) -> str:
    """The value as a person would type it."""
    if value is None:
        return ""
    if term.kind is TermKind.MONEY:
        return f"{Money(value).yuan:.2f}".removesuffix(".00")
    if term.kind is TermKind.PERCENT:
        return percent(value).rstrip("%")
    if term.kind is TermKind.ROWS:
        return "\n".join(" | ".join(row) for row in value)
    return str(value)


def percent(hundredths: int) -> str:
    """350 → `3.5%`."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}%" if not rest else f"{whole}.{rest:02d}".rstrip("0") + "%"


def share_of_whole(cell: str) -> int | None:
    """The hundredths of a percent that a cell names; None when it is no percentage."""
    match = _PERCENT.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else None


def _within(term: Term, value: int, lowest: str, highest: str) -> int:
    if not term.lowest <= value <= term.highest:
        raise TermRefused(
            "term.range", N_("请填写 %(lowest)s 到 %(highest)s 之间的数。"), lowest=lowest, highest=highest
        )
    return value


def _rows(term: Term, typed: str) -> list[list[str]] | None:
    rows = [[cell.strip() for cell in _CELLS.split(line)] for line in typed.splitlines() if line.strip()]
    if len(rows) > ROWS_MAXIMUM:
        raise TermRefused("term.rows", N_("最多 %(maximum)s 行。"), maximum=ROWS_MAXIMUM)
    for number, row in enumerate(rows, 1):
        if len(row) != len(term.columns) or not all(row) or any(len(cell) > LINE_MAXIMUM for cell in row):
            raise TermRefused(
                "term.cells",
                N_("第 %(number)s 行要有 %(count)s 格，用“|”分开，每格都要填。"),
                number=number,
                count=len(term.columns),
            )
    return rows or None


_READERS = {
    TermKind.MONEY: _read_money,
    TermKind.PERCENT: _read_percent,
    TermKind.NUMBER: _read_number,
    TermKind.CHOICE: _read_choice,
    TermKind.LINE: _read_line,
    TermKind.ROWS: _rows,
}


def terms_in_words(way: TransferWay, terms: Terms) -> tuple[TermLine, ...]:
    """The terms that are given, in the order of the way's list, for a page."""
    return tuple(_line(term, terms[term.name]) for term in TERMS_OF_WAY[way] if terms.get(term.name) is not None)


def _line(term: Term, value: Any) -> TermLine:
    if term.kind is TermKind.MONEY:
        return TermLine(term.name, term.label, N_("%(amount)s 万元"), {"amount": format_wan(Money(value))})
    if term.kind is TermKind.CHOICE:
        return TermLine(term.name, term.label, dict(term.choices).get(value, str(value)))
    if term.kind is TermKind.PERCENT:
        return TermLine(term.name, term.label, "%(value)s", {"value": percent(value)})
    if term.kind is TermKind.NUMBER:
        return TermLine(term.name, term.label, NUMBERS[term.unit], {"number": value})
    if term.kind is TermKind.ROWS:
        return TermLine(term.name, term.label, "%(value)s", {"value": "；".join("，".join(row) for row in value)})
    return TermLine(term.name, term.label, "%(value)s", {"value": str(value)})


NUMBERS = {
    "年": N_counted("%(number)s 年"),
    "个月": N_counted("%(number)s 个月"),
    "个月后": N_counted("试用开始 %(number)s 个月后"),
    "天": N_counted("%(number)s 天"),
}
"""Numbers with their unit, as sentences that can be translated."""
