"""Refusals of questions and enquiries."""

from __future__ import annotations

from market.kernel.errors import Refusal


class AskingRefused(Refusal):
    """A question, an enquiry or an answer cannot be written like this, or not now."""

    status = 422


class AskingTooMuch(Refusal):
    """The organisation has asked as much as one may in a day."""

    status = 429
