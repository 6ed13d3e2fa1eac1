"""What the timeline of a listing says."""

from __future__ import annotations

from market.kernel.errors import N_
from market.listings.attachments.texts import TEXTS as ATTACHMENT_TEXTS
from market.listings.vocabulary import ListingAction

TEXTS = {
    **ATTACHMENT_TEXTS,
    "listing.created": N_("建立草稿"),
    "listing.edited": N_("修改内容"),
    "listing.extended": N_("续期"),
    "listing.expiring": N_("提示展示期将满"),
    "listing.change_saved": N_("保存修改稿"),
    "listing.change_submitted": N_("修改稿提交审核"),
    "listing.change_approved": N_("修改稿通过本单位审核"),
    "listing.change_institution_reject": N_("修改稿被本单位退回"),
    "listing.change_platform_reject": N_("修改稿被平台退回"),
    "listing.change_discarded": N_("放弃修改稿"),
    "listing.changed": N_("修改通过审核，替换公开内容"),
} | {f"listing.{action.value}": action.label for action in ListingAction if action is not ListingAction.PASS_CHECK}

PUBLIC_TEXTS = {
    f"listing.{action.value}": action.label
    for action in (
        ListingAction.PLATFORM_APPROVE,
        ListingAction.PAUSE,
        ListingAction.RESUME,
        ListingAction.START_NEGOTIATION,
        ListingAction.START_PUBLICITY,
        ListingAction.START_BIDDING,
        ListingAction.START_TRIAL,
        ListingAction.FALL_BACK,
        ListingAction.SELL,
        ListingAction.WITHDRAW,
        ListingAction.EXPIRE,
    )
} | {"listing.changed": N_("更新公开内容"), "listing.extended": N_("续期")}

INNER_REASONS = frozenset({f"listing.{ListingAction.PLATFORM_APPROVE.value}"})
"""Steps that everybody sees, but not what the reviewer wrote to the institution."""
