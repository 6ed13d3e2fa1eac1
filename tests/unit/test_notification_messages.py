"""Which event tells whom what."""

from __future__ import annotations

import re
from datetime import date

import pytest

from market.notifications.messages import WANTED_EVENTS, NoticeSource, notices_for
from tests.factories.market_events import a_lot_sale, an_application

NAMES = {3: "温州某大学", 9: "某泵阀有限公司"}
LAST_DAY = date(2026, 12, 4)
LISTING = {"listing_id": 7, "achievement_id": 70, "organisation_id": 3}
DUE = {
    "organisation_id": 3,
    "title": "轴承",
    "number": "201710601862.3",
    "due_on": "2026-12-20",
    "act_by": "2026-12-18",
}
PAYLOADS = {
    "import.checked": {"organisation_id": 3, "new": 7384, "changed": 0, "same": 0, "refused": 0},
    "import.finished": {"organisation_id": 3, "new": 7384, "changed": 0, "same": 0, "refused": 0},
    "import.number_conflicts": {
        "claimant_organisation_id": 3, "holder_organisation_id": 9, "numbers": ["201710601862.3"], "count": 1,
    },
    "lot.sold": a_lot_sale(),
    "lot.unsold": {"reason": "no_bids", "seller_organisation_id": 3, "offers": []},
    "listing.secrecy_promised": {"organisation_id": 3, "reader_organisation_id": 9},
    "deal.cancelled": {"number": "JY2026000001", "seller_organisation_id": 3, "buyer_organisation_id": 9, "offer_id": 1},
    "organisation.verified": {"organisation_id": 5},
    "achievement.fee_due": DUE,
    "achievement.expiry_near": DUE,
    "organisation.submitted": {},
    "parameter.proposed": {
        "key": "publicity.days", "label": "协议定价公示天数", "value": "20", "value_before": "15",
        "valid_from": "2026-12-01", "source": "规则第一条",
    },
    "synonyms.proposed": {"code": "seal", "words": "密封件", "narrower": "", "words_before": "", "narrower_before": ""},
    **dict.fromkeys(("listing.pause", "listing.withdraw"), LISTING | {"by_platform": True}),
    "break_glass.requested": {"lot_id": 8},
    "break_glass.used": {"lot_number": "JJ202600001", "lot_title": "轴承", "told_organisation_ids": [3, 9]},
}  # fmt: skip


def source(action, **known):
    default = an_application() if action.startswith("application.") else LISTING
    payload = known.pop("payload", PAYLOADS.get(action, default))
    values = {"number": "N-1", "title": "轴承", "names": NAMES, "reason": "价格偏低"}
    values |= {"actor_person_id": 77, "offices": {"operator": (1,), "bureau": (2,)}, "ends_on": LAST_DAY} | known
    return NoticeSource(id=1, action=action, subject_id=5, payload=payload, **values)


@pytest.mark.parametrize("action", sorted(WANTED_EVENTS))
def test_every_message_can_be_filled_from_its_own_params(action):
    drafts = notices_for(source(action))
    assert drafts
    for draft in drafts:
        sentence = draft.message % draft.params if draft.params else draft.message
        assert "%(" not in sentence
        assert draft.path.startswith("/console") or draft.path.startswith("/lots/")


def test_an_import_tells_its_institution_the_four_counts():
    (draft,) = notices_for(source("import.finished", title="泰安.xls"))
    assert (draft.organisation_id, draft.path) == (3, "/console/imports/5")
    assert (draft.params["new"], draft.params["refused"], draft.params["title"]) == (7384, 0, "泰安.xls")


def test_a_number_of_another_institution_is_told_to_both():
    claimant, holder = notices_for(source("import.number_conflicts"))
    assert (claimant.organisation_id, claimant.params["holder"]) == (3, "某泵阀有限公司")
    assert (holder.organisation_id, holder.params["claimant"]) == (9, "温州某大学")


def test_a_sale_tells_winner_and_seller_what_is_next():
    winner, seller = notices_for(source("lot.sold"))
    assert (winner.organisation_id, winner.path, seller.organisation_id, seller.path) == (
        9, "/console/deals", 3, "/console/deals",
    )  # fmt: skip
    assert winner.params["price"] == "¥1,230,000.00"
    assert "签订合同" in winner.message
    assert "签订合同" in seller.message


@pytest.mark.parametrize(
    "action, organisation_id",
    [
        ("application.submitted", 3),
        ("application.withdrawn", 3),
        ("application.accepted", 9),
        ("application.declined", 9),
        ("listing.platform_reject", 3),
        ("listing.institution_reject", 3),
        ("lot.unsold", 3),
        ("deal.cancelled", 9),
        ("organisation.verified", 5),
    ],
)
def test_a_notice_goes_to_whoever_must_know(action, organisation_id):
    assert [draft.organisation_id for draft in notices_for(source(action))] == [organisation_id]


@pytest.mark.parametrize(
    "action", ["application.declined", "listing.platform_reject", "listing.institution_reject", "deal.cancelled"]
)
def test_a_refusal_is_told_with_its_reason(action):
    (draft,) = notices_for(source(action))
    assert "价格偏低" in draft.message % draft.params


@pytest.mark.parametrize("action", ["listing.pause", "listing.withdraw"])
def test_the_seller_is_not_told_of_what_it_did_itself(action):
    assert notices_for(source(action, payload=LISTING)) == []


def test_a_pause_by_the_clock_is_told_with_its_reason():
    (draft,) = notices_for(source("listing.pause", payload=LISTING, actor_person_id=None, reason="专利已失效"))

    assert (draft.organisation_id, draft.title) == (3, "挂牌已中止")
    assert "专利已失效" in draft.message % draft.params


def test_nobody_is_told_of_other_events():
    assert notices_for(source("lot.bid_accepted")) == []


ASKS = re.compile(r"(?:^|[。；])[^。；如]*(?<![申邀])请")
"""A sentence that asks (请) for something; one with 如 (if) before it leaves it to the reader."""


@pytest.mark.parametrize("action", sorted(WANTED_EVENTS))
def test_every_notice_that_asks_for_something_says_by_when_and_leads_there(action):
    for draft in notices_for(source(action)):
        assert bool(ASKS.search(draft.message)) == (draft.due is not None), draft.message
        assert draft.path.startswith("/")


def test_the_two_who_review_are_asked_in_turn_and_who_submitted_is_not():
    (inside,) = notices_for(source("listing.submit"))
    told, asked = notices_for(source("listing.institution_approve"))

    assert (inside.organisation_id, inside.due, inside.not_for) == (3, "service.review_days", 77)
    assert (told.organisation_id, told.due) == (3, None)
    assert (asked.organisation_id, asked.due, asked.path) == (1, "service.review_days", "/console/listings/N-1")


def test_a_proposed_value_is_to_be_decided_the_day_before_it_would_hold_by_somebody_else():
    drafts = notices_for(source("parameter.proposed"))

    assert [(draft.organisation_id, draft.due, draft.not_for) for draft in drafts] == [
        (1, date(2026, 11, 30), 77), (2, date(2026, 11, 30), 77),
    ]  # fmt: skip
    assert "“协议定价公示天数”从 15 改为 20" in drafts[0].message % drafts[0].params


def test_proposed_synonyms_are_told_to_both_offices_but_not_to_who_proposed_them():
    drafts = notices_for(source("synonyms.proposed"))

    assert [(one.organisation_id, one.due, one.not_for, one.path) for one in drafts] == [
        (1, None, 77, "/console/synonyms/seal"), (2, None, 77, "/console/synonyms/seal"),
    ]  # fmt: skip


def test_break_glass_is_to_be_answered_before_the_lot_ends_by_somebody_else():
    (draft,) = notices_for(source("break_glass.requested"))

    assert (draft.organisation_id, draft.due, draft.not_for) == (1, LAST_DAY, 77)
    assert draft.path == "/console/break-glass"
