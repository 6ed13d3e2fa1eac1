"""What is told of a lot that does not run as announced."""

from __future__ import annotations

import pytest

from market.notifications.lot_messages import LOT_MESSAGES
from market.notifications.messages import NoticeSource

PAYLOAD = {"seller_organisation_id": 3, "offers": [], "deposit_fen": 0, "closes_at": "2026-11-24T02:00:00+00:00"}


def source(action: str, **payload: object) -> NoticeSource:
    return NoticeSource(
        id=1, action=action, subject_id=5, payload=PAYLOAD | payload, reason="质权人不同意", number="JJ202600001",
        title="轴承", actor_person_id=77, offices={"operator": (1,), "bureau": (2,)}, bidders=(8, 9),
    )  # fmt: skip


@pytest.mark.parametrize("action", sorted(LOT_MESSAGES))
def test_every_message_says_which_lot_and_why(action):
    for draft in LOT_MESSAGES[action](source(action)):
        sentence = draft.message % draft.params
        assert "轴承" in sentence
        assert "质权人不同意" in sentence
        assert "JJ202600001" in draft.path


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("lot.suspended", [3, 8, 9]),
        ("lot.resumed", [3, 8, 9]),
        ("lot.terminated", [3, 8, 9]),
        ("lot.end_asked", [1, 2]),
        ("lot.end_declined", [3]),
    ],
)
def test_whoever_must_know_is_told(action, told):
    assert [draft.organisation_id for draft in LOT_MESSAGES[action](source(action))] == told


def test_a_paid_deposit_is_told_to_come_back():
    _seller, bidder, _other = LOT_MESSAGES["lot.terminated"](source("lot.terminated", deposit_fen=100))

    assert "24 小时内" in bidder.message


def test_the_new_end_is_told_in_beijing_time():
    assert LOT_MESSAGES["lot.resumed"](source("lot.resumed"))[1].params["closes_at"] == "2026-11-24 10:00:00"


def test_who_asked_for_the_end_is_not_asked_to_decide():
    assert {draft.not_for for draft in LOT_MESSAGES["lot.end_asked"](source("lot.end_asked"))} == {77}
