"""What timeline and log call the acts on attachments."""

from __future__ import annotations

from market.kernel.errors import N_

TEXTS = {
    "listing.attachment_added": N_("增加附件"),
    "listing.attachment_changed": N_("修改附件的名称或级别"),
    "listing.attachment_moved": N_("调整附件顺序"),
    "listing.cover_chosen": N_("选择封面"),
    "listing.attachment_removed": N_("删除附件"),
    "listing.attachment_infected": N_("附件发现病毒，已隔离"),
    "listing.secrecy_promised": N_("签署保密承诺"),
}
