"""打包挂牌: one listing offers several achievements; each of them is in one open listing at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind
from market.achievements.editing.statements import EncumbranceDraft, record_encumbrance
from market.achievements.models import Achievement
from market.achievements.service import confirm_legal_status
from market.achievements.vocabulary import EncumbranceKind, LegalStatus
from market.evaluation import service as facts
from market.evaluation.models import Fact
from market.kernel.db import transaction
from market.kernel.errors import NotFound
from market.kernel.events import Event
from market.listings import changing, jobs, service
from market.listings.detail_queries import load_view
from market.listings.errors import ListingHasProblems, ListingRefused
from market.listings.models import Listing, ListingMember, ListingVersion
from market.listings.rules import ListingDraft
from market.listings.vocabulary import ENDED_STATES, ListingState
from search.source import DatabaseSource
from tests.conftest import NOW
from tests.factories.listings import (
    LICENCE,
    SALE,
    draft,
    make_achievement,
    make_draft_listing,
    make_published_listing,
)
from tests.factories.world import Institution, actor_of, make_actor, make_institution
from tests.integration.test_decision_races import at_once


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def officer(institution) -> Actor:
    return actor_of(institution.officer)


def another(session: Session, institution: Institution, title: str = "阀杆防腐涂层", **known) -> Achievement:
    return make_achievement(session, institution.organisation, title=title, **known)


def bundle_of(session: Session, institution: Institution, *members: Achievement) -> Listing:
    """A draft that offers the members together with an achievement of its own."""
    lead = make_achievement(session, institution.organisation)
    written = draft(SALE, members=tuple(one.id for one in members))
    return service.create_listing(session, actor_of(institution.officer), lead.id, written, now=NOW)


def publish(session: Session, institution: Institution, listing: Listing) -> Listing:
    officer, head, operator = (
        actor_of(institution.officer),
        actor_of(institution.head),
        make_actor(session, OrganisationKind.OPERATOR),
    )
    service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)
    service.review_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)
    return service.review_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)


def write_change(
    session: Session, institution: Institution, listing: Listing, written: ListingDraft
) -> Callable[[], object]:
    """A change of a published listing up to the platform's desk; call what is returned to publish it."""
    officer, head = actor_of(institution.officer), actor_of(institution.head)
    operator = make_actor(session, OrganisationKind.OPERATOR)
    changing.save_change(session, officer, listing.id, written, version=0, now=NOW)
    changing.submit_change(session, officer, listing.id, now=NOW)
    changing.review_change_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)
    return partial(changing.review_change_by_platform, session, operator, listing.id, approves=True, reason="", now=NOW)


def members_in_database(session: Session, listing: Listing) -> list[tuple[int, int, bool]]:
    session.flush()
    statement = select(ListingMember.achievement_id, ListingMember.position, ListingMember.is_open)
    rows = session.execute(statement.where(ListingMember.listing_id == listing.id).order_by(ListingMember.position))
    return [tuple(row) for row in rows]


# the database


@pytest.mark.parametrize("state", ListingState)
def test_the_database_knows_by_itself_which_listings_hold_their_achievements(session, institution, state):
    listing = make_draft_listing(session, institution)

    session.execute(text("UPDATE listing SET state = :state"), {"state": state})

    assert members_in_database(session, listing) == [(listing.achievement_id, 0, state not in ENDED_STATES)]


def test_the_database_refuses_an_achievement_in_a_second_open_listing(session, institution):
    first, second = make_draft_listing(session, institution), make_draft_listing(session, institution)

    with pytest.raises(IntegrityError, match="uq_listing_member_open"), session.begin_nested():
        second.bundled.append(ListingMember(achievement_id=first.achievement_id, position=1))
        session.flush()


def test_an_ended_listing_comes_back_only_while_all_its_achievements_are_free(session, institution):
    member = another(session, institution)
    bundle = bundle_of(session, institution, member)
    session.execute(text("UPDATE listing SET state = 'withdrawn'"))
    make_draft_listing(session, institution, achievement=member)

    with pytest.raises(IntegrityError, match="uq_listing_member_open"), session.begin_nested():
        session.execute(text("UPDATE listing SET state = 'draft' WHERE id = :id"), {"id": bundle.id})


def test_of_two_officers_who_bundle_the_same_achievement_at_once_one_has_it(committed_app):
    with committed_app.app_context(), transaction() as session:
        institution = make_institution(session)
        officer, wanted = actor_of(institution.officer), another(session, institution).id
        first, second = make_draft_listing(session, institution), make_draft_listing(session, institution)
        ids = [(one.id, one.version) for one in (first, second)]

    def take(listing_id: int, version: int, session: Session) -> None:
        written = draft(SALE, members=(wanted,))
        service.edit_listing(session, officer, listing_id, written, version=version, now=NOW)

    codes = at_once(committed_app, *(partial(take, *one) for one in ids))

    assert codes == ["bundle.listed_elsewhere"]
    with committed_app.app_context(), transaction() as session:
        holding = select(func.count()).select_from(ListingMember).where(ListingMember.achievement_id == wanted)
        assert session.scalar(holding) == 1


# writing


def test_a_bundle_keeps_its_achievements_in_the_order_given(session, institution, officer):
    first, second, third = (another(session, institution, title) for title in "甲乙丙")
    listing = bundle_of(session, institution, second, first)
    reordered = draft(SALE, members=(first.id, third.id, second.id))

    service.edit_listing(session, officer, listing.id, reordered, version=listing.version, now=NOW)

    assert [row[:2] for row in members_in_database(session, listing)] == [
        (listing.achievement_id, 0), (first.id, 1), (third.id, 2), (second.id, 3),
    ]  # fmt: skip


def test_what_leaves_a_bundle_may_be_listed_alone(session, institution, officer):
    member = another(session, institution)
    listing = bundle_of(session, institution, member)

    service.edit_listing(session, officer, listing.id, draft(SALE), version=listing.version, now=NOW)

    assert make_draft_listing(session, institution, achievement=member).achievement_id == member.id
    assert [row[0] for row in members_in_database(session, listing)] == [listing.achievement_id]


def test_an_achievement_of_another_institution_cannot_be_bundled(session, institution, officer):
    foreign = another(session, make_institution(session))
    listing = make_draft_listing(session, institution)

    with pytest.raises(NotFound):
        service.edit_listing(
            session, officer, listing.id, draft(SALE, members=(foreign.id,)), version=listing.version, now=NOW
        )

    assert len(members_in_database(session, listing)) == 1


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"legal_status": "lapsed"}, "right.lapsed"),
        ({"expires_on": date(2024, 5, 6)}, "right.expired"),
        ({"ownership": "pending"}, "ownership.pending"),
    ],
)
def test_what_cannot_be_on_the_market_cannot_be_bundled_and_the_reason_names_it(
    session, institution, officer, known, code
):
    unfit = another(session, institution, "失效的涂层", **known)
    listing = make_draft_listing(session, institution)

    with pytest.raises(ListingHasProblems) as refusal:
        service.edit_listing(
            session, officer, listing.id, draft(SALE, members=(unfit.id,)), version=listing.version, now=NOW
        )

    assert refusal.value.code == code
    assert len(members_in_database(session, listing)) == 1


def test_an_achievement_is_in_a_bundle_once(session, institution, officer):
    listing = make_draft_listing(session, institution)
    member = another(session, institution)

    for members in ((listing.achievement_id,), (member.id, member.id)):
        with pytest.raises(ListingRefused, match="只能出现一次"):
            service.edit_listing(
                session, officer, listing.id, draft(SALE, members=members), version=listing.version, now=NOW
            )

    assert len(members_in_database(session, listing)) == 1


def test_a_bundle_has_an_end(session, institution, officer):
    many = tuple(another(session, institution, f"成果{number}").id for number in range(21))
    listing = make_draft_listing(session, institution)

    with pytest.raises(ListingRefused) as refusal:
        service.edit_listing(session, officer, listing.id, draft(SALE, members=many), version=listing.version, now=NOW)

    assert (refusal.value.code, refusal.value.params) == ("bundle.too_many", {"maximum": 20})
    assert len(members_in_database(session, listing)) == 1


def test_what_is_bundled_cannot_be_listed_alone_nor_bundled_elsewhere(session, institution, officer):
    member = another(session, institution)
    bundle, other = bundle_of(session, institution, member), make_draft_listing(session, institution)

    with pytest.raises(ListingRefused) as alone:
        make_draft_listing(session, institution, achievement=member)
    with pytest.raises(ListingRefused) as elsewhere:
        service.edit_listing(
            session, officer, other.id, draft(SALE, members=(member.id,)), version=other.version, now=NOW
        )

    assert (alone.value.code, alone.value.params) == ("listing.exists", {"number": bundle.number})
    assert elsewhere.value.code == "bundle.listed_elsewhere"
    assert elsewhere.value.params == {"title": "阀杆防腐涂层", "number": bundle.number}
    assert len(members_in_database(session, other)) == 1


def test_a_withdrawn_bundle_whose_part_is_listed_elsewhere_is_not_renewed(session, institution, officer):
    member = another(session, institution)
    bundle = publish(session, institution, bundle_of(session, institution, member))
    service.withdraw_listing(session, officer, bundle.id, reason="调整", now=NOW)
    make_draft_listing(session, institution, achievement=member)

    with pytest.raises(ListingRefused) as refusal:
        service.renew_listing(session, officer, bundle.id, now=NOW)

    assert refusal.value.code == "bundle.listed_elsewhere"
    assert bundle.state == "withdrawn"


# what the law asks of each part


def test_the_law_is_asked_of_every_part_and_the_refusal_names_it(session, institution, officer):
    shared = another(session, institution, "共有的涂层", applicants="温州甲大学；温州乙公司")
    listing = bundle_of(session, institution, shared)

    with pytest.raises(ListingHasProblems) as refusal:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    assert [problem.code for problem in refusal.value.problems] == ["offer.co_owner_consent"]
    assert "温州乙公司（共有的涂层）" in refusal.value.problems[0].sentence
    assert listing.state == "draft"


def test_the_officer_looks_up_the_status_of_every_part(session, institution, officer):
    unknown = another(session, institution, legal_status="unknown")
    listing = bundle_of(session, institution, unknown)
    with pytest.raises(ListingHasProblems) as refusal:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    service.submit_listing(session, officer, listing.id, confirms_legal_status=True, now=NOW)

    assert refusal.value.problems[0].sentence.startswith("“阀杆防腐涂层”：专利 ")
    assert listing.state == "institution_review"
    assert unknown.rights[0].legal_status == "alive"


def test_a_part_that_lapses_pauses_the_bundle(session, institution, officer):
    member = another(session, institution)
    listing = publish(session, institution, bundle_of(session, institution, member))
    confirm_legal_status(
        session, officer, member.rights[0].id, LegalStatus.LAPSED, reason="年费未缴，登记簿已终止", now=NOW
    )
    session.commit()
    event = session.scalars(select(Event).where(Event.action == "achievement.status_confirmed")).one()

    jobs.follow_register(event.id)

    session.refresh(listing)
    assert (listing.state, listing.review_reason) == ("paused", jobs.RIGHT_ENDED)


def test_the_sweep_finds_a_part_whose_term_is_over(session, institution):
    member = another(session, institution)
    listing = publish(session, institution, bundle_of(session, institution, member))
    untouched = make_published_listing(session, institution, LICENCE)
    member.rights[0].expires_on = date(2026, 1, 1)
    session.commit()

    jobs.sweep()

    assert (session.get(Listing, listing.id).state, session.get(Listing, untouched.id).state) == ("paused", "published")


def test_a_part_that_is_pledged_pauses_the_bundle(session, institution, officer):
    member = another(session, institution)
    listing = publish(session, institution, bundle_of(session, institution, member))
    burden = EncumbranceDraft(EncumbranceKind.PLEDGE, "温州银行", date(2026, 11, 20), None)
    record_encumbrance(session, officer, member.rights[0].id, burden, now=NOW)
    session.commit()
    event = session.scalars(select(Event).where(Event.action == "achievement.encumbered")).one()

    jobs.follow_register(event.id)

    session.refresh(listing)
    assert listing.state == "paused"


# versions and changes


def test_a_bundle_that_grows_while_its_notice_runs_starts_it_anew(session, institution, officer):
    member = another(session, institution)
    listing = make_published_listing(session, institution, SALE)
    listing.state = "publicity"
    session.flush()
    wider = draft(SALE, members=(member.id,))

    approve = write_change(session, institution, listing, wider)
    held_before = members_in_database(session, listing)
    approve()

    assert len(held_before) == 1
    assert [row[0] for row in members_in_database(session, listing)] == [listing.achievement_id, member.id]
    assert listing.state == "published"
    versions = session.scalars(select(ListingVersion).order_by(ListingVersion.number)).all()
    assert [version.content.get("bundled") for version in versions] == [
        None, [{"achievement_id": member.id, "title": "阀杆防腐涂层"}],
    ]  # fmt: skip
    changed = session.scalars(select(Event).where(Event.action == "listing.changed")).one()
    assert changed.payload["material"] == ["scope"]
    assert changed.payload["achievement_ids"] == [listing.achievement_id, member.id]


def test_a_change_cannot_take_what_is_listed_meanwhile(session, institution, officer):
    member = another(session, institution)
    listing = make_published_listing(session, institution, SALE)
    wider = draft(SALE, members=(member.id,))
    changing.save_change(session, officer, listing.id, wider, version=0, now=NOW)
    elsewhere = make_draft_listing(session, institution, achievement=member)

    with pytest.raises(ListingRefused) as refusal:
        changing.submit_change(session, officer, listing.id, now=NOW)

    assert refusal.value.params == {"title": "阀杆防腐涂层", "number": elsewhere.number}
    assert len(members_in_database(session, listing)) == 1


# what others read


def test_the_public_view_holds_every_part(session, institution):
    member = another(session, institution, "阀杆防腐涂层")
    listing = bundle_of(session, institution, member)
    session.flush()

    view = load_view(listing)

    assert [part.title for part in view.parts] == ["耐高温泵阀密封件", "阀杆防腐涂层"]
    assert [right.number for right in view.rights] == [
        listing.achievement.rights[0].number, member.rights[0].number,
    ]  # fmt: skip
    assert load_view(make_draft_listing(session, institution)).parts == ()


def test_the_index_holds_every_part_and_its_version_only_rises(session, institution):
    member = another(session, institution, "阀杆防腐涂层")
    listing = publish(session, institution, bundle_of(session, institution, member))
    [document] = DatabaseSource().documents([listing.id])
    assert {right.number for right in (*listing.achievement.rights, *member.rights)} == set(document.patent_numbers)
    assert "阀杆防腐涂层" in document.abstract

    member.title = "阀杆防腐蚀涂层"
    session.flush()
    [renamed] = DatabaseSource().documents([listing.id])
    write_change(session, institution, listing, draft(SALE))()
    session.flush()
    [alone] = DatabaseSource().documents([listing.id])

    assert document.version < renamed.version < alone.version
    assert "涂层" not in alone.abstract


def test_what_left_a_bundle_stays_in_the_sum_of_the_index(session, institution, officer):
    member = another(session, institution)
    listing = bundle_of(session, institution, member)

    service.edit_listing(session, officer, listing.id, draft(SALE), version=listing.version, now=NOW)

    assert listing.departed_versions == member.version


def test_a_bundle_is_one_valid_listing_and_its_parts_do_not_count_again(session, institution, officer):
    member = another(session, institution)
    listing = publish(session, institution, bundle_of(session, institution, member))
    service.withdraw_listing(session, officer, listing.id, reason="拆开", now=NOW.replace(year=2027, month=1))
    alone = make_draft_listing(session, institution, achievement=member)
    publish(session, institution, alone)

    facts.rebuild(session, now=NOW.replace(year=2027, month=2))

    valid = session.scalars(select(Fact).where(Fact.kind == "listing_valid")).all()
    assert [(fact.subject_id, fact.details["achievement_ids"]) for fact in valid] == [
        (listing.id, [listing.achievement_id, member.id])
    ]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"ownership_form": "long_term_use"}, "offer.long_term_use"),
        ({"is_fiscally_funded": True}, "offer.foreign_gate"),
    ],
)
def test_what_is_asked_because_of_one_part_names_it(session, institution, officer, known, code):
    first, second = another(session, institution, "普通的涂层"), another(session, institution, "特别的涂层")
    first.is_fiscally_funded = False
    for name, value in known.items():
        setattr(second, name, value)
    abroad = replace(SALE, terms={"buyer_scope": "any"})
    listing = make_draft_listing(session, institution, abroad)
    listing.achievement.is_fiscally_funded = False
    if second.is_fiscally_funded is None:
        second.is_fiscally_funded = False
    written = draft(abroad, members=(first.id, second.id))
    service.edit_listing(session, officer, listing.id, written, version=listing.version, now=NOW)

    with pytest.raises(ListingHasProblems) as refusal:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    assert [problem.code for problem in refusal.value.problems] == [code]
    assert "：“特别的涂层”：" in refusal.value.problems[0].sentence
    assert "普通的涂层" not in refusal.value.problems[0].sentence
    assert listing.state == "draft"
