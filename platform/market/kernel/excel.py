"""Excel out: exactly what a list shows, as a workbook written row by row."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any
from urllib.parse import quote

from flask import Response, send_file
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from market.kernel.clock import SHANGHAI
from market.kernel.money import Money

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SPOOL_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Link:
    """A cell that leads to an address."""

    text: str
    address: str


@dataclass(frozen=True)
class About:
    """A second sheet that says what the first one holds; `rows` is asked when the first one is written."""

    title: str
    rows: Callable[[], Iterable[Sequence[Any]]]


def excel_response(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], about: About | None = None
) -> Response:
    """A download named `<name>.xlsx`. Money becomes yuan, moments become Shanghai time, text is never a formula."""
    content = write_workbook(name, headings, rows, about)
    response = send_file(content, mimetype=MEDIA_TYPE, as_attachment=True, download_name="export.xlsx")
    response.headers["Content-Disposition"] = f"attachment; filename=export.xlsx; filename*=UTF-8''{quote(name)}.xlsx"
    return response


def write_workbook(
    title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], about: About | None = None
) -> IO[bytes]:
    """A workbook with a bold first row, and a second sheet if there is something to say, at the start of a spooled file."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_sheet_title(title))
    sheet.freeze_panes = "A2"
    sheet.append([_heading(sheet, heading) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    if about:
        second = workbook.create_sheet(_sheet_title(about.title))
        for row in about.rows():
            second.append([_cell(second, value) for value in row])
    spooled: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - handed to the response
    workbook.save(spooled)
    spooled.seek(0)
    return spooled


def _sheet_title(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:31]


def _heading(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, Money):
        return Decimal(value.minor_units) / 100
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    if isinstance(value, Link):
        cell = _cell(sheet, value.text)
        cell.hyperlink = value.address
        return cell
    if isinstance(value, str):
        cleaned = _FORBIDDEN.sub("", value)
        cell = WriteOnlyCell(sheet, value=cleaned)
        if cleaned.startswith(_FORMULA_STARTS):
            cell.data_type = "s"
            cell.quotePrefix = True
        return cell
    return value
