"""Decisions about changes of published listings: the transition table, and what a running notice forbids. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from market.kernel.errors import N_
from market.kernel.transitions import TransitionTable
from market.listings.differences import MaterialKind
from market.listings.errors import ListingRefused
from market.listings.vocabulary import ChangeAction as Do
from market.listings.vocabulary import ChangeState as Is
from market.listings.vocabulary import ListingState

CHANGES: TransitionTable[Is, Do] = TransitionTable(
    "change",
    {
        (Is.EDITING, Do.SAVE): Is.EDITING,
        (Is.EDITING, Do.SUBMIT): Is.INSTITUTION_REVIEW,
        (Is.EDITING, Do.DISCARD): Is.DISCARDED,
        (Is.INSTITUTION_REVIEW, Do.INSTITUTION_APPROVE): Is.PLATFORM_REVIEW,
        (Is.INSTITUTION_REVIEW, Do.INSTITUTION_REJECT): Is.REJECTED,
        (Is.INSTITUTION_REVIEW, Do.DISCARD): Is.DISCARDED,
        (Is.PLATFORM_REVIEW, Do.PUBLISH): Is.PUBLISHED,
        (Is.PLATFORM_REVIEW, Do.PLATFORM_REJECT): Is.REJECTED,
        (Is.PLATFORM_REVIEW, Do.DISCARD): Is.DISCARDED,
        (Is.REJECTED, Do.SAVE): Is.EDITING,
        (Is.REJECTED, Do.SUBMIT): Is.INSTITUTION_REVIEW,
        (Is.REJECTED, Do.DISCARD): Is.DISCARDED,
    },
)


def refuse_frozen(state: ListingState, kinds: Sequence[MaterialKind]) -> None:
    """Raise ListingRefused for a material change while a lot is announced: its notice would run on old terms.

    The way to it is to withdraw the lot before bidding opens, to change, and to announce anew: then the notice runs its
    whole time again (rules.md 2.4, after P14 art. 19).
    """
    if state is ListingState.BIDDING and kinds:
        raise ListingRefused(
            "change.frozen",
            N_(
                "竞价公告已经发布，价格、转化方式和权利范围不能改：请在竞价开始前撤回标的，修改后重新公告，"
                "公告期重新计算。只改文字说明不受影响。"
            ),
        )
