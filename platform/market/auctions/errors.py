"""Refusals of the auctions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from market.kernel.errors import Refusal


class LotRefused(Refusal):
    """A lot cannot be announced or withdrawn as asked."""


class RegistrationRefused(Refusal):
    """The organisation cannot take part in this lot."""


class BidRefused(Refusal):
    """A bid was not accepted. `at` is the server's time at which it was judged, under the lot's lock."""

    def __init__(self, code: str, message: str, *, at: datetime, **params: Any) -> None:
        super().__init__(code, message, field="amount", **params)
        self.at = at
