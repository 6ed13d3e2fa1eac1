"""How long one waits after wrong passwords, what a network is, what a code looks like."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta

from market.kernel.errors import N_, Refusal

RECOVERY_CODES = 10
CODE_DIGITS = 6
STEP_SECONDS = 30
UNKNOWN_NETWORK = "?"
SEEN_AGAIN_AFTER = timedelta(minutes=5)
"""A session's "last seen" is not written more often than this."""
PENDING_FOR = timedelta(minutes=10)
"""Between the password and the second factor."""
DEVICE_NAMES = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("MicroMessenger/", "微信"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEM_NAMES = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class TooManyAttempts(Refusal):
    """Wrong too often from here; `seconds` says how long to wait."""

    status = 429

    def __init__(self, seconds: int) -> None:
        message = N_("尝试次数过多，请在 %(seconds)s 秒后再试。常用设备不受他人尝试的影响。")
        super().__init__("sign_in.too_many", message, seconds=seconds)
        self.seconds = seconds


class CodeRefused(Refusal):
    """The code of the second factor is wrong, used or too old."""

    status = 422

    def __init__(self) -> None:
        super().__init__("second_factor.code", N_("验证码不正确或已经用过。请输入当前显示的验证码。"), field="code")


class SignInExpired(Refusal):
    """The first step was too long ago, or never."""

    status = 422

    def __init__(self) -> None:
        super().__init__("sign_in.expired", N_("登录已过期。请从登录页重新输入邮箱和密码。"))


@dataclass(frozen=True)
class Patience:
    """So many attempts are free; then each one costs a delay that doubles up to a limit. Seconds."""

    free: int
    first_delay: int
    longest_delay: int

    def delay(self, attempts: int) -> timedelta:
        """How long the next attempt waits after so many without success; zero while they are free."""
        beyond = attempts - self.free
        if beyond < 0:
            return timedelta()
        return timedelta(seconds=min(self.longest_delay, self.first_delay * 2 ** min(beyond, 20)))


ACCOUNT_FROM_NETWORK = Patience(free=5, first_delay=30, longest_delay=3600)
NETWORK = Patience(free=60, first_delay=10, longest_delay=900)
KNOWN_DEVICE = Patience(free=10, first_delay=30, longest_delay=3600)
FORGOTTEN_AFTER = timedelta(hours=24)


def network_prefix(address: str | None) -> str:
    """The network of an address: /24 of IPv4, /48 of IPv6; `?` for none or nonsense."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return UNKNOWN_NETWORK
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))  # noqa: PLR2004 - IPv4


def device_name(user_agent: str) -> str:
    """`Firefox · Windows`, as a person recognises her devices; empty for an unknown one."""
    browser = next((name for mark, name in DEVICE_NAMES if mark in user_agent), "")
    system = next((name for mark, name in SYSTEM_NAMES if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)


def normalise_code(typed: str) -> str:
    """A code as it is compared: without blanks and hyphens, in small letters."""
    return "".join(character for character in typed if character.isalnum()).lower()


def second_factor_key(role: str) -> str:
    """Name of the parameter that says whether people of a role need a second factor (1) or not (0)."""
    return f"sign_in.second_factor.{role}"


STRONG_METHODS = frozenset({"passkey", "oidc_mfa", "password+passkey", "oidc+passkey"})
"""Ways to sign in that are two factors in themselves."""

RECENT_MINUTES = "sign_in.recent_minutes"
"""Parameter: for so long after proving who she is, a person may sign and spend without proving it again."""
