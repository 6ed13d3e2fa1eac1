"""Text analysis, once, in Python, for documents and queries alike; no engine analyses anything by itself.

A text is folded (NFKC, full width to half width, accents off, lower case, traditional characters to simplified ones) and
cut into tokens: two neighbouring characters of a Chinese run make one token, a character that stands alone is a token.
Of the rest one thing is one token however it is written: a formula (SiO₂, C/C), a grade (PM 2.5), a number with its unit
(10 kW, both ends of -40~85 ℃), an English word by its stem. Offsets point into the original text, so that highlights are
cut from it.
"""

from __future__ import annotations

import csv
import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import Stemmer

MAXIMUM_TOKEN_CHARACTERS = 64
_TRADITIONAL = Path(__file__).parent / "data" / "traditional.csv"
_LATIN_END = "\u0250"
_LATIN_EXTENDED = ("\u1e00", "\u1eff")
HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_UNITS = (
    "°c °f nm μm um mm cm dm km m ng μg ug mg kg g t μl ul ml l kw mw gw w kwh mwh gwh wh kv mv v kva mva ma μa a ah mah"
    " hz khz mhz ghz pa kpa mpa gpa bar mbar n kn nm n·m kn·m rpm r/min m/s mm/s km/h m/min m3/h l/min l/h kg/h t/h t/d"
    " mg/l g/l mg/kg g/kg kg/m3 g/cm3 mg/m3 m2 m3 cm2 cm3 mm2 mm3 μs us ms s min h d db ppm ppb mol mmol mol/l mmol/l k ω kω mω"
    " bit kb mb gb tb bps kbps mbps gbps lm lx cd cd/m2 hp hrc hv hb"
)
_UNIT = "|".join(map(re.escape, sorted(set(_UNITS.split()), key=len, reverse=True)))
_NUMBER = r"[0-9]++(?:\.[0-9]++)*+"
_END = "(?![a-z0-9μω])"
_RANGE = rf"(?P<low>{_NUMBER}) {{0,2}}[~\-–—] {{0,2}}[+±\-]?(?P<high>{_NUMBER}) {{0,2}}(?P<unit>{_UNIT}){_END}"
_QUANTITY = rf"{_NUMBER} {{0,2}}(?:{_UNIT}){_END}"
_GRADE = rf"(?:pm|ip|iso|iec) {{1,2}}{_NUMBER}{_END}"
_COMPOUND = r"(?<![a-z0-9/])[a-z]{1,2}(?:/[a-z]{1,2})++(?![a-z0-9/])"
_WORD = r"[a-z0-9μω]+(?:\.[0-9]+)*"
OTHER = rf"{re.sub('[(][?]P<[a-z]+>', '(?:', _RANGE)}|{_QUANTITY}|{_GRADE}|{_COMPOUND}|{_WORD}|(?:(?![{HAN}])[^\W_])+"
"""A piece of folded text that is no Chinese run: a range, a quantity, a grade (IP 68), C/C, a word, another script."""
_IS_HAN = re.compile(f"[{HAN}]").match
_IS_RANGE = re.compile(_RANGE).fullmatch
_NO_LETTERS = re.compile(r"[\W_]+")
_PIECE = re.compile(rf"([{HAN}]+)|({OTHER})")
_FINEST = re.compile(f"[{HAN}]|{OTHER}")
_REMOVED = str.maketrans({" ": None, "°": None, "μ": "u"})
_STEMMED_CHARACTERS = 4
_stemmers = threading.local()


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
            for term in normal(match.group(2)):
                yield term, start, end
        elif end - start == 1:
            yield folded[start], start, end
        else:
            for left in range(start, end - 1):
                yield folded[left : left + 2], left, left + 2


@lru_cache(maxsize=50_000)
def normal(piece: str) -> tuple[str, ...]:
    """The tokens of a piece that is no Chinese run: one, or two for a range of quantities.

    A quantity is written without blanks and degree signs, micro as u; a word of four and more English letters is cut to
    its stem; numbers and formulas stay as they are.
    """
    if len(piece) >= _STEMMED_CHARACTERS and piece.isascii() and piece.isalpha():
        return (_stem(piece[:MAXIMUM_TOKEN_CHARACTERS]),)
    found = _IS_RANGE(piece)
    parts = [found["low"] + found["unit"], found["high"] + found["unit"]] if found else [piece]
    if len(piece) > 1:
        parts = [part.translate(_REMOVED) for part in parts]
    return tuple(part[:MAXIMUM_TOKEN_CHARACTERS] for part in parts)


def _stem(word: str) -> str:
    """A stemmer may not be shared by threads."""
    if not hasattr(_stemmers, "english"):
        _stemmers.english = Stemmer.Stemmer("english")
    stem: str = _stemmers.english.stemWord(word)
    return stem


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
    pieces = _FINEST.findall(fold(text))
    return [token for one in pieces for token in ((one,) if is_run(one) else normal(one))]


@lru_cache(maxsize=10_000)
def name_key(text: str) -> str:
    """How names of people and institutions are compared: folded, without blanks and punctuation."""
    return _NO_LETTERS.sub("", fold(text))
