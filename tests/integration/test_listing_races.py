"""Two people and one listing at the same moment, on two connections: one of them goes on, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind, Role
from market.achievements.service import confirm_legal_status
from market.achievements.vocabulary import LegalStatus
from market.kernel.db import transaction
from market.kernel.events import Event, verify_stream
from market.listings import changing, jobs, service
from market.listings.models import Listing, ListingChange, ListingVersion
from tests.conftest import NOW
from tests.factories.listings import (
    LICENCE,
    draft,
    make_approved_listing,
    make_draft_listing,
    make_published_listing,
    make_submitted_listing,
)
from tests.factories.world import Institution, actor_of, make_institution, make_organisation, make_person
from tests.integration.test_decision_races import at_once

Step = Callable[[Session], object]


@dataclass(frozen=True)
class Scene:
    """A committed listing with everybody around it."""

    listing_id: int
    right_id: int
    version: int
    officer: Actor
    colleague: Actor
    head: Actor
    second_head: Actor
    operators: tuple[Actor, Actor]


@pytest.fixture
def scene(committed_app: Flask) -> Callable[[Callable[[Session, Institution], Listing]], Scene]:
    def build(make: Callable[[Session, Institution], Listing]) -> Scene:
        with committed_app.app_context(), transaction() as session:
            institution = make_institution(session)
            organisation = make_organisation(session, OrganisationKind.OPERATOR)
            operators = [make_person(session, organisation, Role.OPERATOR) for _ in range(2)]
            colleague = make_person(session, institution.organisation, Role.TRANSFER_OFFICER)
            second_head = make_person(session, institution.organisation, Role.INSTITUTION_HEAD)
            listing = make(session, institution)
            session.flush()
            return Scene(
                listing.id,
                listing.achievement.rights[0].id,
                listing.version,
                actor_of(institution.officer),
                actor_of(colleague),
                actor_of(institution.head),
                actor_of(second_head),
                (actor_of(operators[0]), actor_of(operators[1])),
            )

    return build


def seen(app: Flask, read: Callable[[Session], object]) -> object:
    with app.app_context(), transaction() as session:
        return read(session)


def stands(app: Flask, listing_id: int) -> str:
    def read(session: Session) -> str:
        assert verify_stream(session, f"listing:{listing_id}") == []
        return session.get_one(Listing, listing_id).state

    return str(seen(app, read))


def times(app: Flask, *actions: str) -> object:
    return seen(app, lambda session: session.scalar(select(func.count(Event.id)).where(Event.action.in_(actions))))


def run(app: Flask, *steps: Step) -> list[str]:
    return at_once(app, *(partial(_do, step) for step in steps))


def _do(step: Step, session: Session) -> None:
    step(session)


def test_of_two_reviewers_of_the_institution_one_decides(committed_app, scene):
    here = scene(lambda session, institution: make_submitted_listing(session, institution, LICENCE))

    codes = run(
        committed_app,
        lambda session: service.review_by_institution(
            session, here.head, here.listing_id, approves=True, reason="", now=NOW
        ),
        lambda session: service.review_by_institution(
            session, here.second_head, here.listing_id, approves=False, reason="价格偏低", now=NOW
        ),
    )

    assert codes == ["listing.transition"]
    assert times(committed_app, "listing.institution_approve", "listing.institution_reject") == 1
    assert stands(committed_app, here.listing_id) in ("platform_review", "rejected")


def test_of_two_operators_one_publishes(committed_app, scene):
    here = scene(lambda session, institution: make_approved_listing(session, institution, LICENCE))

    def publish(actor: Actor) -> Step:
        return lambda session: service.review_by_platform(
            session, actor, here.listing_id, approves=True, reason="", now=NOW
        )

    codes = run(committed_app, publish(here.operators[0]), publish(here.operators[1]))

    assert codes == ["listing.transition"]
    assert times(committed_app, "listing.platform_approve") == 1
    assert seen(committed_app, lambda session: session.scalar(select(func.count(ListingVersion.id)))) == 1


def test_of_a_submission_and_an_edit_at_once_the_reviewer_sees_what_was_submitted(committed_app, scene):
    here = scene(lambda session, institution: make_draft_listing(session, institution, LICENCE))

    codes = run(
        committed_app,
        lambda session: service.submit_listing(
            session, here.officer, here.listing_id, confirms_legal_status=False, now=NOW
        ),
        lambda session: service.edit_listing(
            session, here.colleague, here.listing_id, draft(LICENCE, title="改过的名称"), version=here.version, now=NOW
        ),
    )

    def titles(session: Session) -> tuple[str, str]:
        kept = session.scalars(select(ListingVersion)).one()
        return session.get_one(Listing, here.listing_id).title, kept.content["draft"]["title"]

    assert codes in ([], ["listing.stale"], ["listing.not_editable"])
    assert stands(committed_app, here.listing_id) == "institution_review"
    listed, kept = seen(committed_app, titles)  # type: ignore[misc]
    assert listed == kept


def test_a_right_that_lapses_while_its_listing_is_published_leaves_none_on_the_market(committed_app, scene):
    here = scene(lambda session, institution: make_approved_listing(session, institution, LICENCE))

    codes = run(
        committed_app,
        lambda session: service.review_by_platform(
            session, here.operators[0], here.listing_id, approves=True, reason="", now=NOW
        ),
        lambda session: confirm_legal_status(
            session, here.officer, here.right_id, LegalStatus.LAPSED, reason="年费未缴，登记簿已终止", now=NOW
        ),
    )
    lapse = seen(
        committed_app,
        lambda session: session.scalar(select(Event.id).where(Event.action == "achievement.status_confirmed")),
    )
    with committed_app.app_context():
        jobs.follow_register(lapse)  # the job that the event has deferred

    assert codes in ([], ["right.lapsed"])
    assert stands(committed_app, here.listing_id) == ("paused" if codes == [] else "platform_review")


def test_of_two_officers_who_begin_a_change_one_is_told_to_look_again(committed_app, scene):
    here = scene(lambda session, institution: make_published_listing(session, institution, LICENCE))

    def begin(actor: Actor, title: str) -> Step:
        return lambda session: changing.save_change(
            session, actor, here.listing_id, draft(LICENCE, title=title), version=0, now=NOW
        )

    codes = run(committed_app, begin(here.officer, "甲写的"), begin(here.colleague, "乙写的"))

    assert codes == ["change.stale"]
    kept = seen(committed_app, lambda session: session.scalars(select(ListingChange)).one().content["title"])
    assert kept in ("甲写的", "乙写的")


def test_of_two_operators_one_publishes_the_change(committed_app, scene):
    def make(session: Session, institution: Institution) -> Listing:
        listing = make_published_listing(session, institution, LICENCE)
        officer, head = actor_of(institution.officer), actor_of(institution.head)
        changing.save_change(session, officer, listing.id, draft(LICENCE, title="新名称"), version=0, now=NOW)
        changing.submit_change(session, officer, listing.id, now=NOW)
        changing.review_change_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)
        return listing

    here = scene(make)

    def publish(actor: Actor) -> Step:
        return lambda session: changing.review_change_by_platform(
            session, actor, here.listing_id, approves=True, reason="", now=NOW
        )

    codes = run(committed_app, publish(here.operators[0]), publish(here.operators[1]))

    assert len(codes) == 1
    assert times(committed_app, "listing.changed") == 1
    assert stands(committed_app, here.listing_id) == "published"
