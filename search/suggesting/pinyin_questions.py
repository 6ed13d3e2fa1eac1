"""Questions typed in pinyin without tones, or by first letters: the market's terms that are read so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search.suggesting.candidates import Candidate
from search.suggesting.terms import TermKind
from search.suggesting.vocabulary import Vocabulary

MAXIMUM_LETTERS = 48
MINIMUM_INITIALS = 3
MAXIMUM_WORDS = 6
_SHORTEST_READING = 3
_LONGEST_READING = 24
_ALTERNATIVES = 3


@dataclass(frozen=True)
class Spelled:
    """A reading of what was typed: its text, and the terms that it is made of."""

    text: str
    terms: tuple[Candidate, ...]


def spell_out(vocabulary: Vocabulary, words: Sequence[str]) -> list[Spelled]:
    """Readings of all the words, likeliest first; none when one of them has none. One word may have several."""
    if not words or len(words) > MAXIMUM_WORDS or sum(map(len, words)) > MAXIMUM_LETTERS:
        return []
    covered = _covers(vocabulary, words)
    abbreviated = _abbreviations(vocabulary, [word for word in words if not covered[word]])
    choices = [covered[word] or abbreviated.get(word, []) for word in words]
    if not all(choices):
        return []
    if len(choices) == 1:
        return choices[0][:_ALTERNATIVES]
    text = " ".join(choice[0].text for choice in choices)
    return [Spelled(text, tuple(term for choice in choices for term in choice[0].terms))]


def _covers(vocabulary: Vocabulary, words: Sequence[str]) -> dict[str, list[Spelled]]:
    """Each word as a row of whole readings, the fewest and most used ones."""
    pieces = {
        word[low:high]
        for word in words
        for low in range(len(word))
        for high in range(low + _SHORTEST_READING, min(len(word), low + _LONGEST_READING) + 1)
    }
    by_reading: dict[str, list[Candidate]] = {}
    for term in vocabulary.read(sorted(pieces, key=len, reverse=True)):
        by_reading.setdefault("".join(term.syllables), []).append(term)
    for found in by_reading.values():
        found.sort(key=_preference)
    covered = {word: _cover(word, by_reading) for word in words}
    return covered | _begun(vocabulary, [word for word in words if not covered[word]])


def _preference(term: Candidate) -> tuple[int, int]:
    return -term.uses, -term.id


def _cover(word: str, by_reading: dict[str, list[Candidate]]) -> list[Spelled]:
    if word in by_reading:
        return [Spelled(term.key, (term,)) for term in by_reading[word]]
    best: dict[int, tuple[Candidate, ...]] = {0: ()}
    for end in range(1, len(word) + 1):
        ways = [(*best[start], by_reading[word[start:end]][0]) for start in best if word[start:end] in by_reading]
        if ways:
            best[end] = min(ways, key=lambda terms: (len(terms), -min(term.uses for term in terms)))
    terms = best.get(len(word), ())
    return [Spelled("".join(term.key for term in terms), terms)] if terms else []


def _begun(vocabulary: Vocabulary, words: Sequence[str]) -> dict[str, list[Spelled]]:
    """Words that are read as the first characters of a term are."""
    found: dict[str, dict[str, Spelled]] = {word: {} for word in words}
    for term in vocabulary.sounding([word for word in words if len(word) > _SHORTEST_READING]):
        for length in range(2, len(term.key)):
            read = "".join(term.syllables[:length])
            if read in found:
                found[read].setdefault(term.key[:length], Spelled(term.key[:length], (term,)))
    return {word: list(spelled.values()) for word, spelled in found.items()}


def _abbreviations(vocabulary: Vocabulary, words: Sequence[str]) -> dict[str, list[Spelled]]:
    """Terms by their first letters; institutions before words, for they are called so."""
    wanted = [word for word in words if len(word) >= MINIMUM_INITIALS]
    found: dict[str, list[Spelled]] = {}
    terms = vocabulary.abbreviated(wanted) if wanted else []
    for term in sorted(terms, key=lambda one: (one.kind is not TermKind.INSTITUTION, *_preference(one))):
        short = "".join(reading[:1] for reading in term.syllables)
        found.setdefault(short, []).append(
            Spelled(term.text if term.kind is TermKind.INSTITUTION else term.key, (term,))
        )
    return found
