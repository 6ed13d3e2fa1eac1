"""Decisions of the register: terms, states of a right, ownership, what may be listed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from market.achievements.errors import RegisterRefused
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus
from market.kernel.errors import N_, Refusal

TERM_YEARS = {AchievementKind.INVENTION: 20, AchievementKind.UTILITY_MODEL: 10, AchievementKind.DESIGN: 15}
"""专利法 art. 42."""
OLD_DESIGN_TERM_YEARS = 10
DESIGN_TERM_SWITCH = date(2021, 6, 1)
"""Designs filed before the amended law came into force keep ten years."""
MINIMUM_REASON_CHARACTERS = 6
MAXIMUM_REASON_CHARACTERS = 1000
MAXIMUM_CLAIMS_CHARACTERS = 32_767
"""As much as a cell of an office file holds: what an import brings can be saved again by hand."""


def term_years(kind: AchievementKind, filing_date: date) -> int | None:
    """Years of protection from the filing date; None for kinds without a fixed term here."""
    if kind is AchievementKind.DESIGN and filing_date < DESIGN_TERM_SWITCH:
        return OLD_DESIGN_TERM_YEARS
    return TERM_YEARS.get(kind)


def presumed_expiry(kind: AchievementKind, filing_date: date | None) -> date | None:
    """The first day on which the right no longer stands (专利法 art. 42; 期满终止日), fees paid throughout."""
    if filing_date is None:
        return None
    years = term_years(kind, filing_date)
    if years is None:
        return None
    try:
        return filing_date.replace(year=filing_date.year + years)
    except ValueError:  # filed on 29 February
        return date(filing_date.year + years, 3, 1)


class RightState(StrEnum):
    """What the register says of a right today."""

    ALIVE = "alive"
    UNVERIFIED = "unverified"
    PENDING = "pending"
    EXPIRED = "expired"
    LAPSED = "lapsed"

    @property
    def label(self) -> str:
        return {
            "alive": N_("有效"),
            "unverified": N_("状态未核实"),
            "pending": N_("申请中"),
            "expired": N_("失效（保护期届满）"),
            "lapsed": N_("失效"),
        }[self.value]

    @property
    def tone(self) -> str:
        return {"alive": "success", "unverified": "warning", "pending": "info"}.get(self.value, "danger")


def right_state(legal_status: LegalStatus, expires_on: date | None, today: date) -> RightState:
    """A term that has run out outweighs what was recorded; otherwise the recorded status stands."""
    if expires_on is not None and expires_on <= today:
        return RightState.EXPIRED
    return {
        LegalStatus.ALIVE: RightState.ALIVE,
        LegalStatus.LAPSED: RightState.LAPSED,
        LegalStatus.PENDING: RightState.PENDING,
        LegalStatus.UNKNOWN: RightState.UNVERIFIED,
    }[legal_status]


@dataclass(frozen=True)
class RightContent:
    """What an office file says of a right; the digest over it decides `same` or `changed`."""

    title: str
    applicants: str
    inventors: str
    filing_date: date | None
    publication_number: str | None
    main_class: str
    abstract: str
    claims: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the content."""
        canonical = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


def changed_fields(before: RightContent, after: RightContent) -> dict[str, dict[str, str | None]]:
    """The fields that differ, each with its value before and after, as an event keeps them."""
    old, new = asdict(before), asdict(after)
    return {name: {"before": _text(old[name]), "after": _text(new[name])} for name in old if old[name] != new[name]}


def without_claims(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes as the record keeps them: of claims, which nobody else may know before the office publishes them, their
    digests alone. Nothing is ever taken out of the record.
    """
    claims = changes.get("claims")
    return changes | {"claims": {when: _digest_of(text) for when, text in claims.items()}} if claims else changes


def _digest_of(text: str | None) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" if text else ""


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def ownership_after_import(status: OwnershipStatus, *, is_own: bool, have_applicants_changed: bool) -> OwnershipStatus:
    """Ownership after a file named applicants: a person's reason holds only for those for whom it was given."""
    if status is OwnershipStatus.CONFIRMED_BY_PERSON and not have_applicants_changed:
        return status
    return OwnershipStatus.OWN if is_own else OwnershipStatus.PENDING


@dataclass(frozen=True)
class RightForListing:
    """What listing needs to know of one right."""

    kind: AchievementKind
    number: str
    legal_status: LegalStatus
    expires_on: date | None


def refusals_to_list(ownership: OwnershipStatus, rights: Sequence[RightForListing], today: date) -> list[Refusal]:
    """Every reason why the achievement cannot be listed now; empty when it can.

    A licence or transfer needs a right that stands (民法典 art. 865). A status that nobody has verified does not stop
    the draft: the officer confirms it here or when she submits the listing.
    """
    reasons: list[Refusal] = []
    if ownership is OwnershipStatus.PENDING:
        reasons.append(
            RegisterRefused(
                "achievement.ownership_pending", N_("权属待确认：申请人不是本单位，请先说明本单位为何有权处置。")
            )
        )
    for right in rights:
        refusal = _refusal_of(right, today)
        if refusal is not None:
            reasons.append(refusal)
    return reasons


def _refusal_of(right: RightForListing, today: date) -> Refusal | None:
    state = right_state(right.legal_status, right.expires_on, today)
    if state is RightState.EXPIRED:
        return RegisterRefused(
            "achievement.right_expired",
            N_("专利 %(number)s 的保护期已于 %(expires_on)s 届满（专利法第四十二条），不能挂牌。"),
            number=right.number,
            expires_on=str(right.expires_on),
        )
    if state is RightState.LAPSED:
        return RegisterRefused(
            "achievement.right_lapsed", N_("专利 %(number)s 已失效，不能挂牌。"), number=right.number
        )
    return None


def checked_reason(text: str, field: str = "reason") -> str:
    """The reason a person gives, trimmed. Raises RegisterRefused when it says too little or too much."""
    reason = text.strip()
    if len(reason) < MINIMUM_REASON_CHARACTERS:
        raise RegisterRefused(
            "reason.too_short",
            N_("请写明理由和依据（至少 %(minimum)s 个字）。"),
            field=field,
            minimum=MINIMUM_REASON_CHARACTERS,
        )
    if len(reason) > MAXIMUM_REASON_CHARACTERS:
        raise RegisterRefused(
            "reason.too_long", N_("理由请不超过 %(maximum)s 个字。"), field=field, maximum=MAXIMUM_REASON_CHARACTERS
        )
    return reason


STATUS_CHOICES: Mapping[LegalStatus, str] = {
    LegalStatus.ALIVE: N_("有效（已授权，年费已缴）"),
    LegalStatus.PENDING: N_("申请中（尚未授权）"),
    LegalStatus.LAPSED: N_("失效（未缴年费、放弃、无效或届满）"),
}
"""What a person may confirm about a right."""


def require_status_possible(status: LegalStatus, expires_on: date | None, today: date) -> None:
    """Raise RegisterRefused when a right whose term has run out is called alive or pending."""
    if status is not LegalStatus.LAPSED and expires_on is not None and expires_on <= today:
        raise RegisterRefused(
            "status.term_over",
            N_("保护期已于 %(expires_on)s 届满（专利法第四十二条），只能确认为失效。"),
            field="status",
            expires_on=str(expires_on),
        )
