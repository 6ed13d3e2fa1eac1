"""What was probably meant by words that no public listing knows.

A wrong homophone (密峰圈 → 密封圈), one wrong, missing, doubled or swapped character, a Latin word with a slip, and
Chinese that was typed as pinyin or first letters. Only words that begin none of the market's terms are touched.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import OSA

from search.analysis import fold
from search.suggesting import readings
from search.suggesting.candidates import Candidate
from search.suggesting.pinyin_questions import spell_out
from search.suggesting.terms import TermKind, cut
from search.suggesting.vocabulary import Vocabulary

MAXIMUM_CHARACTERS = 40
MAXIMUM_PROPOSALS = 3
_LONGEST_WINDOW = 6
_LONGEST_KNOWN = 5
_PAIR = 2
_SLIP = 2  # likelier than two characters of equal sound, less likely than one
_MINIMUM_LATIN = 4
_TWO_SLIPS_FROM = 7
_TOKEN = re.compile(r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)|(?<![0-9a-z])(?P<latin>[a-z]+)(?![0-9a-z])")


@dataclass(frozen=True)
class Proposal:
    """Another wording: the text, the pieces of the given text that it replaces, the terms that it takes."""

    text: str
    wrong: tuple[str, ...]
    terms: tuple[Candidate, ...]


@dataclass(frozen=True)
class Change:
    """`start` to `end` of the text becomes `right`, taken from `term`, because `wrong` in it begins no term; the smaller
    `cost`, the likelier.
    """

    start: int
    end: int
    wrong: str
    right: str
    term: Candidate
    cost: tuple[int, int, int, int]


def propose(vocabulary: Vocabulary, text: str, *, is_strict: bool) -> list[Proposal]:
    """Likely other wordings, best first; `is_strict` leaves out guesses beyond equal sound and slips in Latin words."""
    folded = fold(text)
    if len(folded) != len(text) or len(folded) > MAXIMUM_CHARACTERS:
        return []
    whole = readings.written(text)
    if readings.is_latin(whole):
        spelled = _spelled_whole(vocabulary, text, folded)
        if spelled:
            return spelled
    tokens = list(_TOKEN.finditer(folded))
    known = vocabulary.known([piece for token in tokens for piece in _looked_up(token)])
    runs = [
        _Run(token["han"], token.start(), frozenset(_unknown(known, token["han"]))) for token in tokens if token["han"]
    ]
    strange = [run for run in runs if run.unknown]
    changes = list(_chinese(vocabulary, strange, is_strict=is_strict)) if strange else []
    for token in tokens:
        if token["latin"]:
            changes += _latin(vocabulary, known, token["latin"], token.start())
    return [_applied(text, changes)] if changes else []


def _applied(text: str, changes: Iterable[Change]) -> Proposal:
    ordered = sorted(changes, key=lambda one: one.start)
    pieces, position = [], 0
    for change in ordered:
        pieces += [text[position : change.start], change.right]
        position = change.end
    wrong, terms = (one.wrong for one in ordered), (one.term for one in ordered)
    return Proposal("".join((*pieces, text[position:])), tuple(wrong), tuple(terms))


def _spelled_whole(vocabulary: Vocabulary, text: str, folded: str) -> list[Proposal]:
    """The whole question read as pinyin or first letters, unless it begins with Latin words that the market knows."""
    words = [readings.written(word) for word in text.split()]
    if vocabulary.known([word for word in folded.split() if len(word) >= _MINIMUM_LATIN]):
        return []
    found = spell_out(vocabulary, words) or spell_out(vocabulary, ["".join(words)])
    return [Proposal(spelled.text, (text,), spelled.terms) for spelled in found[:MAXIMUM_PROPOSALS]]


def _looked_up(token: re.Match[str]) -> list[str]:
    """What of the token may begin a term of the market."""
    return [token["han"][low:high] for low, high in _pieces(token["han"])] if token["han"] else [token["latin"]]


def _pieces(run: str) -> list[tuple[int, int]]:
    return [(at, at + length) for length in range(2, _LONGEST_KNOWN + 1) for at in range(len(run) - length + 1)]


def _latin(vocabulary: Vocabulary, known: Container[str], word: str, start: int) -> list[Change]:
    if len(word) < _MINIMUM_LATIN or word in known:
        return []
    spelled = spell_out(vocabulary, [word])
    if spelled:
        return [Change(start, start + len(word), word, spelled[0].text, spelled[0].terms[0], (0, 0, 0, 0))]
    slips = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    near = []
    for term in vocabulary.latin(len(word) - slips, len(word) + slips):
        distance = OSA.distance(word, term.key, score_cutoff=slips)
        if distance <= slips:
            near.append(Change(start, start + len(word), word, term.text, term, (distance, -term.uses, 0, 0)))
    return sorted(near, key=lambda one: one.cost)[:1]


@dataclass(frozen=True)
class _Run:
    """Characters that stand together, their place in the question, and those of them that begin no term."""

    text: str
    start: int
    unknown: frozenset[int]

    def windows(self) -> list[tuple[int, int]]:
        """Pieces of two to six characters with an unknown one among them."""
        lengths = range(2, _LONGEST_WINDOW + 1)
        pieces = ((low, low + length) for length in lengths for low in range(len(self.text) - length + 1))
        return [(low, high) for low, high in pieces if self.unknown.intersection(range(low, high))]

    def placed(self, change: Change) -> Change:
        """The change within the whole question; what is wrong in it reaches from its first to its last unknown character."""
        strange = sorted(self.unknown.intersection(range(change.start, change.end)))
        wrong = self.text[strange[0] : strange[-1] + 1]
        return replace(change, start=self.start + change.start, end=self.start + change.end, wrong=wrong)


def _chinese(vocabulary: Vocabulary, runs: Sequence[_Run], *, is_strict: bool) -> Iterator[Change]:
    """Changes within runs that do not overlap, likeliest first chosen; what sounds alike is looked up for all at once."""
    sounds = [{window: readings.syllables(cut(run.text[slice(*window)])) for window in run.windows()} for run in runs]
    sounding = vocabulary.sounding(["".join(sound) for of_run in sounds for sound in of_run.values()])
    for run, of_run in zip(runs, sounds, strict=True):
        found = list(_homophones(run.text, of_run, sounding))
        if not is_strict:
            found += _slips(vocabulary, run.text, list(of_run))
        chosen: list[Change] = []
        for change in sorted(found, key=lambda one: one.cost):
            if all(change.end <= one.start or change.start >= one.end for one in chosen):
                chosen.append(change)
        yield from map(run.placed, chosen)


def _unknown(known: Container[str], run: str) -> set[int]:
    """Positions of characters that no piece of two to five characters covers which begins a term."""
    covered = {position for low, high in _pieces(run) if run[low:high] in known for position in range(low, high)}
    return set(range(len(run))) - covered if len(run) > 1 else set()


def _homophones(
    run: str, sounds: Mapping[tuple[int, int], tuple[str, ...]], terms: Sequence[Candidate]
) -> Iterator[Change]:
    """Terms that begin with what sounds like a window."""
    for (low, high), sound in sounds.items():
        for term in terms:
            right = term.key[: high - low]
            if term.syllables[: high - low] == sound and right != run[low:high] and _is_whole(right, term.key):
                changed = sum(one != other for one, other in zip(right, run[low:high], strict=True))
                yield Change(low, high, "", right, term, (2 * changed - 1, low - high, term.key != right, -term.uses))


def _is_whole(piece: str, key: str) -> bool:
    """Whether the term has a word end where the piece ends: 密封检 begins 密封检测 but is no word."""
    return len(piece) in itertools.accumulate(len(word) for word in cut(key))


def _slips(vocabulary: Vocabulary, run: str, windows: Sequence[tuple[int, int]]) -> Iterator[Change]:
    """Whole terms that differ from a window by one wrong, missing, doubled or swapped character."""
    given = [(low, high, run[low:high]) for low, high in windows]
    firsts = sorted({character for _, _, piece in given for character in piece[:2]})
    endings = [piece[1:] for _, _, piece in given if len(piece) > _PAIR]
    terms = [*vocabulary.beginning(firsts), *vocabulary.ending(endings)]
    for low, high, piece in given:
        for term in terms:
            if abs(len(term.key) - len(piece)) <= 1 and _is_one_slip(piece, term):
                cost = _SLIP, low - high, abs(len(term.key) - len(piece)), -term.uses
                yield Change(low, high, "", term.key, term, cost)


def _is_one_slip(piece: str, term: Candidate) -> bool:
    """Two characters must be swapped or have lost the one between them: one of two alone says too little."""
    key = term.key
    if term.kind is TermKind.LATIN or OSA.distance(piece, key, score_cutoff=1) != 1:
        return False
    if len(piece) == len(key) > _PAIR:
        return True
    if len(piece) > _PAIR:  # at an end a character more or less makes another word, not a slip
        return len(key) > _PAIR and piece[0] == key[0] and piece[-1] == key[-1]
    return piece[::-1] == key or (len(key) > _PAIR and piece[0] == key[0] and piece[-1] == key[-1])
