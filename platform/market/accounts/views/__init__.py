"""Pages of people and organisations."""

from __future__ import annotations

from market.accounts.views import (
    joining,
    members,
    organisations,
    particulars,
    passkeys,
    people,
    provider,
    security,
    sign_in,
)
from market.accounts.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "joining",
    "members",
    "organisations",
    "particulars",
    "passkeys",
    "people",
    "provider",
    "security",
    "sign_in",
]
