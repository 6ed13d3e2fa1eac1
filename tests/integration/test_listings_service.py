"""Listings on a real database: written, submitted, reviewed, public, paused, withdrawn, expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts.rules import OrganisationKind, Role
from market.achievements.vocabulary import LegalStatus
from market.kernel.db import transaction
from market.kernel.errors import NotAllowed, NotFound, TransitionRefused
from market.kernel.events import Event, verify_stream
from market.listings import jobs, rules, service
from market.listings.errors import ListingHasProblems, ListingRefused, ReasonMissing
from market.listings.models import Listing, ListingVersion, Offer
from market.listings.rules import is_listing_number
from market.listings.vocabulary import ListingAction, ListingState
from tests.conftest import NOW
from tests.factories.listings import (
    LICENCE,
    SALE,
    draft,
    make_achievement,
    make_approved_listing,
    make_draft_listing,
    make_published_listing,
    make_submitted_listing,
)
from tests.factories.world import actor_of, make_actor, make_institution, make_person

TODAY = date(2026, 11, 22)


@pytest.fixture
def institution(session):
    return make_institution(session)


@pytest.fixture
def officer(institution):
    return actor_of(institution.officer)


@pytest.fixture
def head(institution):
    return actor_of(institution.head)


def events_of(session: Session, listing: Listing) -> list[Event]:
    statement = select(Event).where(Event.stream == f"listing:{listing.id}").order_by(Event.sequence)
    return list(session.scalars(statement))


def steps(session: Session, listing: Listing) -> list[tuple[str, str | None, str | None]]:
    return [(event.action, event.state_before, event.state_after) for event in events_of(session, listing)]


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def codes(refused: pytest.ExceptionInfo[ListingHasProblems]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


# write


def test_a_draft_has_a_number_that_checks_itself_and_one_offer_for_each_way(session, institution, officer):
    listing = make_draft_listing(session, institution, SALE, LICENCE)

    assert is_listing_number(listing.number)
    assert listing.number.startswith("WZ2026")
    assert (listing.state, listing.created_by_id) == ("draft", officer.person_id)
    assert [(offer.transfer_way, offer.price_fen, offer.price_basis) for offer in listing.offers] == [
        ("assignment", 12_000_000, "agreement"),
        ("ordinary_licence", 12_000_000, "comparable"),
    ]
    assert steps(session, listing) == [("listing.created", None, "draft")]


def test_numbers_of_an_institution_follow_each_other(session, institution):
    numbers = [make_draft_listing(session, institution).number for _ in range(3)]

    assert [number[9:14] for number in numbers] == ["00001", "00002", "00003"]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        ({"expires_on": TODAY}, "right.expired"),
        ({"expires_on": date(2021, 5, 6), "legal_status": "unknown"}, "right.expired"),
        ({"legal_status": "lapsed"}, "right.lapsed"),
        ({"ownership": "pending"}, "ownership.pending"),
    ],
)
def test_what_cannot_be_on_the_market_is_refused_with_the_reason(session, institution, officer, known, code):
    achievement = make_achievement(session, institution.organisation, **known)

    with pytest.raises(ListingHasProblems) as refused:
        service.create_listing(session, officer, achievement.id, draft(), now=NOW)

    assert codes(refused) == [code]
    assert count(session, Listing) == 0
    assert count(session, Event) == 1  # the institution's verification


def test_an_unknown_legal_status_waits_for_the_submission(session, institution, officer):
    achievement = make_achievement(session, institution.organisation, legal_status="unknown")

    listing = service.create_listing(session, officer, achievement.id, draft(), now=NOW)

    assert listing.state == "draft"


def test_an_achievement_has_one_listing_at_a_time(session, institution, officer):
    listing = make_draft_listing(session, institution)

    with pytest.raises(ListingRefused) as refused:
        service.create_listing(session, officer, listing.achievement_id, draft(), now=NOW)

    assert refused.value.code == "listing.exists"
    assert listing.number in refused.value.sentence
    assert count(session, Listing) == 1


def test_after_a_withdrawal_the_achievement_can_be_listed_anew_but_the_old_one_cannot_come_back(
    session, institution, officer
):
    old = make_draft_listing(session, institution)
    service.withdraw_listing(session, officer, old.id, reason="改用许可", now=NOW)

    new = service.create_listing(session, officer, old.achievement_id, draft(LICENCE), now=NOW)

    assert new.state == "draft"
    with pytest.raises(ListingRefused, match=new.number):
        service.renew_listing(session, officer, old.id, now=NOW)
    assert old.state == "withdrawn"


def test_nobody_lists_the_achievement_of_another_institution(session, institution, officer):
    foreign = make_achievement(session, make_institution(session).organisation)

    with pytest.raises(NotFound):
        service.create_listing(session, officer, foreign.id, draft(), now=NOW)

    assert count(session, Listing) == 0


def test_only_an_officer_writes(session, institution, head):
    achievement = make_achievement(session, institution.organisation)

    with pytest.raises(NotAllowed):
        service.create_listing(session, head, achievement.id, draft(), now=NOW)

    assert count(session, Listing) == 0


# co-owners (rules.md 13.11)


@pytest.fixture
def shared(session, institution):
    names = f"{institution.organisation.name};温州某阀门有限公司"
    return make_achievement(session, institution.organisation, applicants=names)


def test_a_co_owned_patent_is_licensed_ordinarily_without_consent(session, officer, shared):
    listing = service.create_listing(session, officer, shared.id, draft(LICENCE), now=NOW)

    assert listing.offers[0].preconditions == []


def test_a_co_owned_patent_may_be_written_but_not_submitted_for_sale_without_consent(session, officer, shared):
    listing = service.create_listing(session, officer, shared.id, draft(LICENCE, SALE), now=NOW)

    with pytest.raises(ListingHasProblems) as refused:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    assert codes(refused) == ["offer.co_owner_consent"]
    assert "专利法第14条" in refused.value.problems[0].sentence
    assert listing.state == "draft"


def test_the_consent_is_kept_with_its_article_and_who_stated_it(session, officer, shared):
    evidence = replace(SALE, confirmations={"co_owner_consent": "共有人同意书，2026-10-08"})

    listing = service.create_listing(session, officer, shared.id, draft(LICENCE, evidence), now=NOW)

    [consent] = listing.offers[1].preconditions
    assert (consent.kind, consent.evidence) == ("co_owner_consent", "共有人同意书，2026-10-08")
    assert "专利法第14条" in consent.article
    assert (consent.confirmed_by_id, consent.confirmed_at) == (officer.person_id, NOW)


def test_a_former_name_of_the_institution_is_no_co_owner(session):
    institution = make_institution(session, former_names=("温州大学校",))
    achievement = make_achievement(
        session, institution.organisation, applicants=f"温州大学校；{institution.organisation.name}"
    )

    listing = service.create_listing(session, actor_of(institution.officer), achievement.id, draft(SALE), now=NOW)

    assert listing.offers[0].preconditions == []


# edit


def test_an_edit_keeps_the_identity_of_an_offer_that_stays(session, institution, officer):
    listing = make_draft_listing(session, institution, SALE, LICENCE)
    sale, licence = listing.offers

    service.edit_listing(session, officer, listing.id, draft(LICENCE), version=listing.version, now=NOW)

    assert [offer.id for offer in listing.offers] == [licence.id]
    assert session.get(Offer, sale.id) is None


def test_a_stale_version_is_not_overwritten(session, institution, officer):
    listing = make_draft_listing(session, institution)
    seen = listing.version
    later = NOW + timedelta(minutes=1)
    service.edit_listing(session, officer, listing.id, draft(title="先保存的名称"), version=seen, now=later)

    with pytest.raises(ListingRefused) as refused:
        service.edit_listing(session, officer, listing.id, draft(title="后保存的名称"), version=seen, now=later)

    assert refused.value.code == "listing.stale"
    session.refresh(listing)
    assert listing.title == "先保存的名称"


def test_a_change_of_the_terms_alone_makes_what_others_see_stale_too(session, institution, officer):
    listing = make_draft_listing(session, institution, SALE)
    seen = listing.version

    service.edit_listing(session, officer, listing.id, draft(LICENCE), version=seen, now=NOW)

    with pytest.raises(ListingRefused) as refused:
        service.edit_listing(session, officer, listing.id, draft(SALE), version=seen, now=NOW)
    assert refused.value.code == "listing.stale"
    assert [offer.transfer_way for offer in listing.offers] == ["ordinary_licence"]


@pytest.mark.parametrize("make", [make_submitted_listing, make_approved_listing, make_published_listing])
def test_what_is_under_review_or_public_cannot_be_edited(session, institution, officer, make):
    listing = make(session, institution)
    before = events_of(session, listing)

    with pytest.raises(ListingRefused) as refused:
        service.edit_listing(session, officer, listing.id, draft(title="另一个"), version=listing.version, now=NOW)

    assert refused.value.code == "listing.not_editable"
    assert listing.title == "耐高温泵阀密封件"
    assert events_of(session, listing) == before


def test_a_rejected_listing_becomes_a_draft_when_it_is_edited(session, institution, officer, head):
    listing = make_submitted_listing(session, institution)
    service.review_by_institution(session, head, listing.id, approves=False, reason="价格依据不清", now=NOW)
    session.flush()

    service.edit_listing(session, officer, listing.id, draft(LICENCE), version=listing.version, now=NOW)

    assert steps(session, listing)[-3:] == [
        ("listing.institution_reject", "institution_review", "rejected"),
        ("listing.revise", "rejected", "draft"),
        ("listing.edited", "draft", "draft"),
    ]


# submit and review


def test_the_way_to_the_public_is_recorded_step_by_step(session, institution, officer, head):
    operator = make_actor(session, OrganisationKind.OPERATOR)
    listing = make_published_listing(session, institution, operator=operator)

    assert steps(session, listing) == [
        ("listing.created", None, "draft"),
        ("listing.submit", "draft", "checking"),
        ("listing.pass_check", "checking", "institution_review"),
        ("listing.institution_approve", "institution_review", "platform_review"),
        ("listing.platform_approve", "platform_review", "published"),
    ]
    assert [event.actor_person_id for event in events_of(session, listing)] == [
        officer.person_id,
        officer.person_id,
        None,
        head.person_id,
        operator.person_id,
    ]
    assert verify_stream(session, f"listing:{listing.id}") == []


def test_a_publication_leaves_a_snapshot_from_which_facts_can_be_derived(session, institution):
    listing = make_published_listing(session, institution, SALE)

    payload = events_of(session, listing)[-1].payload

    right = listing.achievement.rights[0]
    assert payload == {
        "listing_id": listing.id,
        "version": 1,
        "version_digest": session.scalar(select(ListingVersion.digest)),
        "number": listing.number,
        "title": "耐高温泵阀密封件",
        "achievement_id": listing.achievement_id,
        "organisation_id": institution.organisation.id,
        "organisation_county": "330302",
        "technical_field": "materials",
        "industry": "BF",
        "offers": [
            {
                "offer_id": listing.offers[0].id,
                "way": "assignment",
                "pricing": "fixed",
                "price_fen": 12_000_000,
                "currency": "CNY",
            }
        ],
        "rights": [
            {
                "number": right.number,
                "kind": "invention",
                "has_check_digit": True,
                "legal_status": "alive",
                "expires_on": "2039-05-06",
            }
        ],
    }


def test_a_published_listing_lives_twelve_months(session, institution):
    listing = make_published_listing(session, institution)

    assert (listing.published_at, listing.expires_on) == (NOW, date(2027, 11, 22))


def test_publication_leaves_a_job_for_the_index_in_the_same_transaction(session, institution):
    listing = make_published_listing(session, institution)

    deferred = session.execute(
        text(
            "SELECT lock FROM procrastinate_jobs WHERE task_name = 'search.index_listing' AND args = CAST(:args AS jsonb)"
        ),
        {"args": f'{{"listing_id": {listing.id}}}'},
    ).all()
    assert len(deferred) == len(events_of(session, listing))
    assert {row.lock for row in deferred} == {"search.index"}


def test_an_unknown_status_is_confirmed_by_the_officer_when_she_submits(session, institution, officer):
    achievement = make_achievement(session, institution.organisation, legal_status="unknown")
    listing = make_draft_listing(session, institution, achievement=achievement)

    with pytest.raises(ListingHasProblems) as refused:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)
    assert codes(refused) == ["right.unknown_status"]
    assert (listing.state, achievement.rights[0].legal_status) == ("draft", "unknown")

    service.submit_listing(session, officer, listing.id, confirms_legal_status=True, now=NOW)

    assert listing.state == "institution_review"
    right = achievement.rights[0]
    assert (right.legal_status, right.legal_status_confirmed_by_id) == ("alive", officer.person_id)


def test_a_submission_says_everything_that_is_missing_at_once(session, institution, officer):
    achievement = make_achievement(session, institution.organisation, legal_status="unknown")
    listing = service.create_listing(session, officer, achievement.id, replace(draft(), offers=()), now=NOW)

    with pytest.raises(ListingHasProblems) as refused:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    assert codes(refused) == ["right.unknown_status", "offers.none"]
    assert steps(session, listing) == [("listing.created", None, "draft")]


def test_nobody_approves_what_she_wrote_or_submitted(session, institution, officer):
    both = make_person(session, institution.organisation, Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD)
    hers = service.create_listing(
        session, actor_of(both), make_achievement(session, institution.organisation).id, draft(), now=NOW
    )
    service.submit_listing(session, officer, hers.id, confirms_legal_status=False, now=NOW)
    submitted = make_draft_listing(session, institution)
    service.submit_listing(session, actor_of(both), submitted.id, confirms_legal_status=False, now=NOW)

    for listing in (hers, submitted):
        with pytest.raises(NotAllowed):
            service.review_by_institution(session, actor_of(both), listing.id, approves=True, reason="", now=NOW)
        assert listing.state == "institution_review"


def test_nobody_approves_what_she_only_changed(session, institution, officer):
    both = make_person(session, institution.organisation, Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD)
    listing = make_draft_listing(session, institution)
    service.edit_listing(session, actor_of(both), listing.id, draft(SALE), version=listing.version, now=NOW)
    service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    with pytest.raises(NotAllowed):
        service.review_by_institution(session, actor_of(both), listing.id, approves=True, reason="", now=NOW)
    assert listing.state == "institution_review"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_rejection_needs_a_reason(session, institution, head, reason):
    waiting, approved = make_submitted_listing(session, institution), make_approved_listing(session, institution)
    operator = make_actor(session, OrganisationKind.OPERATOR)

    with pytest.raises(ReasonMissing):
        service.review_by_institution(session, head, waiting.id, approves=False, reason=reason, now=NOW)
    with pytest.raises(ReasonMissing):
        service.review_by_platform(session, operator, approved.id, approves=False, reason=reason, now=NOW)

    assert (waiting.state, approved.state) == ("institution_review", "platform_review")


def test_the_operator_does_not_publish_what_has_run_out_since(session, institution):
    listing = make_approved_listing(session, institution)
    listing.achievement.rights[0].legal_status = LegalStatus.LAPSED.value

    with pytest.raises(ListingHasProblems) as refused:
        service.review_by_platform(
            session, make_actor(session, OrganisationKind.OPERATOR), listing.id, approves=True, reason="", now=NOW
        )

    assert codes(refused) == ["right.lapsed"]
    assert (listing.state, listing.published_at) == ("platform_review", None)


def test_the_head_of_another_institution_reviews_nothing_here(session, institution):
    listing = make_submitted_listing(session, institution)
    stranger = actor_of(make_institution(session).head)

    with pytest.raises(NotFound):
        service.review_by_institution(session, stranger, listing.id, approves=True, reason="", now=NOW)

    assert listing.state == "institution_review"


# pause, resume, withdraw, renew


def test_pause_and_resume_keep_the_day_of_publication(session, institution, officer):
    listing = make_published_listing(session, institution)

    service.pause_listing(session, officer, listing.id, reason="与企业洽谈", now=NOW)
    assert (listing.state, listing.review_reason) == ("paused", "与企业洽谈")
    service.resume_listing(session, officer, listing.id, now=NOW)

    assert (listing.state, listing.published_at, listing.review_reason) == ("published", NOW, None)
    assert steps(session, listing)[-2:] == [
        ("listing.pause", "published", "paused"),
        ("listing.resume", "paused", "published"),
    ]


def test_a_pause_by_the_clock_shows_its_own_reason_and_not_what_the_reviewers_wrote(session, institution, head):
    listing = make_submitted_listing(session, institution)
    service.review_by_institution(session, head, listing.id, approves=True, reason="底价可谈到八折", now=NOW)
    operator = make_actor(session, OrganisationKind.OPERATOR)
    service.review_by_platform(session, operator, listing.id, approves=True, reason="材料齐全", now=NOW)
    assert (listing.state, listing.review_reason) == ("published", None)

    service.change_state(session, listing.id, ListingAction.PAUSE, actor=None, now=NOW, reason=jobs.RIGHT_ENDED)

    assert (listing.state, listing.review_reason) == ("paused", "所含专利已失效，系统自动中止")


def test_what_lapsed_while_it_was_paused_does_not_come_back(session, institution, officer):
    listing = make_published_listing(session, institution)
    service.pause_listing(session, officer, listing.id, reason="核对", now=NOW)
    listing.achievement.rights[0].legal_status = LegalStatus.LAPSED.value

    with pytest.raises(ListingHasProblems) as refused:
        service.resume_listing(session, officer, listing.id, now=NOW)

    assert codes(refused) == ["right.lapsed"]
    assert listing.state == "paused"


@pytest.mark.parametrize("act", [service.pause_listing, service.withdraw_listing])
def test_pause_and_withdrawal_need_a_reason_that_all_can_read(session, institution, officer, act):
    listing = make_published_listing(session, institution)

    with pytest.raises(ReasonMissing):
        act(session, officer, listing.id, reason=" ", now=NOW)

    assert listing.state == "published"


def test_a_withdrawn_listing_is_renewed_as_a_draft_and_reviewed_again(session, institution, officer):
    listing = make_published_listing(session, institution)
    service.withdraw_listing(session, officer, listing.id, reason="到期前调整价格", now=NOW)

    service.renew_listing(session, officer, listing.id, now=NOW)

    assert listing.state == "draft"
    with pytest.raises(TransitionRefused):
        service.change_state(session, listing.id, ListingAction.PLATFORM_APPROVE, actor=None, now=NOW)


def test_a_listing_in_bidding_can_be_neither_paused_nor_withdrawn(session, institution, officer):
    listing = make_published_listing(session, institution)
    service.change_state(session, listing.id, ListingAction.START_BIDDING, actor=officer, now=NOW)

    for act in (service.pause_listing, service.withdraw_listing):
        with pytest.raises(TransitionRefused):
            act(session, officer, listing.id, reason="不想卖了", now=NOW)

    assert steps(session, listing)[-1] == ("listing.start_bidding", "published", "bidding")


# the table, with its record


@pytest.mark.parametrize(
    ("move", "target"),
    rules.TRANSITIONS.moves.items(),
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_each_move_writes_one_event_with_before_and_after(session, institution, officer, move, target):
    state, action = move
    listing = make_draft_listing(session, institution)
    listing.state = state.value

    service.change_state(session, listing.id, action, actor=officer, now=NOW, reason="因为")

    event = events_of(session, listing)[-1]
    assert (event.action, event.state_before, event.state_after) == (f"listing.{action}", state, target)
    assert (listing.state, event.reason, event.occurred_at) == (target, "因为", NOW)
    assert (event.actor_person_id, event.actor_organisation_id) == (officer.person_id, officer.organisation_id)
    assert event.payload == {
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
        "organisation_id": listing.organisation_id,
    }


# the clock


def sweep(session: Session, app, at=NOW) -> None:
    session.commit()
    app.extensions["kezhuan_clock"].at = at
    with app.app_context():
        jobs.sweep()
    session.expire_all()


def test_the_sweep_withdraws_what_has_lived_its_months(app, session, institution, officer):
    listing, paused = make_published_listing(session, institution), make_published_listing(session, institution)
    service.pause_listing(session, officer, paused.id, reason="核对", now=NOW)

    sweep(session, app, at=NOW + timedelta(days=365))
    assert listing.state == "published"  # its last day
    sweep(session, app, at=NOW + timedelta(days=366))

    assert (listing.state, paused.state) == ("withdrawn", "withdrawn")
    event = events_of(session, listing)[-1]
    assert (event.action, event.actor_person_id, event.reason) == ("listing.expire", None, "挂牌期满，系统自动下架")


@pytest.mark.parametrize("ended", [{"legal_status": "lapsed"}, {"expires_on": TODAY}])
def test_the_sweep_pauses_what_has_lost_its_right(app, session, institution, ended):
    listing, untouched = make_published_listing(session, institution), make_published_listing(session, institution)
    for name, value in ended.items():
        setattr(listing.achievement.rights[0], name, value)

    sweep(session, app)

    assert (listing.state, untouched.state) == ("paused", "published")
    assert events_of(session, listing)[-1].reason == "所含专利已失效，系统自动中止"


def test_the_sweep_pauses_what_has_become_somebody_elses_by_the_office_file(app, session, institution):
    listing = make_published_listing(session, institution)
    listing.achievement.ownership_status = "pending"

    sweep(session, app)

    assert listing.state == "paused"
    assert events_of(session, listing)[-1].reason == "申请人有变更，权属待确认，系统自动中止"


def test_a_second_sweep_changes_nothing(app, session, institution):
    listing = make_published_listing(session, institution)
    listing.achievement.rights[0].legal_status = "lapsed"

    sweep(session, app)
    once = len(events_of(session, listing))
    sweep(session, app)

    assert len(events_of(session, listing)) == once


def test_a_refused_step_leaves_state_event_and_job_untouched(app, session, institution, officer):
    listing = make_published_listing(session, institution)
    session.commit()
    before = (len(events_of(session, listing)), session.scalar(text("SELECT count(*) FROM procrastinate_jobs")))

    with pytest.raises(RuntimeError), transaction():
        service.pause_listing(session, officer, listing.id, reason="核对", now=NOW)
        raise RuntimeError

    session.expire_all()
    assert session.get_one(Listing, listing.id).state == ListingState.PUBLISHED
    after = (len(events_of(session, listing)), session.scalar(text("SELECT count(*) FROM procrastinate_jobs")))
    assert after == before


@pytest.mark.parametrize("lack", ["abstract", "trl"])
def test_what_is_handed_over_has_an_abstract_and_a_level_of_readiness_while_a_draft_may_lack_them(
    session, institution, lack
):
    officer = actor_of(institution.officer)
    achievement = make_achievement(session, institution.organisation)
    text = "" if lack == "abstract" else "一种密封件。"
    if lack == "trl":
        achievement.trl = None
    listing = service.create_listing(session, officer, achievement.id, draft(abstract=text), now=NOW)
    version = listing.version

    with pytest.raises(ListingHasProblems) as refused:
        service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    assert [problem.code for problem in refused.value.problems] == [f"listing.{lack}"]
    assert (listing.state, listing.version, listing.submitted_by_id) == ("draft", version, None)
    if lack == "trl":
        assert "耐高温泵阀密封件" in refused.value.problems[0].sentence
        achievement.trl = 4
    else:
        service.edit_listing(session, officer, listing.id, draft(), version=version, now=NOW)
    service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)
    assert listing.state == "institution_review"
