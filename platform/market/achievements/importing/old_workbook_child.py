"""The child of `old_workbook`: reads a `.xls` from standard input, writes names or rows to standard output.

Arguments: bytes of memory, seconds, then `--names` or `--rows` and the sheet's name (blank for the first).
"""

from __future__ import annotations

import io
import marshal
import resource
import sys
from datetime import date, time, timedelta
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError

MAXIMUM_COLUMNS = 120
LOCKED = 3


def main(arguments: list[str]) -> int:
    """Answer the question that the arguments ask."""
    memory, seconds, question, *rest = arguments
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    except PasswordError:
        return LOCKED
    if question == "--names":
        marshal.dump(list(workbook.sheet_names), sys.stdout.buffer)
    else:
        _write_rows(workbook, rest[0])
    return 0


def _write_rows(workbook: Any, sheet_name: str) -> None:
    names = workbook.sheet_names
    sheet = workbook.get_sheet_by_name(sheet_name if sheet_name in names else names[0])
    before = [""] * (sheet.start[1] if sheet.start else 0)  # the reader leaves blank columns at the left out
    for position, found in enumerate(sheet.iter_rows(), start=1):
        values = [*before, *found][:MAXIMUM_COLUMNS]
        while values and values[-1] in ("", None):
            values.pop()
        if values:
            marshal.dump((position, tuple(_plain(value) for value in values)), sys.stdout.buffer)
    marshal.dump(None, sys.stdout.buffer)


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time | timedelta):
        return str(value)
    plain: str | int | float | bool | None = None if value == "" else value
    return plain


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
