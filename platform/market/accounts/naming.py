"""Which events give an organisation another name, for whoever finds it by its names."""

from __future__ import annotations

from market.accounts.statement_rules import StatementKind
from market.kernel.events import Event


def gives_a_name(event: Event) -> bool:
    """A former name was confirmed, or the names of another record went over."""
    if event.action == "organisation.merged":
        return event.subject_id == int(event.payload["target_id"])
    is_confirmed = event.action == "organisation.particular_confirmed"
    return is_confirmed and str(event.payload["kind"]) == StatementKind.FORMER_NAME.value
