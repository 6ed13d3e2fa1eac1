"""The demonstration's content and numbers, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from stdnum.cn import uscc

from market.accounts.counties import COUNTIES
from market.accounts.models import Organisation
from market.achievements.editing.rules import achievement_problems, right_problems
from market.achievements.patent_numbers import read_number
from market.achievements.vocabulary import AchievementKind, Industry, MaturityStage, TechnicalField
from market.demo.identifiers import credit_code, is_patent, other_number, patent_number
from market.demo.particulars import Particulars
from market.demo.register import arrival
from market.demo.story import Story
from market.demo.world import load_world
from market.kernel.clock import local_date
from market.listings.vocabulary import ListingState, PriceBasis, Pricing, TransferWay

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["invention", "utility_model", "design", "patent_application"])
def test_patent_numbers_are_read_back_as_their_kind(kind: str) -> None:
    number = read_number(patent_number(kind, 2024, 17), date(2026, 1, 1))

    assert number.kind.value == kind.replace("patent_application", "invention")
    assert (number.year, number.has_check_digit) == (2024, True)


def test_patent_serials_lie_above_everything_that_was_ever_issued() -> None:
    assert patent_number("invention", 2024, 1)[5:12] == "9900001"


def test_results_without_registration_have_no_number() -> None:
    assert other_number("trade_secret", 2024, 1) is None
    assert other_number("software", 2024, 1) == "2024SR9900001"


@pytest.mark.parametrize("serial", [1, 2, 3, 9, 10, 99, 12345])
def test_credit_codes_pass_their_check(serial: int) -> None:
    code = credit_code("91", "330382", serial)

    assert uscc.is_valid(code)
    assert code[8:11] == "DEM"


def test_a_story_is_told_in_its_order_and_leaves_out_what_has_not_happened() -> None:
    story, told = Story(NOW), []
    for days_ago in (1, 3, -1, 2):
        story.tell(story.moment(days_ago), told.append)

    story.run()

    assert told == [story.moment(3), story.moment(2), story.moment(1)]


def test_moments_are_wenzhou_time_of_calendar_days() -> None:
    assert Story(NOW).moment(1, 9.5) == datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def test_every_word_of_the_content_is_one_of_the_vocabularies() -> None:
    world = load_world()

    for entry in world.achievements:
        assert [AchievementKind(right.kind) for right in entry.rights]
        assert TechnicalField(entry.field)
        assert Industry(entry.industry)
        assert MaturityStage(entry.maturity)
        if entry.listing is not None:
            assert ListingState(entry.listing.state)
            for offer in entry.listing.offers:
                assert TransferWay(offer.way)
                assert Pricing(offer.pricing)
                assert offer.basis is None or PriceBasis(offer.basis)
    assert {entry.county for entry in world.organisations} <= set(COUNTIES)


def test_enterprises_stand_in_every_traditional_and_emerging_industry() -> None:
    industries = {entry.industry for entry in load_world().organisations if entry.kind == "enterprise"}

    assert {"DQ", "XY", "FZ", "QC", "BF", "SZ", "ZZ", "SM", "XNY", "XCL"} <= industries


def test_keys_are_unique_and_what_happened_on_the_market_names_known_listings() -> None:
    world = load_world()
    keys = [entry.key for entry in world.achievements]
    listed = {entry.key for entry in world.achievements if entry.listing is not None}

    assert len(keys) == len(set(keys))
    assert {item.achievement for item in (*world.lots, *world.applications, *world.pauses)} <= listed


def test_bundles_hold_unlisted_entries_of_the_same_register_that_came_before() -> None:
    entries = {entry.key: entry for entry in load_world().achievements}
    bundles = {entry.key: entry for entry in entries.values() if entry.listing is not None and entry.listing.bundle}

    assert len(bundles) == 4
    for entry in bundles.values():
        assert entry.listing is not None
        for member in (entries[key] for key in entry.listing.bundle):
            assert (member.institution, member.listing) == (entry.institution, None)
            assert entry.listing.published + 9 <= arrival(member.rights[0])


def test_what_officers_write_of_entries_and_rights_is_what_the_editor_would_take() -> None:
    story, wrong = Story(NOW), []
    for serial, entry in enumerate(load_world().achievements, 1):
        particulars = Particulars(story)
        organisation = Organisation(name="温州演示学院", county_code="330304")
        arrived = story.moment(arrival(entry.rights[0]))
        wrong += achievement_problems(particulars.achievement(entry, organisation, serial), local_date(arrived))
        for place, right in enumerate(entry.rights):
            make = patent_number if is_patent(right.kind) else other_number
            number = make(right.kind, story.day(right.age).year, serial)
            if number is not None:
                at = max(arrived, story.moment(arrival(right)))
                wrong += right_problems(particulars.right(entry, place, number, serial, at), local_date(at))

    assert [(problem.code, problem.sentence) for problem in wrong] == []


def test_listings_are_written_after_their_achievement_came_into_the_register() -> None:
    early = [
        entry.key
        for entry in load_world().achievements
        if entry.listing is not None and entry.listing.published + 9 > arrival(entry.rights[0])
    ]

    assert early == []
