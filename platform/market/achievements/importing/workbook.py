"""Reading office files row by row: `.xlsx` and `.csv`, at bounded memory, whatever the file claims to be.

openpyxl's read-only mode streams the sheet and keeps each shared text once, so neither a sparse sheet that claims a
million columns nor a text that a million cells repeat costs memory; what the archive unpacks to is measured first.
"""

from __future__ import annotations

import csv
import io
import marshal
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from market.achievements.errors import FileRefused
from market.achievements.importing.cells import MAXIMUM_CELL_CHARACTERS, CellValue, text_of
from market.achievements.importing.columns import HEADER_SEARCH_ROWS, MAXIMUM_COLUMNS, SAMPLE_ROWS
from market.achievements.importing.rows import FileRow
from market.kernel.errors import N_

MAXIMUM_ROWS = 100_000
MAXIMUM_PHYSICAL_ROWS = 1_048_576
MAXIMUM_UNPACKED_BYTES = 300 * 1024 * 1024
MAXIMUM_MEMBERS = 2_000
_CHUNK = 1 << 20
_SPOOL_BYTES = 16 * 1024 * 1024
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, IndexError, AttributeError,
    EOFError, zlib.error, NotImplementedError, RuntimeError, OSError,
)  # fmt: skip
"""What openpyxl and zipfile raise on files that are damaged or made to break them."""


@dataclass(frozen=True)
class OfficeFile:
    """An uploaded file: its name as the person gave it, and its bytes."""

    name: str
    content: bytes

    @property
    def is_archive(self) -> bool:
        return self.content[:4] == b"PK\x03\x04"


@dataclass(frozen=True)
class FileHead:
    """The first rows of the first sheet, to recognise columns and show samples."""

    sheet_name: str
    rows: tuple[FileRow, ...]


def read_head(file: OfficeFile) -> FileHead:
    """The sheet's name and its first rows. Raises FileRefused for what is no readable table."""
    require_readable(file)
    names: list[str] = []
    rows = _filled(_workbook_rows(file.content, names) if file.is_archive else _text_rows(file.content))
    first = tuple(islice(rows, HEADER_SEARCH_ROWS + SAMPLE_ROWS))
    return FileHead(names[0] if names else "", first)


def require_readable(file: OfficeFile) -> None:
    """Raise FileRefused unless the bytes are a workbook or a text table of reasonable size when unpacked."""
    if not file.content:
        raise FileRefused("file.zero_bytes", N_("文件是空的（0 字节），请重新选择。"), field="file")
    if file.is_archive:
        _require_workbook(file.content)
    elif file.content.startswith(_OLE):
        raise FileRefused(
            "file.old_format",
            N_("这是旧版 .xls 或加了密码的文件，请在 Excel 或 WPS 中打开，另存为不加密的 .xlsx 后再上传。"),
            field="file",
        )
    elif not file.name.lower().endswith((".csv", ".txt", ".tsv")):
        raise FileRefused(
            "file.not_a_workbook",
            N_("这不是 Excel 工作簿（.xlsx）或 .csv 文件：内容与扩展名不符，请重新导出。"),
            field="file",
        )
    else:
        _decoded(file.content)


def read_rows(file: OfficeFile) -> Iterator[FileRow]:
    """The rows that hold something, in order. Raises FileRefused where the file proves to be broken."""
    return _filled(_workbook_rows(file.content, []) if file.is_archive else _text_rows(file.content))


def _filled(rows: Iterator[FileRow]) -> Iterator[FileRow]:
    return (row for row in rows if any(text_of(value) for value in row.values))


class RowSpool:
    """The rows below the headings, read to the end once and kept on disk when they are many."""

    def __init__(self, file: OfficeFile, header_row: int) -> None:
        """Read the whole file, so that a broken one is refused before anything is written.

        Raises FileRefused, also for more than `MAXIMUM_ROWS`.
        """
        self.count = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - closed by close
        try:
            for row in read_rows(file):
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


def _require_workbook(content: bytes) -> None:
    not_a_workbook = FileRefused(
        "file.not_a_workbook", N_("文件打不开：不是 Excel 工作簿，或已损坏，请重新导出。"), field="file"
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in archive.namelist():
                raise not_a_workbook
            if len(members) > MAXIMUM_MEMBERS or _unpacked_bytes(archive, members) > MAXIMUM_UNPACKED_BYTES:
                raise FileRefused(
                    "file.unpacks_too_large",
                    N_("文件解压后超过 %(megabytes)s MB，不是正常的办公表格，已拒收；如确有需要请分成几个文件。"),
                    field="file",
                    megabytes=MAXIMUM_UNPACKED_BYTES // 1024 // 1024,
                )
    except _BROKEN:
        raise not_a_workbook from None


def _unpacked_bytes(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> int:
    """What the members really unpack to, counted chunk by chunk; stops once it is too much.

    The sizes that the directory states are only claims, so they are raised out of the way before reading.
    """
    members = list(members)
    claimed = sum(member.file_size for member in members)
    if claimed > MAXIMUM_UNPACKED_BYTES:
        return claimed
    total = 0
    for member in members:
        member.file_size = MAXIMUM_UNPACKED_BYTES + 1
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAXIMUM_UNPACKED_BYTES:
                    return total
    return total


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


def _workbook_rows(content: bytes, names: list[str]) -> Iterator[FileRow]:
    """The first sheet's rows that are not blank; its name goes into `names`."""
    try:
        workbook = _open(content)
        try:
            sheet = workbook.worksheets[0]
            names.append(str(sheet.title)[:100])
            rows = sheet.iter_rows(max_row=MAXIMUM_PHYSICAL_ROWS, max_col=MAXIMUM_COLUMNS, values_only=True)
            for position, values in enumerate(rows, start=1):
                if values.count(None) < len(values):  # a million blank rows cost little
                    yield FileRow(position, _without_blank_end(values))
        finally:
            workbook.close()
    except _BROKEN:
        raise FileRefused(
            "file.broken", N_("文件读到一半读不下去了：可能已损坏，请用 Excel 或 WPS 打开后另存再上传。"), field="file"
        ) from None


def _without_blank_end(values: tuple[CellValue, ...]) -> tuple[CellValue, ...]:
    end = len(values)
    while end and values[end - 1] is None:
        end -= 1
    return values[:end]


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileRefused("file.not_text", N_("读不出文字：.csv 文件请用 UTF-8 或 GB18030 编码保存。"), field="file")


def _text_rows(content: bytes) -> Iterator[FileRow]:
    text = _decoded(content)
    first_lines = text[:4096]
    delimiter = max(",\t;", key=first_lines.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    csv.field_size_limit(MAXIMUM_CELL_CHARACTERS * 4)
    try:
        for position, values in enumerate(reader, start=1):
            yield FileRow(position, tuple(values[:MAXIMUM_COLUMNS]))
    except csv.Error:
        raise FileRefused(
            "file.broken",
            N_("文件读到一半读不下去了：第 %(line)s 行附近的引号不成对。"),
            field="file",
            line=reader.line_num,
        ) from None
