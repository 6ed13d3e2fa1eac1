"""One row of the file: what it says, or why it cannot be kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from market.achievements.classification import normal_class
from market.achievements.errors import NumberRefused
from market.achievements.importing.cells import CellValue, date_of, is_without_result, paragraph_of, people_of, text_of
from market.achievements.importing.details import NOTHING, RightDetails, status_named
from market.achievements.importing.headings import Column
from market.achievements.importing.numbers import RowNumber, kind_named, read_row_number
from market.achievements.patent_numbers import FIRST_YEAR
from market.achievements.rules import RightContent
from market.achievements.vocabulary import AchievementKind
from market.kernel.errors import N_, Refusal

MAXIMUM_TITLE_CHARACTERS = 500
MAXIMUM_APPLICANTS_CHARACTERS = 4000
_STORED_NUMBER_CHARACTERS = 80
_STORED_SYMBOL_CHARACTERS = 40


class RowRefused(Refusal):
    """The row cannot enter the register."""


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
    except (NumberRefused, RowRefused) as refusal:
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
    if number is not None:
        details = _details(row, columns, today)
        return RowDraft(row.row_number, number.kind, number, content.applicants, publication, content, details)
    assert named is not None
    return RowDraft(row.row_number, named, None, content.applicants, None, replace(content, applicants=""))


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
    symbols = _text(row.values, columns, Column.MAIN_CLASS)
    return RightContent(
        title=title,
        applicants=applicants,
        inventors=people_of(_value(row.values, columns, Column.INVENTORS), are_persons=True),
        filing_date=_filing_date(row, columns, number, today) if number else None,
        publication_number=_publication_number(row, columns) if number else None,
        main_class=_main_class(symbols) if number else "",
        abstract=paragraph_of(_value(row.values, columns, Column.ABSTRACT)),
    )


def _details(row: FileRow, columns: Mapping[Column, int], today: date) -> RightDetails:
    return RightDetails(
        status_named(_text(row.values, columns, Column.LEGAL_STATUS)),
        _date(row, columns, Column.PUBLICATION_DATE, today),
        _date(row, columns, Column.GRANT_DATE, today),
    )


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
