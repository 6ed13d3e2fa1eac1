"""Typed refusals: what the platform says when it will not do a thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark a Chinese message for the catalogue; it is translated where it is shown."""
    return message


def N_counted(message: str) -> str:  # noqa: N802 - as above
    """Mark a Chinese message that a number belongs to: the page that shows both translates it by `counted`."""
    return message


@dataclass(frozen=True)
class Said:
    """Words inside a sentence that are to be translated themselves: a label, a reason, an article."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """An expected "no": a code for machines, a sentence for the user, optionally the field at fault.

    `message` is a gettext message id with `%(name)s` places filled from `params` when it is shown.
    `status` is the HTTP status of the page that tells it.
    """

    status = 409

    def __init__(self, code: str, message: str, *, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field
        self.params = params
        self.each: tuple[Refusal, ...] = (self,)

    @property
    def sentence(self) -> str:
        """The Chinese sentence, filled in."""
        return self.message % self.params if self.params else self.message

    def __str__(self) -> str:
        return self.sentence


class SeveralRefusals(Refusal):
    """Everything that is wrong with one form, told at once; for whoever asks for one refusal it is the first."""

    def __init__(self, each: Sequence[Refusal]) -> None:
        first = each[0]
        super().__init__(first.code, first.message, field=first.field, **first.params)
        self.each = tuple(each)


class Collected:
    """Collects what independent checks refuse: `with collected.one(): check(…)` for each, then `raise_any()`."""

    def __init__(self) -> None:
        self._refusals: list[Refusal] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        """Keep a refusal inside the block for later."""
        try:
            yield
        except Refusal as refusal:
            self._refusals.append(refusal)

    def raise_any(self) -> None:
        """Raise the only refusal, or SeveralRefusals; nothing when nothing was refused."""
        if len(self._refusals) == 1:
            raise self._refusals[0]
        if self._refusals:
            raise SeveralRefusals(self._refusals)


class NotFound(Refusal):
    """There is no such thing, or it is not yours: the two look alike."""

    status = 404

    def __init__(self) -> None:
        super().__init__("not_found", N_("没有找到这一项，或您无权查看。"))


class NotAllowed(Refusal):
    """The actor's roles do not permit the act."""

    status = 403


class TransitionRefused(Refusal):
    """The status does not allow the action."""
