"""Reading `.xls` of Excel 97 to 2003 in a child process with its own limits of memory and time.

The format's reader keeps a whole sheet as a grid, so a few bytes can ask for much memory, and it is native code that
meets files from anywhere: what goes wrong there ends the child, and here becomes a sentence. The child
(`old_workbook_child`) imports nothing of the platform.
"""

from __future__ import annotations

import marshal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from market.achievements.errors import FileRefused
from market.achievements.importing.rows import FileRow
from market.kernel.errors import N_

MEMORY_BYTES = 1024 * 1024 * 1024
SECONDS = 60
CHILD = Path(__file__).with_name("old_workbook_child.py")
LOCKED = 3
"""The child's answer for a workbook with a password."""


def old_sheet_names(content: bytes) -> list[str]:
    """The names of the sheets. Raises FileRefused."""
    with tempfile.TemporaryFile() as answer:
        _run(content, answer, "--names")
        return [str(name) for name in marshal.load(answer)]  # noqa: S302 - written by our own child


def old_workbook_rows(content: bytes, sheet_name: str | None) -> Iterator[FileRow]:
    """The rows of a sheet (the first one). Raises FileRefused."""
    with tempfile.TemporaryFile() as answer:
        _run(content, answer, "--rows", sheet_name or "")
        while (row := marshal.load(answer)) is not None:  # noqa: S302 - written by our own child
            yield FileRow(row[0], row[1])


def _run(content: bytes, answer: IO[bytes], *arguments: str) -> None:
    """Let the child write its answer into the file; its end must be clean."""
    command = [sys.executable, "-I", str(CHILD), str(MEMORY_BYTES), str(SECONDS), *arguments]
    with tempfile.TemporaryFile() as question:
        question.write(content)
        question.seek(0)
        try:
            ended = subprocess.run(
                command, stdin=question, stdout=answer, stderr=subprocess.DEVNULL, timeout=SECONDS, check=False
            )
            code = ended.returncode
        except subprocess.TimeoutExpired:
            code = -1
    if code == LOCKED:
        raise FileRefused(
            "file.locked", N_("文件加了密码，打不开。请在 Excel 或 WPS 中去掉密码，另存后再上传。"), field="file"
        )
    if code != 0:
        raise FileRefused(
            "file.old_unreadable",
            N_("这个 .xls 文件读不了：已损坏、过大，或不是正常的表格。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
            field="file",
        )
    answer.seek(0)
