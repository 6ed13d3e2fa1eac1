"""Which passwords are taken: long enough and not soon guessed, also by somebody who knows the person."""

from __future__ import annotations

from collections.abc import Iterable

from zxcvbn import zxcvbn

from market.kernel.errors import N_, Refusal

MINIMUM_LENGTH = 10
MINIMUM_SCORE = 3
_EXAMINED = 72
"""zxcvbn's time grows with the length; what is strong by then stays strong."""


class WeakPassword(Refusal):
    """Short or easily guessed."""


def require_strong(password: str, context: Iterable[str]) -> None:
    """Raise WeakPassword for less than 10 characters or a zxcvbn score below 3; `context`: names, address, organisation."""
    if len(password) < MINIMUM_LENGTH:
        raise WeakPassword("person.password", N_("密码至少 10 个字符。"), field="password")
    known = {part for text in context for part in (text, *text.replace("@", " ").replace(".", " ").split()) if part}
    rest = password.casefold()
    for part in sorted(known, key=len, reverse=True):  # what everybody knows protects nothing
        if len(part) >= 2:  # noqa: PLR2004
            rest = rest.replace(part.casefold(), "")
    is_guessable = zxcvbn(password[:_EXAMINED], sorted(known))["score"] < MINIMUM_SCORE
    if is_guessable or len(rest) < MINIMUM_LENGTH // 2:
        sentence = N_("这个密码容易被猜到。请用几个不相关的词，不要用姓名、邮箱、单位名称或常见密码。")
        raise WeakPassword("person.password_weak", sentence, field="password")
