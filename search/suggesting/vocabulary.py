"""The market's own words, asked by what was probably meant: bounded look-ups in the table of terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    column,
    func,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.kernel.db import plain_rows
from search.suggesting.candidates import Candidate, after, candidate_of, public_listings
from search.suggesting.models import SuggestionTerm
from search.suggesting.terms import TermKind

WORD_KINDS = [kind.value for kind in (TermKind.TERM, TermKind.CLASS, TermKind.LATIN, TermKind.INSTITUTION)]
MAXIMUM_LOOK_UPS = 1_200
_EACH_READING = 8
_EACH_BEGINNING = 150
_EACH_ENDING = 8
_LATIN_WORDS = 3_000


class Vocabulary(Protocol):
    """What corrections ask; every answer is bounded."""

    def known(self, beginnings: Sequence[str]) -> set[str]:
        """Those of the strings that begin a term."""
        ...

    def sounding(self, readings: Sequence[str]) -> list[Candidate]:
        """Terms whose pinyin begins with one of these."""
        ...

    def read(self, readings: Sequence[str]) -> list[Candidate]:
        """Terms whose whole pinyin is one of these."""
        ...

    def abbreviated(self, initials: Sequence[str]) -> list[Candidate]:
        """Terms whose first letters are exactly one of these."""
        ...

    def beginning(self, beginnings: Sequence[str]) -> list[Candidate]:
        """The most used terms with each beginning."""
        ...

    def ending(self, endings: Sequence[str]) -> list[Candidate]:
        """The most used terms with each ending."""
        ...

    def latin(self, shortest: int, longest: int) -> list[Candidate]:
        """The most used Latin words of these lengths."""
        ...


_Term = SuggestionTerm
_IS_WORD = _Term.kind == func.any(bindparam("kinds", WORD_KINDS, ARRAY(Text)))
_RANGES = (
    func.unnest(bindparam("low", type_=ARRAY(Text)), bindparam("high", type_=ARRAY(Text)))
    .table_valued(column("low", Text), column("high", Text), name="ranges")
    .render_derived()
)
_WANTED = (
    func.unnest(bindparam("wanted", type_=ARRAY(Text)))
    .table_valued(column("one", Text), name="wanted")
    .render_derived()
)


def _within(form: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The form begins with the lower bound of the range."""
    return and_(_IS_WORD, form.op("~>=~")(_RANGES.c.low), form.op("~<~")(_RANGES.c.high))


def _most_used(of: TableValuedAlias, condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    terms = select(_Term.id, _Term.kind, _Term.text, _Term.key, _Term.syllables, _Term.uses)
    ordered = terms.where(condition).order_by(_Term.uses.desc(), _Term.id.desc())
    found = ordered.limit(bindparam("each", type_=Integer)).correlate(of).lateral("found")
    return select(found).select_from(of).join(found, true())


_KNOWN = select(_RANGES.c.low).where(select(_Term.id).where(_within(_Term.key)).correlate(_RANGES).exists())
_BEGINNING = _most_used(_RANGES, _within(_Term.key))
_ENDING = _most_used(_RANGES, _within(_Term.mirror))
_SOUNDING = _most_used(_RANGES, _within(_Term.pinyin))
_READ = _most_used(_WANTED, and_(_IS_WORD, _Term.pinyin == _WANTED.c.one))
_ABBREVIATED = _most_used(_WANTED, and_(_IS_WORD, _Term.initials == _WANTED.c.one))


class DatabaseVocabulary:
    """Implements Vocabulary on the session that it is given."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def known(self, beginnings: Sequence[str]) -> set[str]:
        if not beginnings:
            return set()
        return set(plain_rows(self._session, _KNOWN, self._ranges(beginnings)).scalars())

    def sounding(self, readings: Sequence[str]) -> list[Candidate]:
        return self._find(_SOUNDING, self._ranges(readings) | {"each": _EACH_READING})

    def read(self, readings: Sequence[str]) -> list[Candidate]:
        return self._find(_READ, self._wanted(readings))

    def abbreviated(self, initials: Sequence[str]) -> list[Candidate]:
        return self._find(_ABBREVIATED, self._wanted(initials))

    def beginning(self, beginnings: Sequence[str]) -> list[Candidate]:
        return self._find(_BEGINNING, self._ranges(beginnings) | {"each": _EACH_BEGINNING})

    def ending(self, endings: Sequence[str]) -> list[Candidate]:
        mirrored = [one[::-1] for one in endings]
        return self._find(_ENDING, self._ranges(mirrored) | {"each": _EACH_ENDING})

    def latin(self, shortest: int, longest: int) -> list[Candidate]:
        length = func.length(_Term.key)
        words = select(_Term.id, _Term.kind, _Term.text, _Term.key, _Term.syllables, _Term.uses).where(
            _Term.kind == TermKind.LATIN.value, length.between(shortest, longest)
        )
        return self._find(words.order_by(_Term.uses.desc(), _Term.id.desc()).limit(_LATIN_WORDS), {})

    def public(self, candidates: Iterable[Candidate]) -> set[int]:
        """Ids of those that some listing gives which everybody may read now."""
        return set(public_listings(self._session, (one.id for one in candidates), 1))

    def _find(self, statement: Any, parameters: dict[str, Any]) -> list[Candidate]:
        found: dict[int, Candidate] = {}
        for row in plain_rows(self._session, statement, parameters):
            found.setdefault(row.id, candidate_of(row))
        return list(found.values())

    @staticmethod
    def _ranges(beginnings: Sequence[str]) -> dict[str, Any]:
        low = list(dict.fromkeys(beginnings))[:MAXIMUM_LOOK_UPS]
        return {"low": low, "high": [after(one) for one in low]}

    @staticmethod
    def _wanted(given: Sequence[str]) -> dict[str, Any]:
        wanted = list(dict.fromkeys(given))[:MAXIMUM_LOOK_UPS]
        return {"wanted": wanted, "each": _EACH_READING}
