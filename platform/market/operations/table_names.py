"""What the tables of the database are called on the operator's pages, also those of search and of the job queue."""

from __future__ import annotations

from market.accounts.merging import BUSINESS_NAMES
from market.kernel.errors import N_

TABLE_NAMES = BUSINESS_NAMES | {
    # people and organisations
    "person": N_("人员账号"),
    "organisation": N_("机构名录"),
    "organisation_name": N_("机构曾用名"),
    "organisation_relation": N_("关联方"),
    "organisation_statement": N_("机构登记事项"),
    "organisation_review": N_("机构核验申请"),
    "organisation_evidence": N_("机构核验材料"),
    "membership": N_("人员所属单位"),
    "membership_role": N_("人员角色"),
    "invitation": N_("加入邀请"),
    "account_link": N_("账号邮件链接"),
    # sign-in
    "sign_in_session": N_("登录会话"),
    "sign_in_device": N_("常用登录设备"),
    "sign_in_counter": N_("登录失败计数"),
    "second_factor": N_("第二重验证设置"),
    "recovery_code": N_("恢复码"),
    "passkey": N_("通行密钥"),
    "spent_challenge": N_("用过的登录验证"),
    "provider_identity": N_("统一身份认证账号"),
    # the register
    "ip_right": N_("知识产权"),
    "completer": N_("成果完成人名单"),
    "ownership_share": N_("共有份额"),
    "funding_project": N_("财政资金项目"),
    "encumbrance": N_("权利负担"),
    "implementation": N_("成果实施情况"),
    "open_list_entry": N_("公开实施清单"),
    "achievement_document": N_("成果材料"),
    "import_row": N_("导入的行"),
    # listings
    "listing_member": N_("挂牌包含的成果"),
    "listing_version": N_("挂牌版本"),
    "listing_change": N_("挂牌修改稿"),
    "unsaved_listing": N_("未保存的挂牌内容"),
    "offer": N_("转化方式和价格"),
    "offer_precondition": N_("转化方式的法定前提"),
    "attachment": N_("挂牌附件"),
    # bidding
    "lot_item": N_("标的包含的成果"),
    "bid": N_("出价记录"),
    "lot_suspension": N_("竞价中止"),
    # applications and deals
    "report_evidence": N_("举报材料"),
    # counting, evaluation, notices
    "scheme": N_("评价方案"),
    "notice": N_("通知"),
    "notice_delivery": N_("待发的通知邮件"),
    "notification_preference": N_("通知邮件设置"),
    "muted_notice_kind": N_("不发邮件的通知类别"),
    "mail_message": N_("发件箱"),
    # the record and the operation
    "event": N_("事件记录"),
    "audit_anchor": N_("记录锚定值"),
    "audit_anchor_head": N_("记录链锚定"),
    "break_glass_request": N_("紧急查看申请"),
    "parameter": N_("参数"),
    "holiday": N_("节假日"),
    "alembic_version": N_("数据库版本"),
    "procrastinate_jobs": N_("后台任务"),
    "procrastinate_events": N_("后台任务记录"),
    "procrastinate_periodic_defers": N_("定时任务记录"),
    "procrastinate_workers": N_("后台进程"),
    # search
    "search_entry": N_("检索索引内容"),
    "saved_search": N_("保存的检索"),
    "saved_search_key": N_("保存的检索的匹配键"),
    "saved_search_hit": N_("保存的检索发现的成果"),
    "compared_listing": N_("已比对的挂牌"),
    "suggestion_term": N_("联想词"),
    "suggestion_use": N_("联想词出处"),
    "suggestion_listing": N_("已提取联想词的挂牌"),
}
"""By the name that the database knows; a table that is missing here is shown by that name alone."""
