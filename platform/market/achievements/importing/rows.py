"""One row of the file: what it says, or why it cannot be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from market.achievements.classification import is_cpc, normal_class, split_symbols
from market.achievements.editing.numbers import RightNumber
from market.achievements.editing.rules import MAXIMUM_SYMBOLS, RightDraft, fee_problems
from market.achievements.errors import NumberRefused, RegisterRefused, RowRefused
from market.achievements.importing.cells import CellValue, date_of, is_without_result, paragraph_of, people_of, text_of
from market.achievements.importing.details import NOTHING, RightDetails, status_named
from market.achievements.importing.entry_facts import ENTRY_COLUMNS
from market.achievements.importing.headings import Column
from market.achievements.importing.numbers import RowNumber, kind_named, read_row_number
from market.achievements.patent_numbers import FIRST_YEAR, read_priorities
from market.achievements.rules import MAXIMUM_CLAIMS_CHARACTERS, RightContent
from market.achievements.vocabulary import PATENT_KINDS, WITH_CLAIMS, AchievementKind
from market.kernel.errors import N_, Refusal

MAXIMUM_TITLE_CHARACTERS = 500
MAXIMUM_APPLICANTS_CHARACTERS = 4000
LONGEST_TERM_YEARS = 20
_STORED_NUMBER_CHARACTERS = 80
_STORED_SYMBOL_CHARACTERS = 40


@dataclass(frozen=True)
class FileRow:
    """A row as it stands in the file; `row_number` as the office program shows it, from 1."""

    row_number: int
    values: tuple[CellValue, ...]


@dataclass(frozen=True)
class RowDraft:
    """What a readable row says. Blank cells and missing columns are blank here and erase nothing later.

    `number` is None for a result without a right; then `applicants` says whose it is and the content names none.
    """

    row_number: int
    kind: AchievementKind
    number: RowNumber | None
    applicants: str
    publication: str | None
    content: RightContent
    details: RightDetails = NOTHING
    entry_cells: Mapping[Column, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What is compared with the register and with the rest of the file."""
        return self.number.normal if self.number else f"{self.kind.value}:{self.content.title}"


@dataclass(frozen=True)
class RefusedRow:
    """A row that is not kept, with the reason."""

    row_number: int
    number: str
    title: str
    refusal: Refusal


def read_row(row: FileRow, columns: Mapping[Column, int], today: date) -> RowDraft | RefusedRow:
    """What the row says, or why it is not kept."""
    given = _text(row.values, columns, Column.NUMBER)
    title = _text(row.values, columns, Column.TITLE)
    try:
        return _draft(row, columns, given, today)
    except (NumberRefused, RegisterRefused, RowRefused) as refusal:
        return RefusedRow(row.row_number, given[:_STORED_NUMBER_CHARACTERS], title[:MAXIMUM_TITLE_CHARACTERS], refusal)


def _require_results(row: FileRow, columns: Mapping[Column, int]) -> None:
    """Raise RowRefused for a formula without result in a column that counts: it is no blank cell, nobody knows what it says."""
    for column in columns:
        value = _value(row.values, columns, column)
        if is_without_result(value):
            raise RowRefused(
                "row.formula_without_result",
                N_(
                    "“%(column)s”一格是没有结果的公式（%(given)s）：请用 Excel 或 WPS 打开文件重新保存，或把这一列复制后粘贴为数值，再上传。"
                ),
                column=column.label,
                given=text_of(value),
            )


def _draft(row: FileRow, columns: Mapping[Column, int], given: str, today: date) -> RowDraft:
    _require_results(row, columns)
    named = kind_named(_text(row.values, columns, Column.KIND))
    publication = _publication_number(row, columns)
    number = read_row_number(named, given, publication or "", today)
    content = _content(row, columns, number, today)
    cells = _entry_cells(row, columns)
    if number is not None:
        details = _details(row, columns, today)
        _require_possible_fee(number, content, details)
        return RowDraft(row.row_number, number.kind, number, content.applicants, publication, content, details, cells)
    assert named is not None
    content_alone = replace(content, applicants="")
    return RowDraft(row.row_number, named, None, content.applicants, None, content_alone, entry_cells=cells)


def _entry_cells(row: FileRow, columns: Mapping[Column, int]) -> dict[Column, str]:
    """What stands in the cells about the entry; blank ones are left out."""
    texts = {column: paragraph_of(_value(row.values, columns, column)) for column in ENTRY_COLUMNS if column in columns}
    return {column: text for column, text in texts.items() if text}


def _content(row: FileRow, columns: Mapping[Column, int], number: RowNumber | None, today: date) -> RightContent:
    title = _text(row.values, columns, Column.TITLE)
    applicants = people_of(_value(row.values, columns, Column.APPLICANTS))
    if not title:
        raise RowRefused("row.title_missing", N_("没有填写名称。"))
    if len(title) > MAXIMUM_TITLE_CHARACTERS:
        raise RowRefused("row.title_too_long", N_("名称超过 500 个字，请检查是否错列。"))
    if not applicants and number is not None:
        raise RowRefused("row.applicant_missing", N_("没有填写申请人（专利权人），无法判断权属。"))
    if len(applicants) > MAXIMUM_APPLICANTS_CHARACTERS:
        raise RowRefused("row.applicant_too_long", N_("申请人一栏过长，请检查是否错列。"))
    claims = _value(row.values, columns, Column.CLAIMS)
    if len(str(claims or "")) > MAXIMUM_CLAIMS_CHARACTERS:
        raise RowRefused(
            "row.claims_too_long",
            N_("权利要求超过 %(maximum)s 个字，请检查是否错列，或只保留独立权利要求。"),
            maximum=MAXIMUM_CLAIMS_CHARACTERS,
        )
    symbols = _text(row.values, columns, Column.MAIN_CLASS)
    return RightContent(
        title=title,
        applicants=applicants,
        inventors=people_of(_value(row.values, columns, Column.INVENTORS), are_persons=True),
        filing_date=_filing_date(row, columns, number, today) if number else None,
        publication_number=_publication_number(row, columns) if number else None,
        main_class=_main_class(symbols) if number else "",
        abstract=paragraph_of(_value(row.values, columns, Column.ABSTRACT)),
        claims=paragraph_of(claims) if number and number.kind in WITH_CLAIMS else "",
    )


def _details(row: FileRow, columns: Mapping[Column, int], today: date) -> RightDetails:
    return RightDetails(
        status_named(_text(row.values, columns, Column.LEGAL_STATUS)),
        _date(row, columns, Column.PUBLICATION_DATE, today),
        _date(row, columns, Column.GRANT_DATE, today),
        _cpc_classes(paragraph_of(_value(row.values, columns, Column.CPC))),
        read_priorities(paragraph_of(_value(row.values, columns, Column.PRIORITIES))),
        _date(row, columns, Column.FEE_PAID_UNTIL, date(today.year + LONGEST_TERM_YEARS, 12, 31)),
    )


def _cpc_classes(text: str) -> tuple[str, ...]:
    """The first symbols, as many as the register keeps. Raises RowRefused for what is none."""
    symbols = split_symbols(text)
    wrong = next((symbol for symbol in symbols if not is_cpc(symbol)), None)
    if wrong is not None:
        raise RowRefused("row.cpc", N_("“%(given)s”不是 CPC 分类号，例如 Y02E 10/50。"), given=wrong[:40])
    return symbols[:MAXIMUM_SYMBOLS]


def _require_possible_fee(number: RowNumber, content: RightContent, details: RightDetails) -> None:
    """Raise RegisterRefused as for what a person types: only granted patents have fees, and no longer than their term."""
    if details.annual_fee_paid_until is None:
        return
    patent_kind = number.kind if number.kind in PATENT_KINDS else None
    read = RightNumber(number.normal, number.as_given, number.has_check_digit, patent_kind)
    draft = RightDraft(
        number.kind, read, content.title, content.applicants,
        filing_date=content.filing_date, annual_fee_paid_until=details.annual_fee_paid_until,
    )  # fmt: skip
    for problem in fee_problems(draft):
        raise problem


def _date(row: FileRow, columns: Mapping[Column, int], column: Column, today: date) -> date | None:
    """The day in the column. Raises RowRefused for what is no day, or none that can be."""
    value = _value(row.values, columns, column)
    try:
        day = date_of(value)
    except ValueError:
        raise RowRefused(
            "row.bad_other_date",
            N_("“%(column)s”里的“%(given)s”不是日期，例如 2014-12-15 或 2014.12.15。"),
            column=column.label,
            given=text_of(value)[:40],
        ) from None
    if day is not None and (day > today or day.year < FIRST_YEAR):
        raise RowRefused(
            "row.impossible_other_date",
            N_("“%(column)s”里的日期 %(given)s 不可能，请核对。"),
            column=column.label,
            given=str(day),
        )
    return day


def _main_class(symbols: str) -> str:
    return normal_class(re.split(r"[;；|]", symbols)[0])[:_STORED_SYMBOL_CHARACTERS]


def _publication_number(row: FileRow, columns: Mapping[Column, int]) -> str | None:
    return _text(row.values, columns, Column.PUBLICATION_NUMBER).replace(" ", "").replace("-", "").upper()[:40] or None


def _filing_date(row: FileRow, columns: Mapping[Column, int], number: RowNumber, today: date) -> date | None:
    value = _value(row.values, columns, Column.FILING_DATE)
    try:
        filed = date_of(value)
    except ValueError:
        raise RowRefused(
            "row.bad_date", N_("申请日“%(given)s”不是日期，例如 2014-12-15 或 2014.12.15。"), given=text_of(value)[:40]
        ) from None
    if filed is None:
        return None
    if filed > today or filed.year < FIRST_YEAR:
        raise RowRefused("row.impossible_date", N_("申请日 %(given)s 不可能，请核对。"), given=str(filed))
    if number.year is not None and filed.year > number.year + 1:
        # a divisional application is numbered later than it was filed, never years before
        raise RowRefused(
            "row.date_after_number",
            N_("申请日 %(given)s 晚于申请号的年份 %(year)s，请核对是否错行。"),
            given=str(filed),
            year=number.year,
        )
    return filed


def _value(values: Sequence[CellValue], columns: Mapping[Column, int], column: Column) -> CellValue:
    index = columns.get(column)
    return values[index] if index is not None and index < len(values) else None


def _text(values: Sequence[CellValue], columns: Mapping[Column, int], column: Column) -> str:
    return text_of(_value(values, columns, column))
