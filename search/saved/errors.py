"""Refusals of saved searches."""

from __future__ import annotations

from market.kernel.errors import Refusal


class SavingRefused(Refusal):
    """The search cannot be saved, or not under this name."""
