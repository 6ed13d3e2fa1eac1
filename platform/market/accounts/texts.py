"""What timelines and the log call what happens to organisations and people."""

from __future__ import annotations

from market.kernel.errors import N_

ORGANISATION_TEXTS = {
    "organisation.verified": N_("核验机构"),
    "organisation.submitted": N_("提交核验材料"),
    "organisation.corrected": N_("更正登记信息"),
    "organisation.rejected": N_("退回机构核验"),
    "organisation.merged": N_("合并机构"),
    "organisation.particular_stated": N_("提交登记事项"),
    "organisation.particular_confirmed": N_("确认登记事项"),
    "organisation.particular_rejected": N_("不确认登记事项"),
    "organisation.particular_ended": N_("登记事项因机构合并终止"),
    "membership.invited": N_("邀请成员"),
    "membership.invitation_revoked": N_("撤回邀请"),
    "membership.began": N_("成员加入"),
    "membership.roles_changed": N_("调整成员角色"),
    "membership.administrator_appointed": N_("移交管理员"),
    "membership.ended": N_("成员离开"),
}
PERSON_TEXTS = {
    "person.signed_in": N_("登录"),
    "person.sign_in_refused": N_("登录未成功"),
    "person.session_ended": N_("结束登录会话"),
    "person.other_sessions_ended": N_("结束其他登录会话"),
    "person.authenticated_again": N_("再次验证身份"),
    "person.password_reset": N_("重设密码"),
    "person.second_factor_set": N_("启用两步验证"),
    "person.second_factor_removed": N_("停用两步验证"),
    "person.passkey_added": N_("添加通行密钥"),
    "person.passkey_renamed": N_("通行密钥改名"),
    "person.passkey_removed": N_("移除通行密钥"),
    "person.recovery_code_used": N_("使用恢复码"),
    "person.recovery_codes_renewed": N_("重新生成恢复码"),
    "person.provider_linked": N_("关联统一身份认证"),
    "person.provider_ended": N_("停用统一身份认证登录"),
    "person.switched_off": N_("停用账号"),
    "person.switched_on": N_("恢复账号"),
    "person.factors_reset": N_("重置第二重验证"),
    "person.erased": N_("注销人员"),
}
