"""What timelines and the log call what happens to a lot."""

from __future__ import annotations

from market.kernel.errors import N_

PUBLIC_TEXTS = {
    "lot.announced": N_("公告竞价"),
    "lot.sold": N_("竞价成交"),
    "lot.unsold": N_("流拍"),
    "lot.withdrawn": N_("撤回标的"),
    "lot.suspended": N_("中止竞价"),
    "lot.resumed": N_("恢复竞价"),
    "lot.terminated": N_("终结标的"),
}
"""Steps of the institution and of the platform. What bidders do stays out: while a lot runs nobody learns who they are."""
TEXTS = PUBLIC_TEXTS | {
    "lot.bidder_registered": N_("竞买人报名"),
    "lot.bid_accepted": N_("出价"),
    "lot.end_asked": N_("申请终结标的"),
    "lot.end_declined": N_("不同意终结标的"),
}
