"""The closed lists of questions and enquiries."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class QuestionState(StrEnum):
    """Life of a public question; only an answered one is seen by everybody."""

    WAITING = "waiting"
    ANSWERED = "answered"
    HIDDEN = "hidden"

    @property
    def label(self) -> str:
        return {"waiting": N_("待回答"), "answered": N_("已回答"), "hidden": N_("已隐藏")}[self.value]


class QuestionAction(StrEnum):
    """What moves a question."""

    ANSWER = "answer"
    HIDE = "hide"


class EnquiryState(StrEnum):
    """Whose turn it is in an enquiry: the institution's, nobody's, or it is over."""

    WAITING = "waiting"
    ANSWERED = "answered"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        return {"waiting": N_("待机构答复"), "answered": N_("机构已答复"), "closed": N_("咨询已结束")}[self.value]


class EnquiryAction(StrEnum):
    """What moves an enquiry."""

    ASK = "ask"
    ANSWER = "answer"
    CLOSE = "close"
