"""Which column holds what: headings of CNIPA, PatSnap, incoPat, CNKI, Google Patents, Lens and offices' own sheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from market.achievements.errors import ColumnsRefused, FileRefused
from market.achievements.importing.cells import CellValue, text_of
from market.kernel.errors import N_

HEADER_SEARCH_ROWS = 20
MAXIMUM_COLUMNS = 120
SAMPLE_ROWS = 3
_SHOWN_HEADINGS = 12


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
}

_SYNONYMS: dict[Column, tuple[str, ...]] = {
    Column.NUMBER: (
        "申请号", "专利申请号", "专利号", "申请号/专利号", "专利号/申请号", "申请(专利)号", "专利(申请)号", "专利编号",
        "申请号码", "登记号", "授权专利号", "applicationnumber", "applicationno", "application",
    ),
    Column.TITLE: (
        "名称", "专利名称", "发明名称", "标题", "题名", "专利标题", "标题(中文)", "标题(中)", "发明创造名称",
        "成果名称", "专利题名", "title",
    ),
    Column.APPLICANTS: (
        "申请人", "专利权人", "申请(专利权)人", "当前申请(专利权)人", "[标]当前申请(专利权)人", "申请人/专利权人",
        "专利申请人", "当前权利人", "原始申请(专利权)人", "权利人", "[标]原始申请(专利权)人", "applicants", "applicant",
        "assignee", "owners",
    ),
    Column.INVENTORS: (
        "发明人", "发明(设计)人", "设计人", "发明人/设计人", "发明设计人", "当前发明(设计)人", "完成人",
        "inventors", "inventor", "inventor/author",
    ),
    Column.FILING_DATE: (
        "申请日", "申请日期", "专利申请日", "申请时间", "filing/creationdate", "filingdate", "applicationdate",
    ),
    Column.PUBLICATION_NUMBER: (
        "公开(公告)号", "公开号", "公告号", "授权公告号", "公开公告号", "申请公布号", "publicationnumber", "displaykey",
    ),
    Column.MAIN_CLASS: (
        "主分类号", "ipc主分类号", "主分类", "ipc主分类", "ipc分类号", "分类号", "ipc", "洛迦诺分类号", "locarno",
        "ipcrclassifications",
    ),
    Column.ABSTRACT: ("摘要", "摘要(中文)", "摘要(中)", "简介", "内容摘要", "成果简介", "abstract"),
}  # fmt: skip
_MEANING = {synonym: (column, rank) for column, synonyms in _SYNONYMS.items() for rank, synonym in enumerate(synonyms)}
KNOWN_NUMBER_HEADINGS = ("申请号", "专利申请号", "专利号", "申请（专利）号", "Application Number")


@dataclass(frozen=True)
class Recognised:
    """The heading row that was found (counted from 1) and the meaning of its columns (counted from 0)."""

    header_row: int
    headings: tuple[str, ...]
    columns: Mapping[Column, int]


def normal_heading(text: str) -> str:
    """A heading for comparison: half-width, lower case, no blanks, no star of required fields."""
    return re.sub(r"[\s*_]", "", unicodedata.normalize("NFKC", text).casefold())


def recognise(rows: Sequence[Sequence[CellValue]]) -> Recognised:
    """Find the heading row among a file's first rows.

    Raises FileRefused when there is no row at all, or none with a number column; the sentence names what was found.
    """
    best: Recognised | None = None
    for position, row in enumerate(rows[:HEADER_SEARCH_ROWS], start=1):
        headings = tuple(text_of(value)[:100] for value in row[:MAXIMUM_COLUMNS])
        columns = _columns_of(headings)
        if Column.NUMBER in columns and (best is None or len(columns) > len(best.columns)):
            best = Recognised(position, headings, columns)
    if best is not None:
        return best
    first = next((row for row in rows if any(text_of(value) for value in row)), None)
    if first is None:
        raise FileRefused("file.empty", N_("表格里没有内容，请检查是否选错了文件或工作表。"), field="file")
    found = [text_of(value)[:20] for value in first if text_of(value)]
    raise FileRefused(
        "file.no_number_column",
        N_("没有找到申请号一列。表头读到的是：%(found)s；可识别的写法有：%(known)s。请修改表头后重新上传。"),
        field="file",
        found="、".join(found[:_SHOWN_HEADINGS]),
        known="、".join(KNOWN_NUMBER_HEADINGS),
    )


def _columns_of(headings: Sequence[str]) -> dict[Column, int]:
    """For each meaning the column whose heading names it best; the first of equals."""
    best: dict[Column, tuple[int, int]] = {}
    for index, heading in enumerate(headings):
        meaning = _MEANING.get(normal_heading(heading))
        if meaning is not None and (meaning[0] not in best or meaning[1] < best[meaning[0]][0]):
            best[meaning[0]] = (meaning[1], index)
    return {column: best[column][1] for column in Column if column in best}


def checked_columns(columns: Mapping[Column, int], width: int) -> dict[Column, int]:
    """The columns that a person confirmed.

    Raises ColumnsRefused: a required one is missing, one lies outside the sheet, one is chosen twice.
    """
    for column in Column:
        if column.is_required and column not in columns:
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
