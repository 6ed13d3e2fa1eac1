"""What needs this actor today."""

from __future__ import annotations

from datetime import datetime

from market.accounts.rules import Actor


def tasks_for(actor: Actor, now: datetime) -> list[object]:
    return []
