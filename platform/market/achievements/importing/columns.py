"""Which column of a sheet holds what: the heading row is found and its headings are looked up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.achievements.errors import ColumnsRefused, FileRefused
from market.achievements.importing.cells import CellValue, text_of
from market.achievements.importing.headings import HEADINGS, Column
from market.kernel.errors import N_

HEADER_SEARCH_ROWS = 20
MAXIMUM_COLUMNS = 120
SAMPLE_ROWS = 3
MAXIMUM_HEADING_CHARACTERS = 100
_SHOWN_HEADINGS = 12
KNOWN_NUMBER_HEADINGS = ("申请号", "专利申请号", "专利号", "申请（专利）号", "Application Number")

Row = Sequence[CellValue]


@dataclass(frozen=True)
class Recognised:
    """The (last) heading row, counted from 1, and the meaning of its columns, counted from 0."""

    header_row: int
    headings: tuple[str, ...]
    columns: Mapping[Column, int]


def normal_heading(text: str) -> str:
    """A heading for comparison: half-width, lower case, no blanks, no star of required fields."""
    return re.sub(r"[\s*_:：]", "", unicodedata.normalize("NFKC", text).casefold())


_MEANING: dict[str, tuple[Column, int]] = {}
for _rank, (_column, _heading, _) in enumerate(HEADINGS):
    _MEANING.setdefault(normal_heading(_heading), (_column, _rank))


def recognise(rows: Sequence[Row]) -> Recognised:
    """Find the heading row among a sheet's first rows, also where headings stand in two rows, one merged over another.

    Raises FileRefused when there is no row at all, or none with a known heading; the sentence names what was found.
    """
    best: Recognised | None = None
    for position in range(1, min(len(rows), HEADER_SEARCH_ROWS) + 1):
        for found in _readings(rows, position):
            if found.columns and (best is None or _worth(found) > _worth(best)):
                best = found
    if best is not None:
        return best
    first = next((row for row in rows if any(text_of(value) for value in row)), None)
    if first is None:
        raise FileRefused("file.empty", N_("表格里没有内容，请检查是否选错了文件或工作表。"), field="file")
    named = [text_of(value)[:20] for value in first if text_of(value)]
    raise FileRefused(
        "file.no_number_column",
        N_("没有找到申请号一列。表头读到的是：%(found)s；可识别的写法有：%(known)s。请修改表头后重新上传。"),
        field="file",
        found="、".join(named[:_SHOWN_HEADINGS]),
        known="、".join(KNOWN_NUMBER_HEADINGS),
    )


def _worth(found: Recognised) -> tuple[int, int]:
    """A row with a number column is worth more than any without; then the number of known headings counts."""
    return int(Column.NUMBER in found.columns), len(found.columns)


def _readings(rows: Sequence[Row], position: int) -> list[Recognised]:
    """The row alone as headings, and with the row above where that one's cells are merged over this one's.

    A row of data below the headings is no second row of headings: it holds something where they are known.
    """
    headings = headings_of(rows[position - 1])
    alone = Recognised(position, headings, columns_of(headings))
    if position == 1:
        return [alone]
    above = headings_of(rows[position - 2])
    known_above = columns_of(above)
    if not known_above or any(index < len(headings) and headings[index] for index in known_above.values()):
        return [alone]
    width = max(len(above), len(headings))
    pairs = zip(_padded(headings, width), _padded(above, width), strict=True)
    both = tuple(below or over for below, over in pairs)
    return [alone, Recognised(position, both, columns_of(both))]


def _padded(headings: tuple[str, ...], width: int) -> tuple[str, ...]:
    return (*headings, *([""] * (width - len(headings))))


def recognise_at(rows: Sequence[Row], header_row: int) -> Recognised:
    """The headings of the row that a person named. Raises FileRefused when it is blank or lies too far below."""
    row = rows[header_row - 1] if 0 < header_row <= min(len(rows), HEADER_SEARCH_ROWS) else ()
    headings = headings_of(row)
    if not any(headings):
        raise FileRefused(
            "file.no_headings",
            N_("第 %(row)s 行是空的，不能作表头；表头要在前 %(maximum)s 行里。"),
            field="header_row",
            row=header_row,
            maximum=HEADER_SEARCH_ROWS,
        )
    return Recognised(header_row, headings, columns_of(headings))


def headings_of(row: Row) -> tuple[str, ...]:
    """The row's cells as headings."""
    return tuple(text_of(value)[:MAXIMUM_HEADING_CHARACTERS] for value in row[:MAXIMUM_COLUMNS])


def columns_of(headings: Sequence[str]) -> dict[Column, int]:
    """For each meaning the column whose heading names it best; the first of equals."""
    best: dict[Column, tuple[int, int]] = {}
    for index, heading in enumerate(headings):
        meaning = _meaning_of(heading)
        if meaning is not None and (meaning[0] not in best or meaning[1] < best[meaning[0]][0]):
            best[meaning[0]] = (meaning[1], index)
    return {column: best[column][1] for column in Column if column in best}


def _meaning_of(heading: str) -> tuple[Column, int] | None:
    """Of a heading in two languages (`Title-题名`) either half will do."""
    whole = normal_heading(heading)
    halves = whole.split("-") if "-" in whole else []
    return next((_MEANING[name] for name in (whole, *halves) if name in _MEANING), None)


def checked_columns(columns: Mapping[Column, int], width: int) -> dict[Column, int]:
    """The columns that a person confirmed.

    Instead of numbers a file may have publication numbers, or kinds of results that need none, then also no applicants.
    Raises ColumnsRefused: a required one is missing, one lies outside the sheet, one is chosen twice.
    """
    may_do = {Column.NUMBER: (Column.PUBLICATION_NUMBER, Column.KIND), Column.APPLICANTS: (Column.KIND,)}
    for column in Column:
        instead = may_do.get(column, ())
        if column.is_required and column not in columns and not any(other in columns for other in instead):
            raise ColumnsRefused(
                "columns.missing", N_("请指明哪一列是“%(column)s”。"), field=column.value, column=column.label
            )
    chosen: dict[int, Column] = {}
    for column, index in columns.items():
        if not 0 <= index < width:
            raise ColumnsRefused("columns.outside", N_("所选的列不在表格里，请重新选择。"), field=column.value)
        if index in chosen:
            raise ColumnsRefused(
                "columns.twice",
                N_("“%(first)s”和“%(second)s”选了同一列，请分别选择。"),
                field=column.value,
                first=chosen[index].label,
                second=column.label,
            )
        chosen[index] = column
    return dict(columns)
