"""Under which name passkeys are made, how long a challenge lives, what is refused. Pure functions."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from market.kernel.errors import N_, Refusal

CHALLENGE_FOR = timedelta(minutes=5)
"""Between the question to the device and its answer; people look for their keys."""
MOST_PASSKEYS = 20
NAME_LENGTH = 60
LONGEST_ANSWER = 20_000
"""Characters of the JSON that a browser posts; the longest of real devices have some 8,000."""
ANSWER_FIELD = "confirm_passkey"
"""Beside the password: the device's answer when a proof is asked for again."""


class Purpose(StrEnum):
    """What a challenge was made for; it is good for nothing else."""

    ADD = "add"
    SIGN_IN = "sign_in"
    SECOND_FACTOR = "second_factor"
    CONFIRM = "confirm"


class PasskeyRefused(Refusal):
    """The device's answer does not hold. The sentence is the same for unknown, removed and wrong keys.

    `reason` goes into the record, not to the visitor.
    """

    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(
            "passkey.refused", N_("通行密钥没有通过验证：它可能已被移除，或等待太久。请重试，或改用密码。")
        )
        self.reason = reason


class PasskeyNotAdded(Refusal):
    """What the browser made cannot be kept."""

    status = 422

    def __init__(self) -> None:
        super().__init__("passkey.not_added", N_("没有添加：浏览器返回的结果没有通过验证，或等待太久。请重试。"))


class PasskeyKnown(Refusal):
    """This key was added before."""

    status = 422

    def __init__(self) -> None:
        super().__init__("passkey.known", N_("这把通行密钥已经添加过。"))


class NameMissing(Refusal):
    """A passkey without a name is not told from the others."""

    status = 422

    def __init__(self) -> None:
        super().__init__("passkey.name", N_("没有改名：名称为 1–60 个字。请返回重填。"), field="name")


class TooManyPasskeys(Refusal):
    """Nobody has so many devices."""

    status = 422

    def __init__(self) -> None:
        sentence = N_("最多添加 %(number)s 把通行密钥。请先移除不用的。")
        super().__init__("passkey.too_many", sentence, number=MOST_PASSKEYS)


@dataclass(frozen=True)
class RelyingParty:
    """For whom a device keeps passkeys: the domain, and the one address from which pages may ask."""

    domain: str
    origin: str


def relying_party(public_url: str) -> RelyingParty | None:
    """Who we are to devices, by the address under which people reach the platform; None where passkeys cannot work.

    Browsers know passkeys for names, not for numbers, and only over https, but for `localhost`. This machine's own
    number stands for that name.
    """
    parts = urlsplit(public_url)
    host, port = parts.hostname or "", parts.port
    domain = "localhost" if _is_number_of_this_machine(host) else host
    is_local = domain == "localhost" or domain.endswith(".localhost")
    if not domain or _is_number(domain) or (parts.scheme != "https" and not is_local):
        return None
    standard = {"https": 443, "http": 80}[parts.scheme]
    return RelyingParty(domain, f"{parts.scheme}://{domain}" + (f":{port}" if port and port != standard else ""))


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_number_of_this_machine(host: str) -> bool:
    return _is_number(host) and (ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified)


def is_counted_on(new: int, last: int) -> bool:
    """Whether a device's count is later than the last one seen; devices that do not count always say 0.

    A count that stands still or falls back means that the key was copied (WebAuthn level 2, 6.1.1).
    """
    return new > last or new == last == 0
