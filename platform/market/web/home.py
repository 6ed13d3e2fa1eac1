"""What the home page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class HomePage:
    """Fresh listings, running lots, counts."""


def load(now: datetime) -> HomePage:
    return HomePage()
