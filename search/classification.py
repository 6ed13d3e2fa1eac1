"""Chinese titles of IPC sections, classes and subclasses (search/data/ipc_titles.csv, IPC 2026.01)."""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from search.analysis import fold

_TITLES = Path(__file__).parent / "data" / "ipc_titles.csv"
_SUBCLASS = re.compile(r"[A-H]\d\d[A-Z]")
_CLASS_LENGTH = 3
_KEPT_SYMBOLS = 20_000  # a build asks for the same symbols again and again
_GROUP = re.compile(r"([A-H]\d\d[A-Z])(\d{1,4})(?:/(\d{2,6}))?")
Levels = tuple[str, str, str]


@cache
def _titles() -> dict[str, str]:
    with _TITLES.open(encoding="utf-8", newline="") as handle:
        return {row["code"]: row["title"] for row in csv.DictReader(handle)}


@lru_cache(maxsize=_KEPT_SYMBOLS)
def levels_of(symbol: str) -> Levels | None:
    """Section, class and subclass of an IPC symbol (A, A61, A61F); None for other systems (Locarno, section Y of CPC)."""
    found = _SUBCLASS.match(fold(symbol).upper().replace(" ", ""))
    if not found:
        return None
    subclass = found.group()
    return subclass[0], subclass[:_CLASS_LENGTH], subclass


@lru_cache(maxsize=_KEPT_SYMBOLS)
def groups_of(symbol: str) -> tuple[str, ...]:
    """Main group and whole symbol (A61F2, A61F2/08) of an IPC symbol; empty for one that names neither."""
    found = _GROUP.match(fold(symbol).upper().replace(" ", ""))
    if not found:
        return ()
    group = found[1] + (found[2].lstrip("0") or "0")
    return (group, f"{group}/{found[3]}") if found[3] else (group,)


def title_of(code: str) -> str:
    """Chinese title of a section, class or subclass; empty for an unknown one."""
    return _titles().get(code, "")


def titles_of(symbol: str) -> tuple[str, ...]:
    """Titles of the class and subclass of an IPC symbol; empty for other systems (Locarno) and unknown codes."""
    levels = levels_of(symbol)
    return tuple(title for code in levels[1:] if (title := title_of(code))) if levels else ()
