"""The repository holds nothing of the machine on which it was written and no address of a package index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = (
    ".ci", "bench", "deploy", "docs", "migrations", "platform", "search", "static", "templates", "tests", "tools", "translations",
)  # fmt: skip
TEXT = {
    "", ".cfg", ".css", ".csv", ".html", ".in", ".ini", ".js", ".json", ".mako", ".md", ".po", ".py", ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml",
}  # fmt: skip
INDEX = re.compile(r"--(extra-)?index-url|--trusted-host|PIP_INDEX|index-url\s*=|https?://[^\s/]*/(simple|pypi)\b")
MACHINE = re.compile(r"(?<![\w.~])/(root|home/\w+|Users/\w+|work)/(?=\w)")
SELF = Path(__file__).name


def own_files() -> Iterator[Path]:
    """Our own text files; third-party assets left out."""
    found = [path for name in TOP for path in (ROOT / name).rglob("*")] + list(ROOT.glob("*"))
    for path in found:
        is_foreign = {"vendor", "__pycache__"} & set(path.parts) or path.name == SELF
        if path.is_file() and not is_foreign and path.suffix in TEXT:
            yield path


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in own_files()
        for match in pattern.finditer(path.read_text("utf-8", errors="replace"))
    ]


def test_the_look_sees_the_files() -> None:
    seen = {str(path.relative_to(ROOT)) for path in own_files()}

    assert {"app.py", "requirements.txt", "Makefile", ".ci/run", "platform/market/kernel/money.py"} <= seen


@pytest.mark.parametrize("text", ["pip install --index-url=x", "PIP_INDEX_URL=x", "https://mirror.example/simple"])
def test_the_look_knows_an_index_address(text: str) -> None:
    assert INDEX.search(text)


def test_no_file_names_a_package_index() -> None:
    assert found(INDEX) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert found(MACHINE) == []
