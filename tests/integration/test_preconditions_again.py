"""What the law asks is asked again at each step towards the public: what held at the submission may not hold any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind
from market.achievements.editing.statements import EncumbranceDraft, record_encumbrance
from market.achievements.vocabulary import EncumbranceKind
from market.kernel.events import Event
from market.listings import changing, lifecycle, service
from market.listings.errors import ListingHasProblems
from market.listings.models import Listing
from market.listings.versions import draft_of_listing
from tests.conftest import NOW
from tests.factories.listings import (
    LICENCE,
    make_approved_listing,
    make_draft_listing,
    make_published_listing,
    make_submitted_listing,
)
from tests.factories.world import Institution, actor_of, make_actor, make_institution

NEAR = date(2026, 12, 20)


@dataclass
class World:
    """Who acts on the listing."""

    session: Session
    institution: Institution
    operator: Actor

    @property
    def officer(self) -> Actor:
        return actor_of(self.institution.officer)

    @property
    def head(self) -> Actor:
        return actor_of(self.institution.head)


@pytest.fixture
def world(session) -> World:
    return World(session, make_institution(session), make_actor(session, OrganisationKind.OPERATOR))


def _written(world: World) -> Listing:
    return make_draft_listing(world.session, world.institution, LICENCE)


def _submitted(world: World) -> Listing:
    return make_submitted_listing(world.session, world.institution, LICENCE)


def _approved(world: World) -> Listing:
    return make_approved_listing(world.session, world.institution, LICENCE)


def _published(world: World) -> Listing:
    return make_published_listing(world.session, world.institution, LICENCE, operator=world.operator)


def _paused(world: World) -> Listing:
    return service.pause_listing(world.session, world.officer, _published(world).id, reason="核对", now=NOW)


def _near_its_end(world: World) -> Listing:
    listing = _published(world)
    listing.expires_on = NEAR
    return listing


def _with_a_change(world: World, *, reviewed: int) -> Listing:
    listing = _published(world)
    changed = replace(draft_of_listing(listing), problem="新的说明。")
    changing.save_change(world.session, world.officer, listing.id, changed, version=0, now=NOW)
    if reviewed:
        changing.submit_change(world.session, world.officer, listing.id, now=NOW)
    if reviewed > 1:
        changing.review_change_by_institution(world.session, world.head, listing.id, approves=True, reason="", now=NOW)
    return listing


def _submit(world: World, listing: Listing) -> None:
    service.submit_listing(world.session, world.officer, listing.id, confirms_legal_status=True, now=NOW)


def _approve(world: World, listing: Listing) -> None:
    service.review_by_institution(world.session, world.head, listing.id, approves=True, reason="", now=NOW)


def _publish(world: World, listing: Listing) -> None:
    service.review_by_platform(world.session, world.operator, listing.id, approves=True, reason="", now=NOW)


def _resume(world: World, listing: Listing) -> None:
    service.resume_listing(world.session, world.officer, listing.id, now=NOW)


def _extend(world: World, listing: Listing) -> None:
    lifecycle.extend_listing(world.session, world.officer, listing.id, confirms_legal_status=True, now=NOW)


def _submit_change(world: World, listing: Listing) -> None:
    changing.submit_change(world.session, world.officer, listing.id, now=NOW)


def _publish_change(world: World, listing: Listing) -> None:
    changing.review_change_by_platform(world.session, world.operator, listing.id, approves=True, reason="", now=NOW)


STEPS: dict[str, tuple[Callable[[World], Listing], Callable[[World, Listing], None]]] = {
    "submit": (_written, _submit),
    "approve inside": (_submitted, _approve),
    "publish": (_approved, _publish),
    "resume": (_paused, _resume),
    "extend": (_near_its_end, _extend),
    "submit a change": (lambda world: _with_a_change(world, reviewed=0), _submit_change),
    "publish a change": (lambda world: _with_a_change(world, reviewed=2), _publish_change),
}


def refused(world: World, listing: Listing, act: Callable[[World, Listing], None]) -> list[str]:
    """The codes with which the step is refused; nothing but the refusal happens."""
    world.session.flush()
    before = (listing.state, listing.version, listing.expires_on, _events(world.session))
    with pytest.raises(ListingHasProblems) as caught:
        act(world, listing)
    assert (listing.state, listing.version, listing.expires_on, _events(world.session)) == before
    return [problem.code for problem in caught.value.problems]


def _events(session: Session) -> int:
    return session.scalar(select(func.count(Event.id))) or 0


@pytest.mark.parametrize("step", STEPS)
def test_an_earlier_exclusive_licence_that_was_recorded_since_stops_each_step(world, step):
    make, act = STEPS[step]
    listing = make(world)
    draft = EncumbranceDraft(EncumbranceKind.EXCLUSIVE_LICENCE, "某公司", date(2026, 11, 20))
    record_encumbrance(world.session, world.officer, listing.achievement.rights[0].id, draft, now=NOW)

    assert refused(world, listing, act) == ["offer.free_of_licence"]


@pytest.mark.parametrize("step", STEPS)
def test_a_right_that_lapsed_since_stops_each_step(world, step):
    make, act = STEPS[step]
    listing = make(world)
    listing.achievement.rights[0].legal_status = "lapsed"

    assert refused(world, listing, act) == ["right.lapsed"]


@pytest.mark.parametrize("step", STEPS)
def test_while_all_holds_each_step_is_taken(world, step):
    make, act = STEPS[step]
    listing = make(world)
    before = _events(world.session)
    act(world, listing)

    assert _events(world.session) > before


def test_what_lapsed_since_it_was_withdrawn_does_not_become_a_draft_again(world):
    listing = _published(world)
    service.withdraw_listing(world.session, world.officer, listing.id, reason="不再转化", now=NOW)
    listing.achievement.rights[0].legal_status = "lapsed"

    codes = refused(
        world, listing, lambda world, one: service.renew_listing(world.session, world.officer, one.id, now=NOW)
    )

    assert codes == ["right.lapsed"]
