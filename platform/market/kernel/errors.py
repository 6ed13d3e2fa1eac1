"""Typed refusals: what the platform says when it will not do a thing."""

from __future__ import annotations

from typing import Any


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark a Chinese message for the catalogue; it is translated where it is shown."""
    return message


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

    @property
    def sentence(self) -> str:
        """The Chinese sentence, filled in."""
        return self.message % self.params if self.params else self.message

    def __str__(self) -> str:
        return self.sentence


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
