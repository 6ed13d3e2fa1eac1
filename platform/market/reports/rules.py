"""Decisions about reports."""

from __future__ import annotations

from datetime import timedelta

from market.kernel.transitions import TransitionTable
from market.reports.vocabulary import ReportAction, ReportState

REPORTS: TransitionTable[ReportState, ReportAction] = TransitionTable(
    "report",
    {
        (ReportState.RECEIVED, ReportAction.UPHOLD): ReportState.UPHELD,
        (ReportState.RECEIVED, ReportAction.REJECT): ReportState.REJECTED,
    },
)
TEXT_MINIMUM, TEXT_MAXIMUM = 20, 4000
DECISION_MINIMUM, DECISION_MAXIMUM = 10, 1000
WORKDAYS = 15
"""Within so many working days a report is decided: the platform's own promise."""
FROM_A_NETWORK, EVERYWHERE = 5, 200
WINDOW = timedelta(hours=24)
"""So many reports are taken within the window from one network, and altogether."""
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12
EVIDENCE_BYTES = 5 * 1024 * 1024


def is_fair_text(text: str) -> bool:
    """Whether a report says what happened, and not a book."""
    return TEXT_MINIMUM <= len(text.strip()) <= TEXT_MAXIMUM


def is_fair_decision(text: str) -> bool:
    """Whether a decision has a reason."""
    return DECISION_MINIMUM <= len(text.strip()) <= DECISION_MAXIMUM


def typed_code(text: str) -> str:
    """The code as it is kept: without spaces and dashes, in capitals."""
    return "".join(text.split()).replace("-", "").upper()
