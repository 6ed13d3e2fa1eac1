"""Reading office files row by row: `.xlsx`, `.xls` and `.csv`, at bounded memory, whatever the file claims to be.

openpyxl's read-only mode streams the sheet and keeps each shared text once, so neither a sparse sheet that claims a
million columns nor a text that a million cells repeat costs memory; what the archive unpacks to is measured first.
Formulas are never computed: their stored values are taken, and a formula without one is told from a blank cell.
"""

from __future__ import annotations

import io
import marshal
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from market.achievements.errors import FileRefused
from market.achievements.importing.cells import UNCOMPUTED, CellValue, text_of
from market.achievements.importing.columns import HEADER_SEARCH_ROWS, MAXIMUM_COLUMNS, SAMPLE_ROWS
from market.achievements.importing.files import FileKind, OfficeFile, require_readable
from market.achievements.importing.old_workbook import old_sheet_names, old_workbook_rows
from market.achievements.importing.rows import FileRow
from market.achievements.importing.text_table import text_rows
from market.kernel.errors import N_

MAXIMUM_ROWS = 100_000
MAXIMUM_PHYSICAL_ROWS = 1_048_576
MAXIMUM_SHEETS = 50
_SPOOL_BYTES = 16 * 1024 * 1024
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, IndexError, AttributeError,
    EOFError, zlib.error, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip
"""What openpyxl and zipfile raise on files that are damaged or made to break them."""


@dataclass(frozen=True)
class FileHead:
    """The first rows of a sheet, to recognise columns and show samples. A text table has one nameless sheet."""

    sheet_name: str
    rows: tuple[FileRow, ...]


def read_heads(file: OfficeFile) -> list[FileHead]:
    """Each sheet's name and first rows. Raises FileRefused for what is no readable table."""
    require_readable(file)
    return [FileHead(name, _first_rows(file, name)) for name in sheet_names(file)]


def _first_rows(file: OfficeFile, sheet_name: str) -> tuple[FileRow, ...]:
    return tuple(islice(read_rows(file, sheet_name), HEADER_SEARCH_ROWS + SAMPLE_ROWS))


def sheet_names(file: OfficeFile) -> list[str]:
    """The names of the file's sheets in their order. Raises FileRefused."""
    if file.kind is FileKind.TEXT:
        return [""]
    if file.kind is FileKind.OLD_WORKBOOK:
        return old_sheet_names(file.content)[:MAXIMUM_SHEETS]
    try:
        workbook = _open(file.content)
        try:
            return [str(sheet.title) for sheet in workbook.worksheets[:MAXIMUM_SHEETS]]
        finally:
            workbook.close()
    except _BROKEN:
        raise _broken() from None


def read_rows(file: OfficeFile, sheet_name: str | None = None) -> Iterator[FileRow]:
    """The rows of a sheet (the first one) that hold something. Raises FileRefused where the file proves to be broken."""
    if file.kind is FileKind.TEXT:
        rows = text_rows(file.content)
    elif file.kind is FileKind.OLD_WORKBOOK:
        rows = old_workbook_rows(file.content, sheet_name)
    else:
        rows = _workbook_rows(file.content, sheet_name)
    return (row for row in rows if any(text_of(value) for value in row.values))


class RowSpool:
    """The rows below the headings, read to the end once and kept on disk when they are many."""

    def __init__(self, file: OfficeFile, header_row: int, sheet_name: str | None = None) -> None:
        """Read the whole sheet, so that a broken file is refused before anything is written.

        Raises FileRefused, also for more than `MAXIMUM_ROWS`.
        """
        self.count = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - closed by close
        try:
            for row in read_rows(file, sheet_name):
                if row.row_number > header_row:
                    self._add(row)
        except FileRefused:
            self.close()
            raise

    def _add(self, row: FileRow) -> None:
        self.count += 1
        if self.count > MAXIMUM_ROWS:
            raise FileRefused(
                "file.too_many_rows",
                N_("文件超过 %(maximum)s 行，请分成几个文件上传。"),
                field="file",
                maximum=f"{MAXIMUM_ROWS:,}",
            )
        marshal.dump((row.row_number, tuple(_plain(value) for value in row.values)), self._file)

    def rows(self, start: int = 0) -> Iterator[FileRow]:
        """The rows from the given position on."""
        self._file.seek(0)
        for position in range(self.count):
            row_number, values = marshal.load(self._file)  # noqa: S302 - our own spool
            if position >= start:
                yield FileRow(row_number, values)

    def close(self) -> None:
        """Give the space back."""
        self._file.close()


def _plain(value: CellValue) -> str | int | float | bool | None:
    return value.isoformat() if isinstance(value, date) else value


class _Reader(ExcelReader):
    """openpyxl's reader with a lean table of shared texts: its own builds objects for fonts and is ten times slower."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)  # type: ignore[no-untyped-call]
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = list(_shared_texts(source))


def _shared_texts(source: IO[bytes]) -> Iterator[str]:
    """The texts of `<si>` elements in order: plain or in runs, without phonetic guides."""
    root: Any = None
    for event, node in iterparse(source, events=("start", "end")):
        if root is None:
            root = node
        elif event == "end" and node.tag == f"{{{SHEET_MAIN_NS}}}si":
            runs = (part for child in node for part in (child, *child) if not child.tag.endswith("}rPh"))
            yield "".join(part.text or "" for part in runs if part.tag == f"{{{SHEET_MAIN_NS}}}t")
            root.clear()


def _open(content: bytes) -> Any:
    reader = _Reader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    reader.read()
    return reader.wb


def _workbook_rows(content: bytes, sheet_name: str | None) -> Iterator[FileRow]:
    """The sheet's rows that are not blank."""
    try:
        workbook = _open(content)
        try:
            sheets = {str(sheet.title): sheet for sheet in workbook.worksheets}
            sheet = sheets.get(sheet_name or "", workbook.worksheets[0])
            with sheet._get_source() as source:
                yield from _sheet_rows(workbook, sheet, source)
        finally:
            workbook.close()
    except _BROKEN:
        raise _broken() from None


class _SheetParser(WorkSheetParser):
    """openpyxl's parser, which takes a formula without stored value for a blank cell."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None:
            is_blank_text = element.get("t") == "str" and element.find(VALUE_TAG) is not None
            cell["value"] = None if is_blank_text else UNCOMPUTED
        return cell


def _sheet_rows(workbook: Any, sheet: Any, source: IO[bytes]) -> Iterator[FileRow]:
    parser: Any = _SheetParser(
        source,
        sheet._shared_strings,
        data_only=True,
        epoch=workbook.epoch,
        date_formats=workbook._date_formats,
        timedelta_formats=workbook._timedelta_formats,
    )
    last = 0
    for position, cells in parser.parse():
        if position > MAXIMUM_PHYSICAL_ROWS:
            return
        found = {cell["column"]: cell["value"] for cell in cells if cell["column"] <= MAXIMUM_COLUMNS}
        columns = [column for column, value in found.items() if value is not None]
        if columns and position > last:
            last = position
            yield FileRow(position, tuple(found.get(column) for column in range(1, max(columns) + 1)))


def _broken() -> FileRefused:
    return FileRefused(
        "file.broken", N_("文件读到一半读不下去了：可能已损坏，请用 Excel 或 WPS 打开后另存再上传。"), field="file"
    )
