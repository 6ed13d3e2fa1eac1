"""Requirement files are pinned, complete and hold no index address."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][A-Za-z0-9.]*$")
FILES = ("requirements.txt", "requirements-dev.txt")


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", FILES)
def test_every_line_pins_one_version(name: str) -> None:
    assert [line for line in lines(name) if line != "-r requirements.txt" and not PIN.match(line)] == []


@pytest.mark.parametrize("name", FILES)
def test_no_line_names_a_server(name: str) -> None:
    assert re.findall(r"https?:|--\S*index\S*|--find-links", (ROOT / name).read_text("utf-8")) == []


def test_no_name_stands_twice() -> None:
    names = [canonicalize_name(Requirement(line).name) for name in FILES for line in lines(name) if line[0] != "-"]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", FILES)
def test_the_file_holds_everything_that_its_lines_need(name: str) -> None:
    pinned = [Requirement(line) for line in (lines(FILES[0]) + lines(FILES[1])) if line[0] != "-"]
    if name == "requirements.txt":
        pinned = [Requirement(line) for line in lines(name)]
    known = {canonicalize_name(requirement.name) for requirement in pinned}

    missing = set()
    for requirement in pinned:
        for text in requires(requirement.name) or []:
            needed = Requirement(text)
            wanted = any(
                needed.marker is None or needed.marker.evaluate({"extra": extra})
                for extra in (requirement.extras or {""})
            )
            if wanted and canonicalize_name(needed.name) not in known:
                missing.add(f"{requirement.name} needs {needed.name}")
    assert missing == set()
