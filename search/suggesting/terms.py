"""Which terms a public listing gives to the box: words and phrases of its title, its classes, its institution, its numbers,
and the words of the trades (those of the shipped synonyms) that stand in its description.

Names of people are not among them: whoever knows a name finds its listings by it, and nobody is shown a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from search import numbers
from search.analysis import fold, name_key
from search.suggesting import readings
from search.synonyms.dictionary import shipped_groups

RULES_VERSION = 2  # raise when other terms are taken from the same listing: all are taken anew


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAXIMUM_TEXT_CHARACTERS = 200
MAXIMUM_KEY_CHARACTERS = 60
MAXIMUM_SYLLABLES_CHARACTERS = 400
MAXIMUM_PHRASE_CHARACTERS = 24
MAXIMUM_UNITS = 3
MAXIMUM_TERMS = 60
_CLASS_PIECE_CHARACTERS = 8
_RUN = re.compile(r"[^\W_]+")
_LATIN_WORD = re.compile(r"[a-z][a-z0-9\-]{2,29}", re.ASCII)
_BETWEEN_CLASSES = re.compile(r"[；;、，,（）()：:\s]+")
_VAGUE_CLASS = re.compile("[其类的或及入]|一般|部分|^(?:例?如|原料|用于)")
_STOPS = _words(
    "一种 一类 几种 及其 及 以及 和 与 或 的 之 用 用于 基于 在 其 并 对 中 上 下 内 从 由 于 所 具有 带有 带 可 能 为 将 把 使"
    " 是 该 本 按 据 根据 利用 采用 通过 进行 实现 含 含有 包含 包括 新型 等"
)
_GENERIC = _words(
    "方法 装置 系统 设备 工艺 技术 应用 结构 制备 制作 制造 生产 加工 使用 处理 产品 组件 机构 方式 功能 作用 部件 材料"
)
_CHINESE_WORD = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]{2,12}")
_OPENING = re.compile("^(?:一种|一类|几种)")


class TermKind(StrEnum):
    """What a term is. The box shows words of titles, Latin ones and names of classes in one group, in this order."""

    TERM = "term"
    LATIN = "latin"
    CLASS = "class"
    INSTITUTION = "institution"
    TITLE = "title"
    NUMBER = "number"


@dataclass(frozen=True)
class Term:
    """One term: how it is shown, how it is compared, and how it is read (a reading for each character of the key)."""

    kind: TermKind
    text: str
    key: str
    syllables: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListingTexts:
    """What a public listing says of itself: its title, its own number and those of its rights, present and former names of
    its institution, titles of the classes of its rights, its industry, and its description.
    """

    title: str
    numbers: tuple[str, ...] = ()
    institution_names: tuple[str, ...] = ()
    class_titles: tuple[str, ...] = ()
    industry: str = ""
    description: str = ""


def terms_of(listing: ListingTexts) -> tuple[Term, ...]:
    """The terms of one public listing, each once."""
    found: dict[tuple[TermKind, str], Term] = {}
    for term in _all(listing):
        if term.key and len(found) < MAXIMUM_TERMS:
            found.setdefault((term.kind, term.key), term)
    return tuple(found.values())


def _all(listing: ListingTexts) -> Iterator[Term]:
    yield _title(listing.title)
    for number in listing.numbers:
        for key in numbers.document_keys("", (number,)):
            yield Term(TermKind.NUMBER, number[:MAXIMUM_TEXT_CHARACTERS], key[:MAXIMUM_KEY_CHARACTERS])
    for name in listing.institution_names:
        yield _whole(TermKind.INSTITUTION, name)
    yield from _phrases(listing.title)
    for title in listing.class_titles:
        yield from _classes(title)
    if listing.industry:
        yield _whole(TermKind.CLASS, listing.industry)
    for word in dict.fromkeys(_trade_words().findall(fold(listing.description))):
        yield _whole(TermKind.TERM, word)


def _title(title: str) -> Term:
    term = _whole(TermKind.TITLE, _OPENING.sub("", title.strip()))
    return Term(term.kind, title[:MAXIMUM_TEXT_CHARACTERS], term.key, term.syllables)


@cache
def _trade_words() -> re.Pattern[str]:
    """The Chinese words of the shipped synonyms, longest first."""
    words = {fold(word) for group in shipped_groups() for word in (*group.words, *group.narrower)}
    chinese = sorted((word for word in words if _CHINESE_WORD.fullmatch(word)), key=len, reverse=True)
    return re.compile("|".join(chinese))


def _whole(kind: TermKind, text: str) -> Term:
    key = name_key(text)[:MAXIMUM_KEY_CHARACTERS]
    return Term(kind, text.strip()[:MAXIMUM_TEXT_CHARACTERS], key, readings.syllables(cut(key)))


def _classes(title: str) -> Iterator[Term]:
    for piece in _BETWEEN_CLASSES.split(title):
        if 1 < len(piece) <= _CLASS_PIECE_CHARACTERS and not _VAGUE_CLASS.search(piece):
            yield _whole(TermKind.CLASS, piece)


def _phrases(title: str) -> Iterator[Term]:
    folded = fold(title)
    shown = title if len(title) == len(folded) else folded
    for run in _RUN.finditer(folded):
        words = cut(run.group())
        read = readings.syllables(words)
        for start, end in _spans(words):
            low, high = run.start() + start, run.start() + end
            key = folded[low:high]
            if _LATIN_WORD.fullmatch(key):
                yield Term(TermKind.LATIN, shown[low:high], key)
            elif 1 < len(key) <= MAXIMUM_PHRASE_CHARACTERS and not key.isdigit():
                yield Term(TermKind.TERM, shown[low:high], key, read[start:end])


@dataclass(frozen=True)
class _Unit:
    """A word of at least two characters with the single ones that cling to it; `is_generic` stands for nothing alone."""

    start: int
    end: int
    is_generic: bool


def _spans(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where terms begin and end: up to three neighbouring words, and the whole phrase; what any patent says is cut off."""
    for phrase in _cut_at_stops(words):
        lengths = {len(phrase), *range(1, MAXIMUM_UNITS + 1)}
        for first in range(len(phrase)):
            for length in sorted(one for one in lengths if first + one <= len(phrase)):
                units = list(phrase[first : first + length])
                while units and units[-1].is_generic:
                    units.pop()
                if units and not units[0].is_generic:
                    yield units[0].start, units[-1].end


def _cut_at_stops(words: Sequence[str]) -> Iterator[list[_Unit]]:
    phrase: list[_Unit] = []
    held, position = None, 0
    for word in words:
        start, position = position, position + len(word)
        if word in _STOPS:
            yield phrase
            phrase, held = [], None
        elif len(word) > 1:
            phrase.append(_Unit(start if held is None else held, position, word in _GENERIC))
            held = None
        elif phrase and not phrase[-1].is_generic and not word.isascii():
            phrase[-1] = _Unit(phrase[-1].start, position, is_generic=False)
        elif held is None:
            held = start
            if word is words[-1]:
                phrase.append(_Unit(start, position, is_generic=False))
    yield phrase


def cut(text: str) -> list[str]:
    """The words of a text; without the segmenter the text as it is."""
    cutter = _cutter()
    if cutter is None:
        return [text] if text else []
    words: Iterable[str] = cutter.cut(text, False)
    return list(words)


@cache
def _cutter() -> Any | None:
    try:
        import rjieba
    except ImportError:  # terms are then whole phrases: fewer suggestions from inside a title
        return None
    return rjieba
