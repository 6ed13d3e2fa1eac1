"""The English catalogue: nearly complete, with the same places to fill in, and compiled from its source."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = ROOT / "translations" / "en" / "LC_MESSAGES"
PLACE = re.compile(r"%\((\w+)\)([sd])")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEYWORDS = ("_", "gettext", "ngettext:1,2", "lazy_gettext", "_l", "N_", "counted:1,1", "N_counted:1,1")
LEAST_SHARE = 0.95
"""A text may be added before its translation: it is shown in Chinese until then, never missing."""


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_mo(file) if path.suffix == ".mo" else read_po(file, locale="en")


def translated(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    return {key(message): texts(message.string) for message in catalog if message.id and all(texts(message.string))}


def key(message: Message) -> str:
    return texts(message.id)[0]


def texts(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def test_nearly_every_text_of_the_platform_has_its_english(tmp_path: Path) -> None:
    template = tmp_path / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", "-o", str(template)]
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    subprocess.run([*command, *keywords, "."], cwd=ROOT, check=True)

    wanted = {key(message) for message in read(template) if message.id}
    missing = sorted(wanted - set(translated(read(ENGLISH / "messages.po"))))

    assert len(wanted) > 900
    assert len(missing) < len(wanted) * (1 - LEAST_SHARE), missing


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read(ENGLISH / "messages.po")


def test_english_texts_fill_in_the_same_places(catalog: Catalog) -> None:
    def places(text: str) -> set[tuple[str, ...]]:
        return {match.groups() for match in PLACE.finditer(text)}

    wrong = [
        message.id
        for message in catalog
        if message.id and any(places(text) != places(key(message)) for text in texts(message.string) if text)
    ]

    assert wrong == []


def test_what_is_counted_reads_otherwise_for_one(catalog: Catalog) -> None:
    counted = [texts(message.string) for message in catalog if not isinstance(message.id, str)]
    assert len(counted) > 60
    assert [forms for forms in counted if len(set(forms)) < len(forms)] == []


def test_english_texts_hold_no_chinese(catalog: Catalog) -> None:
    assert [string for string in translated(catalog).values() if CHINESE.search("".join(string))] == []


def test_the_compiled_catalogue_is_the_one_of_the_source(catalog: Catalog) -> None:
    assert translated(read(ENGLISH / "messages.mo")) == translated(catalog)
