"""Highlights, cut in Python from the original text of the hits shown.

Chinese terms are looked for in the folded text as they are; only what stands between Chinese characters and can hold a
wanted word goes through the analysis. So a long text costs a few passes at the speed of C, whatever is asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.alternatives import Alternative
from search.analysis import Token, fold, tokenize
from search.query import SearchQuery
from search.ranking import FORMULAIC

PASSAGE_CHARACTERS = 110
SCAN_CHARACTERS = 8_000
_SENTENCE_END = re.compile(r"[。！？；;!?\n]")
_PART_END = re.compile(r"[，,、：:]")
_LOOK_BACK = 30
_CHINESE = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_HAS_CHINESE = re.compile(f"[{_CHINESE}]")
_OTHER_ZONE = re.compile(f"[^{_CHINESE}]+")
_KEPT_TEXTS = 256  # about the texts of two pages of hits, which passage and reasons both read
_LOOSE = str.maketrans("μ", "u", " °/.-~–—+±·")
_HEAD = 2
"""So many first characters a word shares with its stem."""


Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Segment:
    """A piece of text; `is_match` pieces are shown marked."""

    text: str
    is_match: bool = False


@dataclass(frozen=True)
class _Finder:
    """The wanted terms, parted by how they are found."""

    chinese: tuple[str, ...]
    words: frozenset[str]
    heads: tuple[str, ...]


class _Widths(dict[str, int]):
    """Character to the number of characters that it folds to, computed at first use."""

    def __missing__(self, character: str) -> int:
        self[character] = len(fold(character))
        return self[character]


_widths = _Widths()
_folded = lru_cache(maxsize=_KEPT_TEXTS)(fold)


@lru_cache(maxsize=64)
def _finder(wanted: frozenset[str]) -> _Finder:
    chinese = tuple(sorted(term for term in wanted if _HAS_CHINESE.search(term)))
    words = frozenset(term for term in wanted if term and not _HAS_CHINESE.search(term))
    return _Finder(chinese, words, tuple(sorted({word.translate(_LOOSE)[:_HEAD] for word in words})))


def wanted_terms(query: SearchQuery) -> frozenset[str]:
    """What is marked in a hit: the question's terms and other words for them.

    Terms that every patent holds are marked only when there are no others.
    """
    others = (mark for one in query.alternatives for mark in marks_of(one))
    terms = frozenset((*query.terms, *query.characters, *query.favoured))
    return (terms - FORMULAIC or terms).union(others)


def marks_of(alternative: Alternative) -> tuple[str, ...]:
    """What of another word is marked: a Chinese one as a whole, of another its terms."""
    return (alternative.text,) if _HAS_CHINESE.search(alternative.text) else alternative.terms


def matches(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Ranges of the text that stand for one of the terms; touching and overlapping ones are joined."""
    return list(_matches(text, wanted))


@lru_cache(maxsize=_KEPT_TEXTS)
def _matches(text: str, wanted: frozenset[str]) -> Ranges:
    finder = _finder(wanted)
    folded = _folded(text)
    found = _original(text, _found_chinese(folded, finder.chinese)) if finder.chinese else []
    if finder.words and _may_hold(folded, finder):
        found += [(token.start, token.end) for token in _other_tokens(text, finder) if token.text in finder.words]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _found_chinese(folded: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    found = []
    for term in terms:
        place = folded.find(term)
        while place >= 0:
            found.append((place, place + len(term)))
            place = folded.find(term, place + 1)
    return found


def _may_hold(folded: str, finder: _Finder) -> bool:
    """Cheap: false when none of the wanted words can stand in the text, however it is written there."""
    loose = folded.translate(_LOOSE)
    return any(head in loose for head in finder.heads)


def _other_tokens(text: str, finder: _Finder) -> Iterator[Token]:
    """Words, formulas and numbers as the analysis cuts them, of those stretches that may hold a wanted one."""
    for zone in _OTHER_ZONE.finditer(text):
        if _may_hold(fold(zone.group()), finder):
            for token in tokenize(zone.group()):
                yield Token(token.text, zone.start() + token.start, zone.start() + token.end)


def _original(text: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges of the folded text as ranges of the original, where folding made one character several, or none."""
    if not found:
        return found
    odd = {character for character in set(text) if _widths[character] != 1}
    if not odd:
        return found
    places = [match.start() for match in re.finditer(f"[{re.escape(''.join(sorted(odd)))}]", text)]
    ends, widths, shift = [], [], 0
    for place in places:
        shift += _widths[text[place]] - 1
        ends.append(place + 1 + shift)  # where the next character of the original begins in the folded text
        widths.append(shift)

    def begin(at: int) -> int:
        before = bisect_right(ends, at)
        here = at - (widths[before - 1] if before else 0)
        return min(here, places[before]) if before < len(places) else here

    return [(begin(start), begin(end - 1) + 1) for start, end in found]


def marked(text: str, wanted: frozenset[str]) -> tuple[Segment, ...]:
    """The whole text, cut at the matches."""
    return _segments(text, _matches(text, wanted), 0, len(text))


def marked_words(text: str, wanted: frozenset[str]) -> tuple[str, ...]:
    """The different pieces of the text's beginning that match, in its own words and in its order."""
    kept = text[:SCAN_CHARACTERS]
    return tuple(dict.fromkeys(kept[start:end] for start, end in _matches(kept, wanted)))


@lru_cache(maxsize=4 * _KEPT_TEXTS)
def terms_in(text: str, wanted: frozenset[str]) -> frozenset[str]:
    """Which of the terms stand in the text."""
    finder = _finder(wanted)
    folded = _folded(text)
    found = {term for term in finder.chinese if term in folded}
    if finder.words and _may_hold(folded, finder):
        found |= finder.words & {token.text for token in _other_tokens(text, finder)}
    return frozenset(found)


def passage(texts: Iterable[str], wanted: frozenset[str]) -> tuple[Segment, ...]:
    """The passage with most different matches, earliest first; without a match the beginning of the first text."""
    kept = [text[:SCAN_CHARACTERS] for text in texts if text.strip()]
    best = _best_window(kept, wanted) if wanted else None
    if best is None:
        return _cut(kept[0], (), 0) if kept else ()
    text, ranges, start = best
    return _cut(text, ranges, _sentence_start(text, start, ranges))


def _best_window(texts: Iterable[str], wanted: frozenset[str]) -> tuple[str, Ranges, int] | None:
    """The text, its matches and the place from which most different ones are shown."""
    best: tuple[str, Ranges, int] | None = None
    most = 0
    for text in texts:
        ranges = _matches(text, wanted)
        for start, value in _windows(text, ranges):
            if value > most:
                most, best = value, (text, ranges, start)
    return best


def _windows(text: str, ranges: Ranges) -> Iterator[tuple[int, int]]:
    """For each match as the beginning of a window: its place and how many characters of different matches it holds."""
    inside: Counter[str] = Counter()
    value, ahead = 0, 0
    for start, end in ranges:
        while ahead < len(ranges) and (ranges[ahead][1] <= start + PASSAGE_CHARACTERS or ranges[ahead][0] == start):
            piece = text[slice(*ranges[ahead])]
            value += 0 if inside[piece] else len(piece)
            inside[piece] += 1
            ahead += 1
        yield start, value
        leaving = text[start:end]
        inside[leaving] -= 1
        value -= 0 if inside[leaving] else len(leaving)


def _sentence_start(text: str, place: int, ranges: Ranges) -> int:
    """Where the sentence around `place` begins, if near, or its part; otherwise a little before, not inside a match."""
    from_here = max(0, place - _LOOK_BACK)
    for separator in (_SENTENCE_END, _PART_END):
        ends = [match.end() for match in separator.finditer(text, from_here, place)]
        if ends:
            return ends[-1]
        if not from_here:
            return 0
    return next((right for left, right in ranges if left < from_here < right), from_here)


def _cut(text: str, ranges: Ranges, start: int) -> tuple[Segment, ...]:
    end = min(len(text), start + PASSAGE_CHARACTERS)
    inside = tuple((max(left, start), min(right, end)) for left, right in ranges if left < end and right > start)
    segments = _segments(text, inside, start, end)
    before = (Segment("…"),) if start and not _SENTENCE_END.match(text[start - 1]) else ()
    return (*before, *segments, *((Segment("…"),) if end < len(text) else ()))


def _segments(text: str, ranges: Ranges, start: int, end: int) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    place = start
    for left, right in ranges:
        segments += [Segment(text[place:left]), Segment(text[left:right], True)]
        place = right
    segments.append(Segment(text[place:end]))
    return tuple(segment for segment in segments if segment.text)
