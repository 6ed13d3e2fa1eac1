"""Terms, states, ownership, what may be listed; classes as files write them."""

from __future__ import annotations

from datetime import date

import pytest

from market.achievements.classification import is_ipc, is_locarno, normal_class
from market.achievements.errors import RegisterRefused
from market.achievements.rules import (
    RightContent,
    RightForListing,
    RightState,
    changed_fields,
    checked_reason,
    ownership_after_import,
    presumed_expiry,
    refusals_to_list,
    require_status_possible,
    right_state,
)
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus

TODAY = date(2026, 11, 22)
OWN, PENDING, CONFIRMED = OwnershipStatus.OWN, OwnershipStatus.PENDING, OwnershipStatus.CONFIRMED_BY_PERSON
CONTENT = RightContent("泵", "某大学", "甲", date(2012, 1, 2), None, "F04D 1/00", "摘要")


@pytest.mark.parametrize(
    ("kind", "filed", "expires"),
    [
        (AchievementKind.INVENTION, date(2006, 11, 22), date(2026, 11, 22)),
        (AchievementKind.UTILITY_MODEL, date(2016, 11, 23), date(2026, 11, 23)),
        (AchievementKind.DESIGN, date(2021, 5, 31), date(2031, 5, 31)),
        (AchievementKind.DESIGN, date(2021, 6, 1), date(2036, 6, 1)),
        (AchievementKind.UTILITY_MODEL, date(2012, 2, 29), date(2022, 3, 1)),
        (AchievementKind.INVENTION, None, None),
        (AchievementKind.SOFTWARE, date(2020, 1, 1), None),
    ],
)
def test_term_runs_from_the_filing_date(kind: AchievementKind, filed: date | None, expires: date | None) -> None:
    assert presumed_expiry(kind, filed) == expires


@pytest.mark.parametrize(
    ("status", "expires", "state"),
    [
        (LegalStatus.ALIVE, date(2026, 11, 22), RightState.EXPIRED),
        (LegalStatus.ALIVE, date(2026, 11, 23), RightState.ALIVE),
        (LegalStatus.UNKNOWN, date(2026, 11, 23), RightState.UNVERIFIED),
        (LegalStatus.LAPSED, date(2030, 1, 1), RightState.LAPSED),
        (LegalStatus.PENDING, None, RightState.PENDING),
    ],
)
def test_an_expired_term_outweighs_the_recorded_status(
    status: LegalStatus, expires: date | None, state: RightState
) -> None:
    assert right_state(status, expires, TODAY) is state


@pytest.mark.parametrize("before", list(OwnershipStatus))
@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("has_changed", [True, False])
def test_a_reason_holds_only_for_the_applicants_it_was_given_for(
    before: OwnershipStatus, is_own: bool, has_changed: bool
) -> None:
    after = ownership_after_import(before, is_own=is_own, have_applicants_changed=has_changed)
    if before is CONFIRMED and not has_changed:
        assert after is CONFIRMED
    else:
        assert after is (OWN if is_own else PENDING)


@pytest.mark.parametrize(
    ("ownership", "status", "expires", "codes"),
    [
        (OWN, LegalStatus.ALIVE, date(2030, 1, 1), []),
        (CONFIRMED, LegalStatus.UNKNOWN, date(2030, 1, 1), []),
        (PENDING, LegalStatus.ALIVE, date(2030, 1, 1), ["achievement.ownership_pending"]),
        (OWN, LegalStatus.ALIVE, TODAY, ["achievement.right_expired"]),
        (OWN, LegalStatus.LAPSED, date(2030, 1, 1), ["achievement.right_lapsed"]),
        (PENDING, LegalStatus.LAPSED, TODAY, ["achievement.ownership_pending", "achievement.right_expired"]),
    ],
)
def test_every_reason_against_listing_is_told(
    ownership: OwnershipStatus, status: LegalStatus, expires: date, codes: list[str]
) -> None:
    right = RightForListing(AchievementKind.INVENTION, "201710601862.3", status, expires)
    assert [refusal.code for refusal in refusals_to_list(ownership, [right], TODAY)] == codes


def test_know_how_without_rights_may_be_listed() -> None:
    assert refusals_to_list(OWN, [], TODAY) == []


@pytest.mark.parametrize("status", [LegalStatus.ALIVE, LegalStatus.PENDING])
def test_an_expired_right_cannot_be_called_alive(status: LegalStatus) -> None:
    with pytest.raises(RegisterRefused) as refusal:
        require_status_possible(status, TODAY, TODAY)
    assert refusal.value.code == "status.term_over"
    require_status_possible(LegalStatus.LAPSED, TODAY, TODAY)


@pytest.mark.parametrize(("text", "code"), [("  ok ", "reason.too_short"), ("字" * 1001, "reason.too_long")])
def test_a_reason_says_something_and_not_too_much(text: str, code: str) -> None:
    with pytest.raises(RegisterRefused) as refusal:
        checked_reason(text)
    assert refusal.value.code == code
    assert checked_reason("  2019 年受让取得 ") == "2019 年受让取得"


def test_digest_follows_the_content() -> None:
    same = RightContent("泵", "某大学", "甲", date(2012, 1, 2), None, "F04D 1/00", "摘要")
    other = RightContent("泵", "某大学", "甲", date(2012, 1, 3), None, "F04D 1/00", "摘要")
    assert CONTENT.digest == same.digest
    assert CONTENT.digest != other.digest
    assert changed_fields(CONTENT, other) == {"filing_date": {"before": "2012-01-02", "after": "2012-01-03"}}


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("H02K17/02", "H02K 17/02"),
        ("E21D15/60（2006.01）I", "E21D 15/60"),
        ("h01m 10/0525", "H01M 10/0525"),
        ("C01F", "C01F"),
        ("09-03", "09-03"),
        ("9-03", "09-03"),
        ("09-01-B0367", "09-01-B0367"),
        ("自定义分类", "自定义分类"),
        ("", ""),
    ],
)
def test_class_symbols_have_one_form(written: str, normal: str) -> None:
    assert normal_class(written) == normal


def test_kinds_of_class_symbols_are_told_apart() -> None:
    assert [is_ipc(text) for text in ("A61F 9/00", "G16H 50/20", "C01F", "A61", "A61F 9/0", "09-03")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    assert [is_locarno(text) for text in ("09-03", "09-01-B0367", "H02K 17/02")] == [True, True, False]
