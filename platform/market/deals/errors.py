"""Refusals of applications and deals."""

from __future__ import annotations

from market.kernel.errors import Refusal


class ApplicationRefused(Refusal):
    """An application cannot be made or decided like this."""

    status = 422
