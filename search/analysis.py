"""Text analysis, once, in Python, for documents and queries alike; no engine analyses anything by itself.

A text is folded (NFKC, full width to half width, accents off, lower case, traditional characters to simplified ones) and
cut into tokens: two neighbouring characters of a Chinese run make one token, a character that stands alone is a token, a
Latin word, formula or number (5G, SiO2, 99.9) is a token. Offsets point into the original text, so that highlights are cut from it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MAXIMUM_TOKEN_CHARACTERS = 64
_TRADITIONAL = Path(__file__).parent / "data" / "traditional.csv"
_LATIN_END = "\u0250"
_LATIN_EXTENDED = ("\u1e00", "\u1eff")
HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
OTHER = rf"[a-z0-9]+(?:\.[0-9]+)*|(?:(?![{HAN}])[^\W_])+"
_IS_HAN = re.compile(f"[{HAN}]").match
_PIECE = re.compile(rf"([{HAN}]+)|({OTHER})")


@dataclass(frozen=True, slots=True)
class Token:
    """One term and the half-open range of the original text that it stands for."""

    text: str
    start: int
    end: int


class _Folding(dict[int, str]):
    """Code point to its folded form, computed at first use; str.translate asks it in C."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _fold_character(character)
        if folded != character:  # folding what came out of it changes nothing more
            folded = folded.translate(self)
        self[code] = folded
        return folded


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Cs", "Cn", "Co", "Zs", "Zl", "Zp"}:
        return " "
    if category in {"Mn", "Cf"}:
        return ""
    compatible = unicodedata.normalize("NFKC", character).lower()
    return "".join(_simplified().get(one) or _without_accent(one) for one in compatible)


@cache
def _simplified() -> dict[str, str]:
    """Traditional character to its simplified form: OpenCC's table of single characters (Apache-2.0)."""
    with _TRADITIONAL.open(encoding="utf-8", newline="") as handle:
        return {row["traditional"]: row["simplified"] for row in csv.DictReader(handle)}


def _without_accent(character: str) -> str:
    if character < _LATIN_END or _LATIN_EXTENDED[0] <= character <= _LATIN_EXTENDED[1]:
        parts = unicodedata.normalize("NFD", character)
        return "".join(part for part in parts if unicodedata.category(part) != "Mn")
    return character


_folding = _Folding()


def fold(text: str) -> str:
    """The text as it is compared: half width, lower case, no accents, simplified characters, control characters as blanks."""
    return text.translate(_folding)


def _fold_with_offsets(text: str) -> tuple[str, list[int] | None]:
    """The folded text and, where lengths differ, for each of its characters the index in the original."""
    folded = text.translate(_folding)
    if len(folded) == len(text) and all(len(_folding[ord(one)]) == 1 for one in set(text)):
        return folded, None
    return folded, [index for index, one in enumerate(text) for _ in _folding[ord(one)]]


def _spans(folded: str) -> Iterator[tuple[str, int, int]]:
    for match in _PIECE.finditer(folded):
        start, end = match.span()
        if match.group(2) is not None:
            yield folded[start : min(end, start + MAXIMUM_TOKEN_CHARACTERS)], start, end
        elif end - start == 1:
            yield folded[start], start, end
        else:
            for left in range(start, end - 1):
                yield folded[left : left + 2], left, left + 2


def tokenize(text: str) -> list[Token]:
    """Tokens in order, with offsets into `text`."""
    folded, origin = _fold_with_offsets(text)
    if origin is None:
        return [Token(*span) for span in _spans(folded)]
    return [Token(term, origin[start], origin[end - 1] + 1) for term, start, end in _spans(folded)]


def terms(text: str) -> list[str]:
    """The token stream of a text."""
    return [term for term, _, _ in _spans(fold(text))]


def is_single_character(term: str) -> bool:
    """A Chinese character that stood alone: documents hold it inside pairs, so it is looked up among characters."""
    return len(term) == 1 and re.fullmatch(f"[{HAN}]", term) is not None


def is_run(piece: str) -> bool:
    """Whether a piece of folded text begins with a character of those that are cut into pairs."""
    return _IS_HAN(piece) is not None


def characters(text: str) -> list[str]:
    """Every Chinese character of a text, and its other tokens whole: the finest stream, which forgives word order."""
    return [one[:MAXIMUM_TOKEN_CHARACTERS] for one in re.findall(f"[{HAN}]|{OTHER}", fold(text))]


def name_key(text: str) -> str:
    """How names of people and institutions are compared: folded, without blanks and punctuation."""
    return re.sub(r"[\W_]+", "", fold(text))
