"""Numbers that people look things up by: patent application, publication and listing numbers, and their beginnings.

Keys hold no check digit, prefix, blank or point, so that every way of writing a number finds the same listing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from search.analysis import fold

MINIMUM_PREFIX_CHARACTERS = 4
"""A beginning that is so short counts only behind ZL or CN: alone it is a year, or a quantity."""
MAXIMUM_NUMBERS = 20
_BETWEEN = re.compile(r"[\s.\-_/·]+")
_OFFICE = r"(?:zl|cn)?"
_APPLICATION = re.compile(rf"{_OFFICE}((?:19[89]\d|20\d\d)[12389]\d{{7}}|(?:8[5-9]|9\d|0[0-3])[12389]\d{{5}})[\dx]?")
_PUBLICATION = re.compile(r"cn([123]\d{8}|[123]\d{6})([abcuysd]\d?)?|([123]\d{8}|[123]\d{6})([abcuysd]\d?)")
_CODE = re.compile(r"(?=.*\d)[a-z0-9]{5,30}")
_PREFIX = re.compile(r"(?:zl|cn)(?P<behind>\d{4,12})|(?P<digits>\d{5,12})|(?P<code>[a-z]{1,4}\d[a-z0-9]{3,20})")
_WRITTEN = re.compile(
    r"(?<![0-9a-z])(?:(?:zl|cn)[\s:.]*)?\d(?:[ .\-]{0,2}\d){6,12}(?: ?\.? ?[\dx])?"
    r"(?: ?[abcuysd]\d?)?(?![0-9a-z])"
)


@dataclass(frozen=True)
class NumberLookup:
    """Keys to look up exactly, beginnings to look up after them, and what is left of the text."""

    exact: tuple[str, ...]
    prefixes: tuple[str, ...]
    rest: str


def compact(text: str) -> str:
    """Folded, with blanks, points, hyphens and strokes taken out."""
    return _BETWEEN.sub("", fold(text))


def patent_keys(number: str) -> tuple[str, ...]:
    """Keys of a patent number as it may be written; empty when it has no known form."""
    written = compact(number)
    keys = []
    application = _APPLICATION.fullmatch(written)
    if application:
        keys.append(application.group(1))
    publication = _PUBLICATION.fullmatch(written)
    if publication:
        keys.append(publication.group(1) or publication.group(3))
    return tuple(keys)


@lru_cache(maxsize=256)  # keys and their beginnings are wanted one after the other
def document_keys(listing_number: str, patent_numbers: tuple[str, ...]) -> tuple[str, ...]:
    """Every key by which a listing is found; a number of unknown form is kept as it is written."""
    keys = [compact(listing_number)]
    for number in patent_numbers:
        keys.extend(patent_keys(number) or (compact(number),))
    return tuple(dict.fromkeys(filter(None, keys)))


def beginnings(keys: tuple[str, ...]) -> tuple[str, ...]:
    """All beginnings of the keys, from four characters to one less than the whole."""
    return tuple(dict.fromkeys(key[:length] for key in keys for length in range(MINIMUM_PREFIX_CHARACTERS, len(key))))


def recognise(text: str) -> NumberLookup:
    """Split a query into numbers and the rest. A query that is nothing but a code is looked up as one too."""
    folded = fold(text)
    exact: list[str] = []

    def take(match: re.Match[str]) -> str:
        keys = patent_keys(match.group())
        exact.extend(keys)
        return " " if keys else match.group()

    rest = _WRITTEN.sub(take, folded)
    whole = compact(text)
    prefixes: list[str] = []
    if _CODE.fullmatch(whole):
        exact.append(whole)
        beginning = _PREFIX.fullmatch(whole)
        if beginning:
            prefixes.append(beginning["behind"] or beginning["digits"] or beginning["code"])
            rest = rest if beginning["code"] else " "
    return NumberLookup(_first(exact), _first(prefixes), text if rest == folded else rest.strip())


def _first(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:MAXIMUM_NUMBERS]
