"""What the record calls the steps of a publicity, as gettext ids."""

from __future__ import annotations

from market.kernel.errors import N_

TEXTS = {
    "deal.price_confirmed": N_("确认价格"),
    "deal.publicity_started": N_("开始公示"),
    "deal.publicity_voided": N_("公示终止"),
    "deal.publicity_completed": N_("公示期满，可以签约"),
    "deal.objection_raised": N_("收到异议"),
    "deal.objection_upheld": N_("异议成立"),
    "deal.objection_rejected": N_("异议不成立"),
}
