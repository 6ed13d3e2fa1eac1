"""Numbers for the demonstration: right in form and check digit, and of ranges that nobody was ever given."""

from __future__ import annotations

from stdnum.cn import uscc

from market.achievements.patent_numbers import check_digit

PREFIX_GOVERNMENT = "11"
PREFIX_PUBLIC_INSTITUTION = "12"
PREFIX_ENTERPRISE = "91"
UNISSUED_SERIALS = 9_900_000
"""No year reaches 9.9 million applications of one kind, so these serials belong to nobody."""

_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BODY_MODULUS = 11
_BODY_SPECIAL = {10: "X", 11: "0"}
_TYPE_DIGITS = {"invention": "1", "patent_application": "1", "utility_model": "2", "design": "3"}


def credit_code(prefix: str, county_code: str, serial: int) -> str:
    """A 统一社会信用代码 (GB 32100-2015) whose organisation code (GB 11714) begins with DEM: none such is issued."""
    body = f"DEM{serial:05d}"
    total = sum(_value(character) * weight for character, weight in zip(body, _BODY_WEIGHTS, strict=True))
    digit = _BODY_MODULUS - total % _BODY_MODULUS
    code = f"{prefix}{county_code}{body}{_BODY_SPECIAL.get(digit, str(digit))}"
    return code + str(uscc.calc_check_digit(code + "0"))


def _value(character: str) -> int:
    """0–9 as they are, A–Z as 10–35 (GB 11714)."""
    return int(character, 36)


def is_patent(kind: str) -> bool:
    """Whether entries of this kind carry a patent application number."""
    return kind in _TYPE_DIGITS


def patent_number(kind: str, year: int, serial: int) -> str:
    """An application number in normal form with its right check digit, from the range that is never reached."""
    digits = f"{year:04d}{_TYPE_DIGITS[kind]}{UNISSUED_SERIALS + serial:07d}"
    return f"{digits}.{check_digit(digits)}"


def other_number(kind: str, year: int, serial: int) -> str | None:
    """The number of a right that is no patent; None for results without registration (know-how, process)."""
    if kind == "software":
        return f"{year}SR{UNISSUED_SERIALS + serial:07d}"
    if kind == "plant_variety":
        return f"CNA{year}{UNISSUED_SERIALS + serial:07d}"
    if kind == "circuit_layout":
        digits = f"{year % 100:02d}99{serial:04d}"
        return f"BS.{digits}{check_digit(digits)}"
    if kind == "biomedical_variety":
        return f"演示药证字{year}第{serial:05d}号"
    return None


def project_number(level: str, year: int, serial: int) -> str:
    """The number of a funding project, in the usual form of its level, with the word 演示 before it."""
    form = {"national": "演示-5{year:02d}{serial:05d}", "province": "演示-20{year:02d}C{serial:05d}"}
    return form.get(level, "演示-ZG20{year:02d}{serial:03d}").format(year=year % 100, serial=serial)


def report_number(year: int, serial: int) -> str:
    """The number of a 专利权评价报告 that was never made."""
    return f"演示-W{year}{serial:06d}"
