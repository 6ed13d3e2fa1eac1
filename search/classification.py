"""Chinese titles of IPC sections, classes and subclasses (search/data/ipc_titles.csv, IPC 2026.01)."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from search.analysis import fold

_TITLES = Path(__file__).parent / "data" / "ipc_titles.csv"
_SUBCLASS = re.compile(r"[A-H]\d\d[A-Z]")
_CLASS_LENGTH = 3


@cache
def _titles() -> dict[str, str]:
    with _TITLES.open(encoding="utf-8", newline="") as handle:
        return {row["code"]: row["title"] for row in csv.DictReader(handle)}


def titles_of(symbol: str) -> tuple[str, ...]:
    """Titles of the class and subclass of an IPC symbol; empty for other systems (Locarno) and unknown codes."""
    found = _SUBCLASS.match(fold(symbol).upper().replace(" ", ""))
    if not found:
        return ()
    codes = (found.group()[:_CLASS_LENGTH], found.group())
    return tuple(title for code in codes if (title := _titles().get(code)))
