"""What stands behind the name of a field that has numbers, codes or a closed list of values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from search import numbers
from search.analysis import fold
from search.syntax import values
from search.syntax.fields import IPC, IPC_FACETS, ChoiceField, CodeField, Field, NumericField
from search.syntax.tree import Condition, Number, Range, Term, any_of, opposite

MAXIMUM_VALUES = 20
_PIECE_END = re.compile(r"[\s|()，。；;]|$")
_VALUE = re.compile(r"[^\s|()，。；;、,/\"“”「」『』]+")
_JOINT = re.compile(r"\s*[、,，/]\s*")
_GROUP = re.compile(r"\((?P<inside>[^()]*)\)")
_QUOTED = re.compile(r"[\"“＂「『]([^\"”＂」』]*)[\"”＂」』]")
_BETWEEN = re.compile(r"[\s、，,/|；;]+")
_SYMBOL = re.compile(
    r"(?P<section>[A-Ha-h])(?:(?P<class>\d\d)(?:(?P<subclass>[A-Za-z])"
    r"(?:(?:\s(?=\d{1,4}/))?(?P<group>\d{1,4})(?:/(?P<subgroup>\d{2,6})?)?)?)?)?[*?]*(?![A-Za-z0-9])"
)
_NUMBER = re.compile(
    r"(?:[A-Za-z]{2}[\s.:]{0,2}(?=\d))?[A-Za-z0-9][A-Za-z0-9.\-]*(?P<more>(?: [\d.]+[Xx]?(?![A-Za-z0-9]))*)"
)

_WRITABLE = re.compile(r"[a-z0-9][a-z0-9.\-]*")


@dataclass(frozen=True)
class Value:
    """What was read up to `end`; without a condition the value is not in the field's list, and `text` shows it."""

    end: int
    text: str = ""
    condition: Condition | None = None
    was_reversed: bool = False


def whole_piece(plain: str, start: int) -> int:
    """Where the piece ends that could not be read."""
    found = _PIECE_END.search(plain, start)
    assert found is not None
    return max(found.start(), min(start + 1, len(plain)))


def read_value(field: Field, text: str, plain: str, start: int) -> Value | None:
    """The value of a field that begins at `start`; None when it cannot be read. `plain` = `text` in half width."""
    kind = field.kind
    if isinstance(kind, NumericField):
        return _numeric(kind, plain, start)
    if isinstance(kind, ChoiceField):
        return _chosen(kind, text, plain, start)
    assert isinstance(kind, CodeField)
    return _symbols(plain, start) if kind.code == IPC else _number(plain, start)


def _numeric(kind: NumericField, plain: str, start: int) -> Value | None:
    bounds = values.read(kind.measure, plain, start)
    if bounds is None or not _PIECE_END.match(plain, bounds.end):
        return None
    low = bounds.low if bounds.low is None else max(bounds.low, kind.measure.lowest)
    high = bounds.high if bounds.high is None else min(bounds.high, kind.measure.highest)
    return Value(bounds.end, condition=Range(kind.field, low, high), was_reversed=bounds.was_reversed)


def _chosen(kind: ChoiceField, text: str, plain: str, start: int) -> Value | None:
    """One value or several, joined by 、 or in brackets; a flag may also be denied."""
    found = _listed(text, plain, start)
    if found is None:
        return None
    pieces, ends = found
    if kind.choice.denies(pieces[0]):
        every = Term(kind.facet, tuple(map(str, kind.choice.labels)))
        return Value(ends[0], condition=opposite(every))
    codes: dict[str, None] = {}
    end = start
    for piece, piece_end in zip(pieces[:MAXIMUM_VALUES], ends, strict=False):
        known = kind.choice.codes(piece)
        if not known:
            break
        codes.update(dict.fromkeys(known))
        end = piece_end
    if not codes:
        return Value(ends[0], text=pieces[0])
    return Value(end, condition=Term(kind.facet, tuple(one for one in kind.choice.labels if one in codes)))


def _listed(text: str, plain: str, start: int) -> tuple[list[str], list[int]] | None:
    """Written values, and where the text goes on after each."""
    group = _GROUP.match(plain, start)
    if group:
        pieces = [one for one in _BETWEEN.split(group["inside"]) if one and one not in {"OR", "或"}]
        return (pieces, [group.end()] * len(pieces)) if pieces else None
    quoted = _QUOTED.match(text, start)
    if quoted:
        return [quoted[1]], [quoted.end()]
    pieces, ends, place = [], [], start
    while found := _VALUE.match(plain, place):
        pieces.append(found.group())
        ends.append(found.end())
        joint = _JOINT.match(plain, found.end())
        if not joint:
            break
        place = joint.end()
    return (pieces, ends) if pieces else None


def _symbols(plain: str, start: int) -> Value | None:
    """IPC symbols of any depth, alternatives of each other."""
    found: list[Condition] = []
    place = end = start
    while len(found) < MAXIMUM_VALUES and (symbol := _SYMBOL.match(plain, place)):
        found.append(_classed(symbol))
        end = symbol.end()
        joint = _JOINT.match(plain, end)
        if not joint:
            break
        place = joint.end()
    if not found or not (_PIECE_END.match(plain, end) or _JOINT.match(plain, end)):
        return None
    return Value(end, condition=any_of(found))


def _classed(symbol: re.Match[str]) -> Term:
    group = symbol["group"] and (symbol["group"].lstrip("0") or "0")
    parts = [symbol["section"], symbol["class"], symbol["subclass"], group]
    written = [part.upper() for part in parts if part]
    code = "".join(written) + (f"/{symbol['subgroup']}" if symbol["subgroup"] else "")
    return Term(IPC_FACETS[len(written) - 1], (code,))


def _number(plain: str, start: int) -> Value | None:
    """A number with or without blanks: the longest that is a known form, otherwise up to the first blank."""
    found = _NUMBER.match(plain, start)
    if not found:
        return None
    longest, shortest = found.group(), plain[start : found.start("more")]
    written = longest if numbers.patent_keys(longest) else shortest
    number = number_of(written)
    return Value(start + len(written), condition=number) if number else None


def number_of(written: str) -> Number | None:
    """The condition that a written number stands for; None when it is none."""
    text = fold("".join(written.split()))
    if not _WRITABLE.fullmatch(text):
        return None
    lookup = numbers.recognise(text)
    return Number(text, lookup.exact, lookup.prefixes) if lookup.exact or lookup.prefixes else None
