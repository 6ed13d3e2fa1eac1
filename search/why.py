"""Why a hit is there, told from the row that is shown: no engine is asked, nothing is guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from market.kernel.errors import N_
from search import numbers
from search.analysis import fold, name_key
from search.classification import title_of
from search.highlight import marked_words, marks_of, terms_in
from search.queries import HitRow
from search.query import SearchQuery

NUMBERS, NAMES = "numbers", "names"
"""Fields of keys that are looked up exactly."""
BEST_HITS = 5
SHARED_BY = 2
SHOWN_WORDS = 3
WORDS_PER_PLACE = 6
SHOWN_PEOPLE = 12
MISSING_SHOWN = 3
LONGEST_MISSING = 10
"""A longer piece of the question is a clause, of which something is always missing."""
IN_TITLE, IN_TEXT, IN_CLAIMS, IN_CLASS = N_("题名"), N_("内容"), N_("权利要求"), N_("分类")
IN_INSTITUTION, IN_PEOPLE = N_("单位"), N_("完成人")
SHORT_PLACES = frozenset({IN_CLASS, IN_INSTITUTION, IN_PEOPLE})
_PIECES = re.compile(r"[^\w.\-+%≥≤]+")


@dataclass(frozen=True)
class Place:
    """A part of the listing (`label` is a gettext message id) and the words there that match, as they are written."""

    label: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Why:
    """What speaks for one hit; empty values say nothing.

    `number` is the listing's or right's number that the question names, `number_begins` the one that begins as asked;
    `name` the institution or person that is named in full; `same_class` the subclass that the best hits share, with its
    title; `missing` the pieces of the question of which nothing stands in the listing; `stand_ins` are words of the
    question and the other words for them that stand in the listing instead.
    """

    number: str = ""
    number_begins: str = ""
    name: str = ""
    places: tuple[Place, ...] = ()
    is_near: bool = False
    same_class: str = ""
    same_class_title: str = ""
    missing: tuple[str, ...] = ()
    stand_ins: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words of all places, those that are part of another left out, at most a few."""
        found: dict[str, str] = {}
        for place in self.places:
            for word in place.words:
                found.setdefault(fold(word), word)
        told = [word for key, word in found.items() if not any(key in one for one in found if one != key)]
        return tuple(told[:SHOWN_WORDS])

    @property
    def says_anything(self) -> bool:
        """There is a reason to show."""
        return bool(self.number or self.number_begins or self.name or self.places or self.is_near or self.same_class)


def shared_classes(rows: Sequence[HitRow]) -> frozenset[str]:
    """Subclasses that at least two of the best hits have; `rows` are the first page's, best first."""
    counted = Counter(subclass for row in rows[:BEST_HITS] for subclass in row.subclasses)
    return frozenset(subclass for subclass, count in counted.items() if count >= SHARED_BY)


def explain(
    query: SearchQuery,
    wanted: frozenset[str],
    row: HitRow,
    *,
    is_near: bool = False,
    shared: frozenset[str] = frozenset(),
) -> Why:
    """The reasons for one hit. `wanted` are the terms that are marked; `is_near` says that meaning brought it up."""
    if not query.is_ranked:
        return Why()
    brief = terms_in(_brief(row), wanted)
    places = tuple(_places(wanted, row, has_brief=bool(brief)))
    same_class = next((one for one in row.subclasses if one in shared), "")
    number, begins = _number(query, row)
    found = brief.union(*(terms_in(text, wanted) for text in (row.title, *row.texts)))  # anywhere in the listing
    return Why(
        number=number,
        number_begins=begins,
        name=_name(query, row),
        places=places,
        is_near=is_near,
        same_class=same_class,
        same_class_title=title_of(same_class),
        missing=() if number or begins else _missing(query, wanted, found),
        stand_ins=_stand_ins(query, found),
    )


def _places(wanted: frozenset[str], row: HitRow, *, has_brief: bool) -> Iterator[Place]:
    """Where something matches: the words of a place once, however many texts it has.

    The many short texts are looked through only if something stands in them, which is so in few hits.
    """
    sources = (
        (IN_TITLE, (row.title,)),
        (IN_TEXT, row.described),
        (IN_CLAIMS, row.claims),
        (IN_CLASS, _classes(row)),
        (IN_INSTITUTION, (row.institution_name,)),
        (IN_PEOPLE, row.people[:SHOWN_PEOPLE]),
    )
    for label, texts in sources:
        if label in SHORT_PLACES and not has_brief:
            continue
        words = {fold(word): word for text in texts for word in marked_words(text, wanted)}
        if words:
            yield Place(label, tuple(words.values())[:WORDS_PER_PLACE])


def _classes(row: HitRow) -> tuple[str, ...]:
    return (*row.class_titles, row.industry.label, row.field.label)


def _brief(row: HitRow) -> str:
    """Everything short that is told of the listing in one text, in which no term spans two of them."""
    return "。".join((*_classes(row), row.institution_name, *row.people))


def _number(query: SearchQuery, row: HitRow) -> tuple[str, str]:
    """The number that the question names, and the one that begins as the question does."""
    asked = {*query.numbers, *(key for field, key in query.favoured_keys if field == NUMBERS)}
    exact, begins = "", ""
    if not asked and not query.prefixes:
        return exact, begins
    for written in (row.number, *row.patent_numbers, *row.publication_numbers):
        for key in numbers.patent_keys(written) or (numbers.compact(written),):
            exact = exact or (written if key in asked else "")
            begins = begins or (written if query.prefixes and key.startswith(query.prefixes) else "")
    return exact, "" if exact else begins


def _name(query: SearchQuery, row: HitRow) -> str:
    asked = {query.name, *(key for field, key in query.favoured_keys if field == NAMES)} - {""}
    if not asked:
        return ""
    named = (row.institution_name, row.institution_code, *row.people)
    return next((one for one in named if name_key(one) in asked), "")


def _missing(query: SearchQuery, wanted: frozenset[str], found: frozenset[str]) -> tuple[str, ...]:
    """Short pieces of the question of which no term stands in the listing, nor another word for it, although others do."""
    told = found.union(*(one.source for one in query.alternatives if found.issuperset(marks_of(one))))
    pieces = [piece for piece in dict.fromkeys(_PIECES.split(query.text)) if 0 < len(piece) <= LONGEST_MISSING]
    asked = {piece: terms_in(piece, wanted) for piece in pieces}
    missing = [piece for piece, terms in asked.items() if terms and not terms & told]
    return tuple(missing[:MISSING_SHOWN]) if found else ()


def _stand_ins(query: SearchQuery, found: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Words of the question that do not stand in the listing, each with the other word for it that does."""
    told: dict[str, str] = {}
    for one in query.alternatives:
        if found.issuperset(marks_of(one)) and not found.issuperset(one.source):
            told.setdefault(_word(one.source), one.text)
    return tuple(told.items())[:SHOWN_WORDS]


def _word(terms: tuple[str, ...]) -> str:
    """The word whose neighbouring pairs the terms are."""
    word = terms[0]
    for term in terms[1:]:
        word += term[1:] if word.endswith(term[0]) else f" {term}"
    return word
