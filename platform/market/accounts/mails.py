"""Mails to people, in their language: what happened, the link, what to do by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from market.kernel.errors import N_
from market.kernel.mail import absolute_url, queue_mail


@dataclass(frozen=True)
class Template:
    """A subject and the sentence before the link; both are gettext ids."""

    subject: str
    text: str


TEMPLATES = {
    "sign_up": Template(
        N_("继续注册科转"),
        N_("有人用这个邮箱注册温州科技成果交易平台。请在 24 小时内打开下面的链接继续；如果不是您，请忽略这封邮件。"),
    ),
    "already_here": Template(
        N_("您已有科转账号"),
        N_("有人用这个邮箱注册，但它已经有账号。请直接登录；忘记密码可在登录页重设。如果不是您，请忽略这封邮件。"),
    ),
    "reset_password": Template(
        N_("重设科转密码"), N_("请在 1 小时内打开下面的链接设置新密码。如果不是您申请的，请忽略，密码不会改变。")
    ),
    "password_changed": Template(
        N_("科转密码已修改"), N_("您的密码刚刚修改，所有已登录的设备都已退出。如果不是您，请立即重设密码。")
    ),
    "provider_linked": Template(
        N_("统一身份认证已关联您的科转账号"),
        N_(
            "刚刚有人首次用统一身份认证登录了您的账号，依据是那里验证过的同一邮箱。如果不是您，请在“登录安全”里停用，并重设密码。"
        ),
    ),
    "passkey_added": Template(
        N_("科转账号添加了通行密钥"),
        N_("您的账号刚刚添加了通行密钥“%(passkey)s”，可以用它登录。如果不是您，请立即移除它并重设密码。"),
    ),
    "passkey_removed": Template(
        N_("科转账号移除了通行密钥"),
        N_("您的账号刚刚移除了通行密钥“%(passkey)s”，不能再用它登录。如果不是您，请立即重设密码。"),
    ),
    "account_off": Template(
        N_("您的科转账号已停用"), N_("平台运营停用了您的账号，理由：%(reason)s。如有疑问，请回复平台运营。")
    ),
    "account_on": Template(N_("您的科转账号已恢复"), N_("平台运营恢复了您的账号，理由：%(reason)s。现在可以登录。")),
    "factors_reset": Template(
        N_("您的第二重验证已重置"),
        N_(
            "平台运营重置了您的第二重验证和通行密钥，理由：%(reason)s。请用密码登录后重新设置；如果不是您要求的，请立即联系平台运营。"
        ),
    ),
    "invitation": Template(
        N_("邀请您加入%(organisation)s"),
        N_("%(inviter)s邀请您在温州科技成果交易平台代表%(organisation)s，角色为%(role)s。请在 7 天内打开下面的链接。"),
    ),
}


def send(
    session: Session,
    template: str,
    *,
    to: str,
    language: str,
    path: str,
    key: str,
    now: datetime,
    **params: Any,
) -> None:
    """Queue one mail; `params` whose name ends in `_label` are gettext ids themselves."""
    chosen = TEMPLATES[template]
    with force_locale(language):
        filled = {
            name.removesuffix("_label"): gettext(value) if name.endswith("_label") else value
            for name, value in params.items()
        }
        subject = " ".join(gettext(chosen.subject, **filled).split())
        lines = [gettext(chosen.text, **filled), "", absolute_url(path), "", gettext("科转 · 温州科技成果交易平台")]
    queue_mail(
        session, recipient=to, subject=subject, body="\n".join(lines), template=template, deduplication_key=key, now=now
    )
