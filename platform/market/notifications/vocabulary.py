"""Kinds of notice that a person can have by mail or not."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class NoticeKind(StrEnum):
    """What a notice is about; the part of the event's action before the dot decides."""

    REGISTER = "register"
    LISTING = "listing"
    APPLICATION = "application"
    LOT = "lot"
    ENQUIRY = "enquiry"
    WATCH = "watch"
    SAVED_SEARCH = "saved_search"
    ORGANISATION = "organisation"

    @property
    def label(self) -> str:
        return _LABELS[self.value]


_LABELS = {
    "register": N_("导入和台账"),
    "listing": N_("挂牌审核和到期"),
    "application": N_("申请和答复"),
    "lot": N_("竞价"),
    "enquiry": N_("咨询和提问"),
    "watch": N_("关注的成果"),
    "saved_search": N_("保存的检索"),
    "organisation": N_("本单位和账号"),
}
