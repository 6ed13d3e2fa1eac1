"""docs/glossary.md and the closed lists of the code say the same."""

from __future__ import annotations

import importlib
import inspect
import re
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "platform"
SENTENCES = ("BoundsBasis", "UnmeasuredReason")
"""Lists whose labels are sentences that explain, not terms."""
ROW = re.compile(
    r"^\| (?P<term>[^|]+) \| [^|]+ \| `(?P<name>[A-Z][A-Za-z]+\.[A-Z_0-9]+)` \| [^|]* \| (?P<source>[^|]+) \|$"
)


def labels_in_the_code() -> dict[str, str]:
    """`TransferWay.ASSIGNMENT` → 转让, for every closed list that is shown to people."""
    modules = ["market.accounts.rules", "market.achievements.rules"]
    modules += [
        ".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in SOURCE.glob("market/**/vocabulary.py")
    ]
    found = {}
    for name in modules:
        for kind_name, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if issubclass(kind, StrEnum) and hasattr(kind, "label") and kind.__module__ == name:
                found |= {f"{kind_name}.{member.name}": member.label for member in kind}  # type: ignore[attr-defined]
    return found


def rows_of_the_glossary() -> list[re.Match[str]]:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    return [match for line in text.splitlines() if (match := ROW.match(line))]


def test_every_shown_term_of_the_code_stands_in_the_glossary_with_its_label() -> None:
    written = {row["name"]: row["term"].strip() for row in rows_of_the_glossary()}

    wanted = {name: label for name, label in labels_in_the_code().items() if not name.startswith(SENTENCES)}

    assert {name: label for name, label in wanted.items() if written.get(name) != label} == {}


def test_every_identifier_of_the_glossary_exists_once_and_has_a_source() -> None:
    rows = rows_of_the_glossary()
    names = [row["name"] for row in rows]

    assert set(names) <= set(labels_in_the_code())
    assert len(names) == len(set(names)) > 0
    assert [row["name"] for row in rows if not row["source"].strip()] == []
