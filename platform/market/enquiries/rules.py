"""Decisions about questions and enquiries: how long, how often, what stands in public."""

from __future__ import annotations

import re

from market.enquiries.vocabulary import EnquiryAction, EnquiryState, QuestionAction, QuestionState
from market.kernel.transitions import TransitionTable

QUESTIONS: TransitionTable[QuestionState, QuestionAction] = TransitionTable(
    "question",
    {
        (QuestionState.WAITING, QuestionAction.ANSWER): QuestionState.ANSWERED,
        (QuestionState.WAITING, QuestionAction.HIDE): QuestionState.HIDDEN,
        (QuestionState.ANSWERED, QuestionAction.HIDE): QuestionState.HIDDEN,
    },
)
ENQUIRIES: TransitionTable[EnquiryState, EnquiryAction] = TransitionTable(
    "enquiry",
    {
        (EnquiryState.WAITING, EnquiryAction.ASK): EnquiryState.WAITING,
        (EnquiryState.ANSWERED, EnquiryAction.ASK): EnquiryState.WAITING,
        (EnquiryState.WAITING, EnquiryAction.ANSWER): EnquiryState.ANSWERED,
        (EnquiryState.ANSWERED, EnquiryAction.ANSWER): EnquiryState.ANSWERED,
        (EnquiryState.WAITING, EnquiryAction.CLOSE): EnquiryState.CLOSED,
        (EnquiryState.ANSWERED, EnquiryAction.CLOSE): EnquiryState.CLOSED,
    },
)

REPLY_DAYS = "service.reply_days"
"""Parameter: working days until the answer (rules.md 7.2, indicator A3)."""
TEXT_MINIMUM, TEXT_MAXIMUM = 10, 2000
REASON_MAXIMUM = 500

QUESTIONS_A_DAY = 20
UNANSWERED_ON_A_LISTING = 3
MESSAGES_A_DAY = 60
"""How much one organisation asks within 24 hours, and how many public questions about one listing may wait."""

_CONTACTS = re.compile(
    r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"  # mobile numbers
    r"|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"  # landlines
    r"|[\w.+-]+@[\w-]+\.\w"  # mail addresses
    r"|https?://|www\.",
    re.IGNORECASE,
)
_PHONE_HEAD, _PHONE_TAIL = 3, 4


def is_of_fair_length(text: str) -> bool:
    """Whether a question, a message or an answer is long enough to say something and short enough to be read."""
    return TEXT_MINIMUM <= len(text) <= TEXT_MAXIMUM


def names_contacts(text: str) -> bool:
    """Whether a public text holds a phone number, a mail address or a link: those belong into a private enquiry."""
    return _CONTACTS.search(text) is not None


def masked_phone(phone: str) -> str:
    """`138****5678`: what of a number may be shown before the exchange of contacts is accepted (rules.md 2.2)."""
    digits = [character for character in phone if character.isdigit()]
    if len(digits) <= _PHONE_HEAD + _PHONE_TAIL:
        return "*" * len(digits)
    hidden = "*" * (len(digits) - _PHONE_HEAD - _PHONE_TAIL)
    return "".join(digits[:_PHONE_HEAD]) + hidden + "".join(digits[-_PHONE_TAIL:])
