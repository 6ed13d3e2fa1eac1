"""What is refused when somebody comes from an identity provider, and what the provider said of her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from market.kernel.errors import N_, Refusal

METHOD = "oidc"
METHOD_WITH_SECOND_FACTOR = "oidc_mfa"
"""The ways to sign in; the record names them."""
ANSWERED_WITHIN = timedelta(minutes=10)
"""Between leaving for the provider and coming back."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetrical ones alone: nobody but the provider can sign."""
LEEWAY_SECONDS = 120
"""How far the provider's clock may be from ours."""
MULTI_FACTOR_CLASS = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"


@dataclass(frozen=True)
class ProviderClaims:
    """What an ID token said, after its signature and its addressee were checked. `email`: only one called verified.

    `proven_at`: when she last proved to the provider who she is.
    """

    issuer: str
    subject: str
    email: str | None
    has_second_factor: bool
    proven_at: datetime | None = None


def check_proof(claims: ProviderClaims, asked_at: datetime, now: datetime) -> None:
    """Raise ProofStale unless she proved anew who she is after she was asked to, by clocks that differ a little."""
    leeway = timedelta(seconds=LEEWAY_SECONDS)
    if claims.proven_at is None or not asked_at - leeway <= claims.proven_at <= now + leeway:
        raise ProofStale


class ProviderRefused(Refusal):
    """The provider or its answer does not sign anybody in."""

    status = 422


class ProviderUnavailable(ProviderRefused):
    """The provider does not answer, or not as a provider does."""

    status = 503

    def __init__(self) -> None:
        super().__init__("oidc.unavailable", N_("统一身份认证暂时没有响应。请稍后再试，或者用邮箱和密码登录。"))


class ProviderDenied(ProviderRefused):
    """She, or the provider, broke off."""

    def __init__(self) -> None:
        super().__init__("oidc.denied", N_("统一身份认证没有完成，或被您取消。请重新点按钮，或者用邮箱和密码登录。"))


class AnswerUnexpected(ProviderRefused):
    """No sign-in that began in this browser waits for this answer: late, repeated, or somebody else's."""

    def __init__(self) -> None:
        sentence = N_("这次统一身份认证已过期、已用过，或不是从这个浏览器开始的。请在登录页重新点按钮。")
        super().__init__("oidc.state", sentence)


class TokenRefused(ProviderRefused):
    """The ID token is not signed by the provider, not for us, not for this sign-in, or out of date."""

    def __init__(self) -> None:
        sentence = N_("统一身份认证返回的内容没有通过校验，为了安全没有登录。请重试；若再次出现，请联系平台运营。")
        super().__init__("oidc.token", sentence)


class EmailUnverified(ProviderRefused):
    """The provider knows no address of hers, or has not verified it."""

    def __init__(self) -> None:
        sentence = N_(
            "您的统一身份认证账号没有经过验证的邮箱，无法对应到平台账号。请先在那里验证邮箱，或者用邮箱和密码登录。"
        )
        super().__init__("oidc.email_unverified", sentence)


class PersonUnknown(ProviderRefused):
    """Nobody here has the address."""

    def __init__(self) -> None:
        sentence = N_("平台上没有使用这个邮箱的账号。请先用同一邮箱注册账号和机构，之后即可用统一身份认证登录。")
        super().__init__("oidc.unknown", sentence)


class LinkEnded(ProviderRefused):
    """She undid the link."""

    def __init__(self) -> None:
        sentence = N_("您已停用统一身份认证登录。请用邮箱和密码登录；需要时可在“登录安全”里恢复。")
        super().__init__("oidc.ended", sentence)


class OtherAccount(ProviderRefused):
    """Another account of the provider already belongs to the person with this address."""

    def __init__(self) -> None:
        sentence = N_("这个邮箱的平台账号已对应另一个统一身份认证账号。请用原来的账号，或者用邮箱和密码登录。")
        super().__init__("oidc.other_account", sentence)


class ProofStale(ProviderRefused):
    """The provider let her through on an old session, or does not say when she proved who she is."""

    def __init__(self) -> None:
        sentence = N_(
            "统一身份认证没有重新验证您的身份，不能用于这一步。请在那里重新登录后再试，或者用密码、通行密钥确认。"
        )
        super().__init__("oidc.proof_stale", sentence)


class OtherPerson(ProviderRefused):
    """Somebody else's account proved itself in her browser."""

    def __init__(self) -> None:
        sentence = N_("这个统一身份认证账号不是您的。请换回自己的账号，或者用密码、通行密钥确认。")
        super().__init__("oidc.other_person", sentence)
