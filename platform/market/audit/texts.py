"""What the log calls actions and kinds of objects; an action without a text shows its code."""

from __future__ import annotations

from market.kernel.errors import N_
from market.listings.texts import TEXTS as LISTING_TEXTS

SUBJECTS = {
    "listing": N_("挂牌"),
    "lot": N_("标的"),
    "application": N_("申请"),
    "deal": N_("交易"),
    "achievement": N_("成果"),
    "import_run": N_("导入"),
    "organisation": N_("机构"),
    "person": N_("人员"),
    "break_glass": N_("紧急查看"),
    "audit_log": N_("审计日志"),
}
ACTIONS = {
    **LISTING_TEXTS,
    "application.submitted": N_("提交申请"),
    "application.accepted": N_("接受申请"),
    "application.declined": N_("谢绝申请"),
    "application.withdrawn": N_("撤回申请"),
    "lot.announced": N_("公告竞价"),
    "lot.bidder_registered": N_("竞买人报名"),
    "lot.bid_accepted": N_("出价"),
    "lot.sold": N_("竞价成交"),
    "lot.unsold": N_("流拍"),
    "lot.withdrawn": N_("撤回标的"),
    "organisation.verified": N_("核验机构"),
    "import.finished": N_("导入完成"),
    "person.erased": N_("注销人员"),
    "audit.exported": N_("导出审计日志"),
    "break_glass.requested": N_("申请紧急查看"),
    "break_glass.approved": N_("批准紧急查看"),
    "break_glass.declined": N_("不批准紧急查看"),
    "break_glass.used": N_("紧急查看竞买人身份"),
}
