"""What the search box offers for what has been typed so far: words, institutions, listings; at most ten.

Nothing is offered that no public listing says, and nothing of what other people asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from market.kernel.errors import N_
from search import numbers
from search.suggesting import readings
from search.suggesting.candidates import Candidate, Probe, PublicListing, begin, public_listings
from search.suggesting.terms import TermKind

MAXIMUM_TYPED_CHARACTERS = 40
MINIMUM_LATIN_CHARACTERS = 2
MAXIMUM_WORDS = 5
MAXIMUM_INSTITUTIONS = 2
MAXIMUM_LISTINGS = 3
_EACH_PROBE = 12
_LOOSE_PROBE = 100
_LISTINGS_OF_A_TERM = 3
_WORDS_WITH_LISTINGS = 4
_LONGEST_COMPLETION = 12
_WORDS = (TermKind.TERM, TermKind.LATIN, TermKind.CLASS)
_READ = (TermKind.TERM, TermKind.CLASS, TermKind.INSTITUTION, TermKind.TITLE)


class GroupKind(StrEnum):
    """A group of suggestions; its label is a message id."""

    WORDS = "words"
    INSTITUTIONS = "institutions"
    LISTINGS = "listings"

    @property
    def label(self) -> str:
        return _GROUP_LABELS[self]


_GROUP_LABELS = {
    GroupKind.WORDS: N_("词语"),
    GroupKind.INSTITUTIONS: N_("单位"),
    GroupKind.LISTINGS: N_("成果"),
}


@dataclass(frozen=True)
class Suggestion:
    """One line: what is shown, where it leads, and for a listing its number, or the one that was looked for."""

    text: str
    address: str
    detail: str = ""


@dataclass(frozen=True)
class SuggestionGroup:
    """Suggestions of one kind, best first."""

    kind: GroupKind
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class _Typed:
    """What was typed: `head` stands before the word that is being completed, `written` is that word as it is compared."""

    head: str
    written: str
    number: str


def suggest(session: Session, text: str) -> tuple[SuggestionGroup, ...]:
    """Groups of suggestions for what stands in the box; none for too little, too odd or unknown text."""
    typed = _typed(text)
    found = _candidates(session, typed)
    listings = public_listings(session, (one.id for one in found), _LISTINGS_OF_A_TERM) if found else {}
    public = [one for one in found if one.id in listings]
    groups = (
        SuggestionGroup(GroupKind.WORDS, _words(public, typed)),
        SuggestionGroup(GroupKind.INSTITUTIONS, _institutions(public, typed)),
        SuggestionGroup(GroupKind.LISTINGS, _listings(public, listings)),
    )
    return tuple(group for group in groups if group.suggestions)


def _typed(text: str) -> _Typed:
    kept = "".join(character if character.isprintable() else " " for character in text).strip()
    kept = kept[:MAXIMUM_TYPED_CHARACTERS]
    *before, last = kept.split() or [""]
    head = " ".join(before)
    if not head or readings.is_latin(readings.written(head)):
        head, last = "", kept  # several syllables with blanks between them, as input methods write them
    return _Typed(head, readings.written(last), _number(kept))


def _number(text: str) -> str:
    """The beginning of a number, when the text looks like one."""
    lookup = numbers.recognise(text)
    return next(iter((*lookup.prefixes, *lookup.exact)), "")


def _candidates(session: Session, typed: _Typed) -> list[Candidate]:
    written = typed.written
    probes = [Probe(TermKind.NUMBER, "key", typed.number, MAXIMUM_LISTINGS)] if typed.number else []
    if len(written) >= MINIMUM_LATIN_CHARACTERS or (written and not written.isascii()):
        kinds = (*_WORDS, TermKind.INSTITUTION, TermKind.TITLE)
        probes += [Probe(kind, "key", written, _EACH_PROBE) for kind in kinds]
        if readings.is_latin(written):
            probes += [Probe(kind, form, written, _EACH_PROBE) for form in ("pinyin", "initials") for kind in _READ]
    found = begin(session, probes)
    if any(one.kind is not TermKind.NUMBER for one in found) or not _may_be_mixed(written):
        return found
    return found + _mixed(session, written)


def _may_be_mixed(written: str) -> bool:
    return len(written) >= MINIMUM_LATIN_CHARACTERS and any("a" <= character <= "z" for character in written)


def _mixed(session: Session, written: str) -> list[Candidate]:
    """Terms that are given partly by their characters, partly by readings or first letters (`密feng`, `mifq`)."""
    han = written[: next(index for index, character in enumerate(written) if character.isascii())]
    kinds = (TermKind.TERM, TermKind.CLASS, TermKind.INSTITUTION)
    if han:
        probes = [Probe(kind, "key", han, _LOOSE_PROBE) for kind in kinds]
    else:
        forms = ("pinyin", "initials")
        probes = [Probe(kind, form, written, _LOOSE_PROBE, is_loose=True) for kind in kinds for form in forms]
    found = begin(session, probes)
    return [one for one in found if one.syllables and readings.fits(written, one.key, one.syllables)]


def _words(found: Sequence[Candidate], typed: _Typed) -> tuple[Suggestion, ...]:
    """Words of titles by their use, then names of classes; a word that only ever begins a longer one is left to that."""
    words = [one for one in found if one.kind in _WORDS and one.key != typed.written]
    words.sort(key=lambda one: (one.kind is TermKind.CLASS, -one.uses, -one.id))
    kept = [one for one in words if not _is_always_continued(one, words)]
    distinct = {one.key: one for one in reversed(kept)}
    chosen = [one for one in kept if distinct[one.key] is one][:MAXIMUM_WORDS]
    return tuple(_question(f"{typed.head} {one.text}".strip()) for one in chosen)


def _is_always_continued(word: Candidate, words: Iterable[Candidate]) -> bool:
    return any(
        one.uses == word.uses and len(word.key) < len(one.key) <= _LONGEST_COMPLETION and one.key.startswith(word.key)
        for one in words
        if one.kind is word.kind
    )


def _institutions(found: Iterable[Candidate], typed: _Typed) -> tuple[Suggestion, ...]:
    names = [one for one in found if one.kind is TermKind.INSTITUTION and not typed.head]
    names.sort(key=lambda one: (-one.uses, -one.id))
    return tuple(_question(one.text) for one in names[:MAXIMUM_INSTITUTIONS])


def _question(text: str) -> Suggestion:
    return Suggestion(text, f"/listings?{urlencode({'q': text})}")


def _listings(found: Sequence[Candidate], listings: Mapping[int, Sequence[PublicListing]]) -> tuple[Suggestion, ...]:
    """Listings by number, by the beginning of their title, and the newest ones that say the best words."""
    direct = [one for one in found if one.kind in (TermKind.NUMBER, TermKind.TITLE)]
    words = [one for one in found if one.kind in _WORDS][:_WORDS_WITH_LISTINGS]
    chosen: dict[str, Suggestion] = {}
    for term in (*direct, *words):
        for listing in listings[term.id]:
            detail = term.text if term.kind is TermKind.NUMBER else listing.number
            address = f"/listings/{quote(listing.number)}"
            chosen.setdefault(listing.number, Suggestion(listing.title, address, detail=detail))
    return tuple(chosen.values())[:MAXIMUM_LISTINGS]
