"""When a notice goes by mail."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from market.notifications.catalogue import WANTED_EVENTS
from market.notifications.rules import MailChoice, kind_of, mail_due
from market.notifications.vocabulary import NoticeKind

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = MailChoice(quiet_from=time(22), quiet_until=time(7))
LUNCH = MailChoice(quiet_from=time(12), quiet_until=time(14))


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("choice", "now", "due"),
    [
        (MailChoice(), local(22, 23), local(22, 23)),
        (NIGHT, local(22, 21, 59), local(22, 21, 59)),
        (NIGHT, local(22, 22), local(23, 7)),
        (NIGHT, local(23, 6, 59), local(23, 7)),
        (NIGHT, local(23, 7), local(23, 7)),
        (LUNCH, local(22, 13), local(22, 14)),
        (LUNCH, local(22, 14), local(22, 14)),
        (MailChoice(is_digest=True), local(22, 7, 59), local(22, 8)),
        (MailChoice(is_digest=True), local(22, 8), local(23, 8)),
        (MailChoice(is_digest=True, quiet_from=time(7), quiet_until=time(9)), local(22, 20), local(23, 9)),
        (MailChoice(quiet_from=time(9), quiet_until=time(9)), local(22, 9), local(22, 9)),
    ],
)
def test_a_mail_waits_for_the_digest_and_for_the_end_of_the_quiet_hours(choice, now, due):
    assert mail_due(choice, NoticeKind.LOT, now, SHANGHAI) == due


def test_a_muted_kind_is_not_mailed_and_the_others_are():
    choice = MailChoice(muted=frozenset({NoticeKind.LOT}))
    assert mail_due(choice, NoticeKind.LOT, local(22, 9), SHANGHAI) is None
    assert mail_due(choice, NoticeKind.LISTING, local(22, 9), SHANGHAI) == local(22, 9)


def test_every_event_that_is_told_has_a_kind():
    not_of_events = {NoticeKind.WATCH, NoticeKind.SAVED_SEARCH}
    assert {kind_of(action) for action in WANTED_EVENTS} | not_of_events == set(NoticeKind)
