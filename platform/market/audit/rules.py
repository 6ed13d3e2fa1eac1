"""What an anchor is computed from, and who may open what by break-glass: pure functions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from market.accounts.policy import Act, require_other_person
from market.audit.vocabulary import BreakGlassState
from market.kernel.errors import N_, NotFound, Refusal

FORMAT = "kezhuan-anchor-1"
GENESIS_ROOT = "0" * 64
OPENING_LASTS = timedelta(hours=1)
"""So long an approval can be used, once."""
SHORTEST_REASON, LONGEST_REASON = 15, 500
"""Characters of a break-glass reason: one word is none."""


class BreakGlassRefused(Refusal):
    """The request does not allow the step now."""


@dataclass(frozen=True)
class Head:
    """The last row of a stream when an anchor was made; `ids_digest` covers the row ids since the anchor before."""

    sequence: int
    hash: str
    ids_digest: str


def digest_of_ids(ids: Iterable[int]) -> str:
    """SHA-256 over row ids in the order of their stream."""
    return hashlib.sha256(" ".join(str(number) for number in ids).encode()).hexdigest()


def anchor_root(day: date, made_at: datetime, previous_root: str, heads: Mapping[str, Head]) -> str:
    """SHA-256 over the day, the time, the root before, the totals and every stream's head in the order of streams."""
    digest = hashlib.sha256()
    events = sum(head.sequence for head in heads.values())
    moment = made_at.astimezone(UTC).isoformat(timespec="microseconds")
    for line in (FORMAT, day.isoformat(), moment, previous_root, str(len(heads)), str(events)):
        digest.update(f"{line}\n".encode())
    for stream in sorted(heads):
        head = heads[stream]
        digest.update(f"{stream} {head.sequence} {head.hash} {head.ids_digest}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Request:
    """What the rules need of a break-glass request."""

    requested_by_id: int
    decided_by_id: int | None = None
    is_approved: bool | None = None
    decided_at: datetime | None = None
    used_at: datetime | None = None

    def state(self, now: datetime) -> BreakGlassState:
        """Used before declined before expired: what happened last stays."""
        if self.used_at is not None:
            return BreakGlassState.USED
        if self.is_approved is None or self.decided_at is None:
            return BreakGlassState.REQUESTED
        if not self.is_approved:
            return BreakGlassState.DECLINED
        return BreakGlassState.APPROVED if now < self.decided_at + OPENING_LASTS else BreakGlassState.EXPIRED


def stated_reason(reason: str) -> str:
    """The reason without surrounding white space. Raises BreakGlassRefused for one that says nothing."""
    stated = reason.strip()
    if not SHORTEST_REASON <= len(stated) <= LONGEST_REASON:
        sentence = N_("请用 %(least)s 到 %(most)s 个字说明为什么必须查看、看后做什么；参与者会看到这段话。")
        raise BreakGlassRefused(
            "break_glass.reason", sentence, field="reason", least=SHORTEST_REASON, most=LONGEST_REASON
        )
    return stated


def check_decision(request: Request, person_id: int, now: datetime) -> None:
    """Raise unless the request waits and somebody else decides."""
    if request.state(now) is not BreakGlassState.REQUESTED:
        raise BreakGlassRefused("break_glass.decided", N_("这项申请已经有人答复过。"))
    require_other_person(person_id, Act.DECIDE_OPENING, [request.requested_by_id])


def check_opening(request: Request, person_id: int, now: datetime) -> None:
    """Raise unless the requester opens her approved request, once and in time; a colleague's is not there for her."""
    if request.requested_by_id != person_id:
        raise NotFound
    state = request.state(now)
    if state is BreakGlassState.USED:
        raise BreakGlassRefused("break_glass.used", N_("批准只能用一次，已经查看过。如仍需要，请重新申请。"))
    if state is BreakGlassState.EXPIRED:
        raise BreakGlassRefused("break_glass.expired", N_("批准后一小时内没有查看，已过期。如仍需要，请重新申请。"))
    if state is not BreakGlassState.APPROVED:
        raise BreakGlassRefused("break_glass.not_approved", N_("这项申请没有得到批准，不能查看。"))
