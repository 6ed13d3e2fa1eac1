"""Sentences that tell the visitor how a question was read."""

from __future__ import annotations

from dataclasses import dataclass, field

from market.kernel.errors import N_

MAXIMUM_NOTICES = 6

UNCLOSED_QUOTE = N_("引号没有成对，单个的引号已忽略。")
UNBALANCED_BRACKET = N_("括号没有成对，按补齐后的括号检索。")
TOO_DEEP = N_("条件套得太深，套得最深的部分没有计入检索。")
MISSING_SIDE = N_("“或”“且”“非”少了要连接的词，这个符号已忽略。")
EMPTY_FIELD = N_("“%(field)s:”后面没有内容，已忽略。")
UNREADABLE = N_("“%(text)s”读不懂，没有计入检索。写法见“检索语法”。")
UNKNOWN_VALUE = N_("“%(field)s”里没有“%(value)s”，按普通词检索。")
REVERSED = N_("“%(text)s”的起止写反了，已对调。")
TOO_MANY = N_("检索条件太多，只用前面的一部分。")


@dataclass(frozen=True)
class Notice:
    """A sentence for the user; `message` is a gettext message id, `params` fill it."""

    message: str
    params: dict[str, int | str] = field(default_factory=dict)


class Notices:
    """Collects notices in order: each once, not more than a page can show."""

    def __init__(self) -> None:
        self._told: list[Notice] = []

    def tell(self, message: str, **params: str) -> None:
        """Add a notice unless it has been told."""
        notice = Notice(message, dict(params))
        if notice not in self._told and len(self._told) < MAXIMUM_NOTICES:
            self._told.append(notice)

    def told(self) -> tuple[Notice, ...]:
        """What was told so far."""
        return tuple(self._told)
