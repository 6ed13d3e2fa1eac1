"""When a person gets a notice by mail: at once, after her quiet hours, or with the daily digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from market.notifications.vocabulary import NoticeKind

DIGEST_AT = time(8, 0)
STALE_AFTER = timedelta(days=2)
"""A notice that is delivered later than this after its event stays in the inbox and is not mailed."""

_KINDS = {
    "achievement": NoticeKind.REGISTER,
    "import": NoticeKind.REGISTER,
    "listing": NoticeKind.LISTING,
    "application": NoticeKind.APPLICATION,
}
_KINDS |= {"deal": NoticeKind.APPLICATION}
_KINDS |= {"lot": NoticeKind.LOT, "break_glass": NoticeKind.LOT}
_KINDS |= {"question": NoticeKind.ENQUIRY, "enquiry": NoticeKind.ENQUIRY}


@dataclass(frozen=True)
class MailChoice:
    """What one person wants by mail; quiet hours in her local time, over midnight when they end before they begin."""

    muted: frozenset[NoticeKind] = frozenset()
    is_digest: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None


def kind_of(action: str) -> NoticeKind:
    """The kind of notice that an event's action makes."""
    return _KINDS.get(action.partition(".")[0], NoticeKind.ORGANISATION)


def mail_due(choice: MailChoice, kind: NoticeKind, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment of the mail, None when this kind is not wanted by mail."""
    if kind in choice.muted:
        return None
    local = now.astimezone(zone)
    if choice.is_digest:
        digest = datetime.combine(local.date(), DIGEST_AT, zone)
        local = digest if digest > local else digest + timedelta(days=1)
    return _after_quiet(choice, local).astimezone(now.tzinfo)


def _after_quiet(choice: MailChoice, local: datetime) -> datetime:
    begins, ends = choice.quiet_from, choice.quiet_until
    if begins is None or ends is None or begins == ends:
        return local
    clock = local.timetz().replace(tzinfo=None)
    over_midnight = ends < begins
    is_quiet = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
    if not is_quiet:
        return local
    end = datetime.combine(local.date(), ends, local.tzinfo)
    return end + timedelta(days=1) if over_midnight and clock >= begins else end
