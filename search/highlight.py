"""Highlights, cut in Python from the original text of the hits shown, with the offsets of the same analysis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search.analysis import is_single_character, tokenize
from search.query import SearchQuery

PASSAGE_CHARACTERS = 110
SCAN_CHARACTERS = 8_000
_SENTENCE_END = re.compile(r"[。！？；;!?\n]")
_LOOK_BACK = 30


@dataclass(frozen=True)
class Segment:
    """A piece of text; `is_match` pieces are shown marked."""

    text: str
    is_match: bool = False


def wanted_terms(query: SearchQuery) -> frozenset[str]:
    """What is marked in a hit."""
    return frozenset((*query.terms, *query.characters))


def matches(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Ranges of the text that stand for one of the terms; touching and overlapping ones are joined."""
    if not wanted:
        return []
    found = [(token.start, token.end) for token in tokenize(text) if token.text in wanted]
    lone = [one for one in wanted if is_single_character(one)]
    if lone:
        found += [(match.start(), match.end()) for match in re.finditer("|".join(map(re.escape, lone)), text)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def marked(text: str, wanted: frozenset[str]) -> tuple[Segment, ...]:
    """The whole text, cut at the matches."""
    return _segments(text, matches(text, wanted), 0, len(text))


def passage(texts: Iterable[str], wanted: frozenset[str]) -> tuple[Segment, ...]:
    """The passage with most different matches, earliest first; without a match the beginning of the first text."""
    kept = [text[:SCAN_CHARACTERS] for text in texts if text.strip()]
    best: tuple[int, int, str, list[tuple[int, int]]] | None = None
    for text in kept:
        ranges = matches(text, wanted)
        for start, value in _windows(text, ranges):
            if best is None or value > best[0]:
                best = (value, start, text, ranges)
    if best is None:
        return _cut(kept[0], [], 0) if kept else ()
    return _cut(best[2], best[3], _sentence_start(best[2], best[1]))


def _windows(text: str, ranges: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """For each match as the beginning of a window: its place and how many characters of different matches it holds."""
    for index, (start, _) in enumerate(ranges):
        inside = {text[left:right] for left, right in ranges[index : index + 20] if right <= start + PASSAGE_CHARACTERS}
        yield start, sum(map(len, inside))


def _sentence_start(text: str, place: int) -> int:
    """Where the sentence around `place` begins, if near; otherwise a little before it."""
    from_here = max(0, place - _LOOK_BACK)
    ends = [match.end() for match in _SENTENCE_END.finditer(text, from_here, place)]
    return ends[-1] if ends else from_here


def _cut(text: str, ranges: Sequence[tuple[int, int]], start: int) -> tuple[Segment, ...]:
    end = min(len(text), start + PASSAGE_CHARACTERS)
    inside = [(max(left, start), min(right, end)) for left, right in ranges if left < end and right > start]
    segments = _segments(text, inside, start, end)
    before = (Segment("…"),) if start and not _SENTENCE_END.match(text[start - 1]) else ()
    return (*before, *segments, *((Segment("…"),) if end < len(text) else ()))


def _segments(text: str, ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    place = start
    for left, right in ranges:
        segments += [Segment(text[place:left]), Segment(text[left:right], True)]
        place = right
    segments.append(Segment(text[place:end]))
    return tuple(segment for segment in segments if segment.text)
