"""By what number a row goes: application number, publication number alone, a registration of another kind, or none.

Publication numbers (rules.md 8.2): `CN` + nine digits (seven before 2007), whose first says the kind, + a letter that must
agree with it. The kind letter changes from publication to grant, the digits since 2010 do not: they are the normal form.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from market.achievements.editing.numbers import PATENTS, read_right_number
from market.achievements.errors import NumberRefused
from market.achievements.patent_numbers import clean_number, read_number
from market.achievements.vocabulary import PATENT_KINDS, AchievementKind
from market.kernel.errors import N_

UNNUMBERED_KINDS = frozenset(
    {
        AchievementKind.BIOMEDICAL_VARIETY,
        AchievementKind.TRADE_SECRET,
        AchievementKind.PROCESS,
        AchievementKind.PROTOTYPE,
        AchievementKind.OTHER,
    }
)
"""Results that may stand in the register without any right."""
_PUBLICATION = re.compile(r"CN(?P<digits>[123]\d{8}|[123]\d{6})(?P<letter>[ABCUYSD])(?P<version>\d?)")
_LETTERS = {"1": "ABC", "2": "UY", "3": "SD"}
_KIND_OF_DIGIT = {
    "1": AchievementKind.INVENTION,
    "2": AchievementKind.UTILITY_MODEL,
    "3": AchievementKind.DESIGN,
}
_WITH_KIND_LETTER = re.compile(r"(\d{12}|\d{8})[A-WYZ]\d?")
"""`CN 201710601862 A`: an application number as international databases write it, without check digit."""
_FORMS = (
    (re.compile(r"\d{4}SR[A-Z]?\d+"), AchievementKind.SOFTWARE),
    (re.compile(r"BS\.?\d+(?:\.?[\dX])?"), AchievementKind.CIRCUIT_LAYOUT),
    (re.compile(r"CNA\d+(?:\.[\dX])?"), AchievementKind.PLANT_VARIETY),
)
_KIND_WORDS = (
    ("实用新型", AchievementKind.UTILITY_MODEL),
    ("外观", AchievementKind.DESIGN),
    ("发明", AchievementKind.INVENTION),
    ("专利申请", AchievementKind.PATENT_APPLICATION),
    ("软件", AchievementKind.SOFTWARE),
    ("软著", AchievementKind.SOFTWARE),
    ("计算机", AchievementKind.SOFTWARE),
    ("集成电路", AchievementKind.CIRCUIT_LAYOUT),
    ("布图", AchievementKind.CIRCUIT_LAYOUT),
    ("植物", AchievementKind.PLANT_VARIETY),
    ("品种权", AchievementKind.PLANT_VARIETY),
    ("生物医药", AchievementKind.BIOMEDICAL_VARIETY),
    ("新药", AchievementKind.BIOMEDICAL_VARIETY),
    ("技术秘密", AchievementKind.TRADE_SECRET),
    ("专有技术", AchievementKind.TRADE_SECRET),
    ("工艺", AchievementKind.PROCESS),
    ("配方", AchievementKind.PROCESS),
    ("样品", AchievementKind.PROTOTYPE),
    ("样机", AchievementKind.PROTOTYPE),
    ("其他", AchievementKind.OTHER),
    ("其它", AchievementKind.OTHER),
)
"""The first word that stands in the cell decides."""
_NO_PARTICULAR_KIND = frozenset({"", "专利", "中国专利", "知识产权"})


@dataclass(frozen=True)
class RowNumber:
    """The number of a row's right. `normal` is stored and compared; `year` is None where the number names none."""

    kind: AchievementKind
    normal: str
    as_given: str
    has_check_digit: bool
    year: int | None = None


def kind_named(text: str) -> AchievementKind | None:
    """The kind that a cell names; None where it leaves that to the number. Raises NumberRefused for unknown words."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    if folded in _NO_PARTICULAR_KIND:
        return None
    for word, kind in _KIND_WORDS:
        if word in folded:
            return kind
    raise NumberRefused(
        "row.unknown_kind",
        N_(
            "成果类型“%(given)s”认不出，请写：发明专利、实用新型、外观设计、软件著作权、集成电路布图设计、植物新品种等。"
        ),
        given=text[:40],
    )


def read_publication(text: str) -> tuple[str, AchievementKind]:
    """Normal form without kind letter (`CN104321091`) and the kind. Raises NumberRefused."""
    folded = re.sub(r"[\s\-\u200b\ufeff]", "", unicodedata.normalize("NFKC", text)).upper()
    match = _PUBLICATION.fullmatch(folded)
    if match is None or match["letter"] not in _LETTERS[match["digits"][0]]:
        raise NumberRefused(
            "number.publication_format",
            N_("“%(given)s”不是中国专利的公开（公告）号，例如 CN104321091A；也没有申请号，无法登记。"),
            given=text.strip()[:40],
        )
    return f"CN{match['digits']}", _KIND_OF_DIGIT[match["digits"][0]]


def publication_variants(normal: str) -> list[str]:
    """All forms in which the register may hold the publication number."""
    return [f"{normal}{letter}{version}" for letter in _LETTERS[normal[2]] for version in ("", *"123456789")]


def read_row_number(kind: AchievementKind | None, given: str, publication: str, today: date) -> RowNumber | None:
    """The number by which the row goes; None for a result without one. Raises NumberRefused."""
    cleaned = clean_number(given)
    if not cleaned and kind in UNNUMBERED_KINDS:
        return None
    if not cleaned and publication and (kind is None or kind in PATENTS):
        normal, found = read_publication(publication)
        _require_same_kind(kind, found, publication)
        return RowNumber(found, normal, publication, has_check_digit=False)
    folded = re.sub(r"[\s\u200b\ufeff]", "", unicodedata.normalize("NFKC", given)).upper()
    kind = kind or _kind_of_form(folded)
    if kind is None or kind in PATENTS:
        database_form = _WITH_KIND_LETTER.fullmatch(cleaned)
        number = read_number(database_form[1] if database_form else given, today)
        _require_same_kind(kind, number.kind, given)
        return RowNumber(number.kind, number.normal, given, number.has_check_digit, number.year)
    right = read_right_number(kind, given, today)
    return RowNumber(kind, right.normal, given, right.has_check_digit)


def _kind_of_form(folded: str) -> AchievementKind | None:
    return next((kind for form, kind in _FORMS if form.fullmatch(folded)), None)


def _require_same_kind(named: AchievementKind | None, found: AchievementKind, given: str) -> None:
    if named in PATENT_KINDS and named is not found:
        raise NumberRefused(
            "row.kind_contradicts",
            N_("类型写的是%(named)s，号码 %(given)s 却是%(found)s的，请核对是否错行。"),
            named=named.label if named else "",
            given=given.strip()[:40],
            found=found.label,
        )
