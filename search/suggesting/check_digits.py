"""Patent numbers in a question whose check digit does not fit: they are searched without it, and the page says so."""

from __future__ import annotations

import re

from market.achievements.patent_numbers import FIRST_CHECKED_YEAR, PatentNumber, check_digit
from market.kernel.errors import N_
from search.analysis import fold
from search.syntax.notices import Notice

NOTICE_CHECK_DIGIT = N_(
    "“%(given)s”的校验位不对，按号码推算应为 %(expected)s，现按不带校验位的号码检索，请核对是否抄错。"
)
MAXIMUM_NOTICES = 2
_WRITTEN = re.compile(
    r"(?<![0-9a-z])(?:zl|cn)?[\s:]*((?:19[89]\d|20\d\d) ?[12389] ?\d{7}|(?:89|9\d|0[0-3]) ?[12389] ?\d{5}) ?\.? ?([\dx])(?![0-9a-z])"
)


def wrong_check_digits(text: str) -> list[Notice]:
    """A sentence for each number whose check digit is another than its digits ask for."""
    notices = []
    for match in _WRITTEN.finditer(fold(text)):
        serial = match.group(1).replace(" ", "")
        expected = check_digit(serial)
        is_checked = PatentNumber(serial, has_check_digit=True).year >= FIRST_CHECKED_YEAR
        if is_checked and match.group(2).upper() != expected:
            notices.append(Notice(NOTICE_CHECK_DIGIT, {"given": match.group().strip().upper(), "expected": expected}))
    return notices[:MAXIMUM_NOTICES]
