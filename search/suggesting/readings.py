"""How Chinese is read in pinyin without tones, character by character, and whether something typed fits a reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from types import ModuleType

from search.analysis import fold

_DEFAULTS = {"调": "tiáo,diào", "长": "cháng,zhǎng"}  # what prevails in technical terms; whole words know better
_TERMS = {
    "重构": [["chóng"], ["gòu"]],
    "重组": [["chóng"], ["zǔ"]],
    "重整": [["chóng"], ["zhěng"]],
    "重排": [["chóng"], ["pái"]],
    "气调": [["qì"], ["tiáo"]],
    "超长": [["chāo"], ["cháng"]],
    "细长": [["xì"], ["cháng"]],
    "全长": [["quán"], ["cháng"]],
    "轧辊": [["zhá"], ["gǔn"]],
    "轧制": [["zhá"], ["zhì"]],
    "调式": [["tiáo"], ["shì"]],
    "藏獒": [["zàng"], ["áo"]],
}
_UMLAUT = re.compile(r"(?<=[nl])(?:ü|yu)(?=[^a-z]|$|e)")
_LATIN = re.compile(r"[a-z]+")
_DOUBLE_INITIALS = ("zh", "ch", "sh")


@cache
def _library() -> ModuleType:
    """pypinyin with the readings that industry uses; loaded at first use, its phrases take a while."""
    import pypinyin

    pypinyin.load_single_dict({ord(character): readings for character, readings in _DEFAULTS.items()})
    pypinyin.load_phrases_dict(_TERMS)
    return pypinyin


def syllables(words: Sequence[str]) -> tuple[str, ...]:
    """One entry for each character of the folded words: its reading in this word, or the character itself."""
    library = _library()
    found: list[str] = []
    for word in words:
        read = library.lazy_pinyin(word, errors=list)
        found += read if len(read) == len(word) else list(word)
    return tuple(found)


def written(text: str) -> str:
    """Something typed as it is compared: folded, ü as v, without blanks, apostrophes and punctuation."""
    lowered = _UMLAUT.sub("v", text.lower())
    return re.sub(r"[\W_]+", "", fold(lowered))


def is_latin(text: str) -> bool:
    """Nothing but the letters a to z: it may be pinyin."""
    return _LATIN.fullmatch(text) is not None


def initials(read: Sequence[str]) -> str:
    """First letters of the readings."""
    return "".join(one[:1] for one in read)


def fits(typed: str, characters: str, read: Sequence[str]) -> bool:
    """Whether `typed` begins the term: each of its characters is given by itself, its whole reading or its first letters.

    The last reading may be unfinished (`mife` begins 密封).
    """
    positions = {0}
    for character, reading in zip(characters, read, strict=True):
        following: set[int] = set()
        for position in positions:
            if typed.startswith(character, position):
                following.add(position + len(character))
            following |= _read_from(typed, position, reading)
        if len(typed) in following:
            return True
        positions = following
    return False


def _read_from(typed: str, position: int, reading: str) -> set[int]:
    """Positions after the reading, its first letter, its first sound or, at the end, an unfinished part of it."""
    ends = {position + len(part) for part in _spoken(reading) if typed.startswith(part, position)}
    rest = typed[position:]
    if rest and reading.startswith(rest):
        ends.add(len(typed))
    return ends


@cache
def _spoken(reading: str) -> tuple[str, ...]:
    sounds = [reading, reading[:1]]
    if reading.startswith(_DOUBLE_INITIALS):
        sounds.append(reading[:2])
    return tuple(dict.fromkeys(sounds))
