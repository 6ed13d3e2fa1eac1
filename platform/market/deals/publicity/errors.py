"""Refusals of publicities and objections."""

from __future__ import annotations

from market.kernel.errors import Refusal


class PublicityRefused(Refusal):
    """A price cannot be confirmed, made known or go on to signing like this."""

    status = 422
