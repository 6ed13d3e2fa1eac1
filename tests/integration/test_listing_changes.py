"""Versions, comments at fields, and changes of published listings, on a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, OrganisationKind
from market.auctions.service import withdraw_lot
from market.kernel.errors import NotAllowed, NotFound, TransitionRefused
from market.kernel.events import Event, verify_stream
from market.kernel.money import Money
from market.listings import changing, service
from market.listings.comments import commentable, comments_of, open_comments
from market.listings.differences import MaterialKind
from market.listings.errors import ListingHasProblems, ListingRefused, ReasonMissing
from market.listings.models import Listing, ListingChange, ListingComment, ListingVersion
from market.listings.versions import draft_of_listing
from market.listings.vocabulary import ListingAction
from tests.conftest import NOW
from tests.factories.auctions import make_lot
from tests.factories.listings import (
    LICENCE,
    SALE,
    draft,
    make_approved_listing,
    make_draft_listing,
    make_published_listing,
    make_submitted_listing,
)
from tests.factories.world import actor_of, make_actor, make_institution

LATER = NOW + timedelta(hours=3)
CHEAPER = replace(SALE, price=Money(9_000_000))
NEW_TITLE = "耐高温泵阀密封件（第二代）"


@pytest.fixture
def institution(session):
    return make_institution(session)


@pytest.fixture
def officer(institution) -> Actor:
    return actor_of(institution.officer)


@pytest.fixture
def head(institution) -> Actor:
    return actor_of(institution.head)


@pytest.fixture
def operator(session) -> Actor:
    return make_actor(session, OrganisationKind.OPERATOR)


def versions(session: Session, listing: Listing) -> list[tuple[int, str]]:
    statement = select(ListingVersion).where(ListingVersion.listing_id == listing.id).order_by(ListingVersion.number)
    return [(row.number, row.content["draft"]["title"]) for row in session.scalars(statement)]


def last_event(session: Session, listing: Listing) -> Event:
    statement = select(Event).where(Event.stream == f"listing:{listing.id}").order_by(Event.sequence.desc()).limit(1)
    return session.scalars(statement).one()


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def submitted_change(session: Session, officer: Actor, listing: Listing, *offers, **texts) -> ListingChange:
    changing.save_change(session, officer, listing.id, draft(*offers, **texts), version=0, now=NOW)
    return changing.submit_change(session, officer, listing.id, now=NOW)


def approved_change(session, officer, head, listing, *offers, **texts) -> ListingChange:
    submitted_change(session, officer, listing, *offers, **texts)
    return changing.review_change_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)


# versions


def test_a_submission_keeps_a_version_and_the_publication_shows_it(session, institution, operator):
    listing = make_published_listing(session, institution, operator=operator)

    assert versions(session, listing) == [(1, "耐高温泵阀密封件")]
    assert (listing.shown_version, listing.shown_since) == (1, NOW)
    kept = session.scalars(select(ListingVersion)).one()
    assert kept.written_by_id == institution.officer.id
    assert last_event(session, listing).payload["version_digest"] == kept.digest


def test_a_version_names_the_rights_and_no_telephone(session, institution):
    listing = make_submitted_listing(session, institution)

    content = session.scalars(select(ListingVersion.content)).one()

    assert content["rights"] == [{"number": listing.achievement.rights[0].number, "kind": "invention"}]
    assert not {"contact_name", "contact_role", "contact_phone", "confirms_no_secret"} & content["draft"].keys()


def test_a_second_submission_keeps_a_version_only_of_what_changed(session, institution, officer, head):
    listing = make_submitted_listing(session, institution)
    service.review_by_institution(session, head, listing.id, approves=False, reason="请改名称", now=NOW)
    session.flush()
    service.edit_listing(session, officer, listing.id, draft(), version=listing.version, now=NOW)
    service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)
    service.review_by_institution(session, head, listing.id, approves=False, reason="请改名称", now=NOW)
    session.flush()
    service.edit_listing(session, officer, listing.id, draft(title=NEW_TITLE), version=listing.version, now=NOW)

    service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=NOW)

    assert versions(session, listing) == [(1, "耐高温泵阀密封件"), (2, NEW_TITLE)]
    assert listing.shown_version is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE listing_version SET number = 9", "DELETE FROM listing_version", "TRUNCATE listing_version"],
)
def test_the_database_lets_nobody_rewrite_a_version(session, institution, statement):
    make_submitted_listing(session, institution)

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(statement))

    assert count(session, ListingVersion) == 1


# comments at fields


def test_comments_send_a_listing_back_without_a_further_reason(session, institution, head):
    listing = make_submitted_listing(session, institution)

    service.review_by_institution(
        session, head, listing.id, approves=False, reason="", now=NOW,
        comments={"title": "名称太宽", "assignment": "价格依据不清", "password": "x", "problem": " "},
    )  # fmt: skip

    assert listing.state == "rejected"
    assert [(one.label, one.text) for one in comments_of(session, listing.id)] == [
        ("转让", "价格依据不清"),
        ("成果名称", "名称太宽"),
    ]
    assert last_event(session, listing).payload["comments"] == 2


def test_a_rejection_that_says_nothing_is_refused(session, institution, head):
    listing = make_submitted_listing(session, institution)

    with pytest.raises(ReasonMissing), session.begin_nested():
        service.review_by_institution(
            session, head, listing.id, approves=False, reason=" ", now=NOW, comments={"title": " "}
        )

    session.refresh(listing)
    assert listing.state == "institution_review"
    assert count(session, ListingComment) == 0


def test_comments_are_resolved_by_the_next_submission_and_stay(session, institution, officer, operator):
    listing = make_approved_listing(session, institution)
    service.review_by_platform(
        session, operator, listing.id, approves=False, reason="", now=NOW, comments={"summary": "请写明用途"}
    )
    assert list(open_comments(session, listing.id)) == ["summary"]
    service.edit_listing(session, officer, listing.id, draft(), version=listing.version, now=NOW)

    service.submit_listing(session, officer, listing.id, confirms_legal_status=False, now=LATER)

    assert open_comments(session, listing.id) == {}
    assert [(one.text, one.is_resolved) for one in comments_of(session, listing.id)] == [("请写明用途", True)]


def test_comments_can_be_written_at_the_texts_and_at_the_ways_on_offer(session, institution):
    listing = make_draft_listing(session, institution, SALE, LICENCE)

    fields = commentable(draft_of_listing(listing))

    assert {"title", "summary", "advantage", "assignment", "ordinary_licence"} <= set(fields)
    assert not {"auction", "contact_phone"} & set(fields)


# changes of what is published


def test_what_is_published_stays_until_the_change_is_reviewed_by_two(session, institution, officer, head, operator):
    listing = make_published_listing(session, institution, operator=operator)

    approved_change(session, officer, head, listing, CHEAPER, title=NEW_TITLE)
    assert (listing.state, listing.title, listing.offers[0].price_fen) == ("published", "耐高温泵阀密封件", 12_000_000)

    change = changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=LATER)

    assert change.state == "published"
    assert (listing.state, listing.title, listing.offers[0].price_fen) == ("published", NEW_TITLE, 9_000_000)
    assert (listing.published_at, listing.shown_version, listing.shown_since) == (NOW, 2, LATER)
    assert versions(session, listing) == [(1, "耐高温泵阀密封件"), (2, NEW_TITLE)]
    event = last_event(session, listing)
    assert (event.action, event.payload["material"], event.payload["version"]) == ("listing.changed", ["price"], 2)
    assert verify_stream(session, f"listing:{listing.id}") == []


def test_an_offer_that_stays_keeps_its_identity_through_a_change(session, institution, officer, head, operator):
    listing = make_published_listing(session, institution, SALE, LICENCE, operator=operator)
    before = {offer.transfer_way: offer.id for offer in listing.offers}

    approved_change(session, officer, head, listing, CHEAPER, LICENCE)
    changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=LATER)

    assert {offer.transfer_way: offer.id for offer in listing.offers} == before


def test_who_wrote_the_change_does_not_review_it(session, institution, officer, head, operator):
    listing = make_published_listing(session, institution, operator=operator)
    submitted_change(session, officer, listing, CHEAPER)

    with pytest.raises(NotAllowed):
        changing.review_change_by_institution(session, officer, listing.id, approves=True, reason="", now=NOW)
    with pytest.raises(TransitionRefused):
        changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)

    assert session.scalars(select(ListingChange.state)).one() == "institution_review"
    assert listing.offers[0].price_fen == 12_000_000


def test_who_approved_for_the_institution_does_not_publish_the_change(session, institution, officer, head, operator):
    listing = make_published_listing(session, institution, operator=operator)
    change = approved_change(session, officer, head, listing, CHEAPER)
    change.institution_reviewed_by_id = operator.person_id

    with pytest.raises(NotAllowed):
        changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)

    assert listing.offers[0].price_fen == 12_000_000


def test_a_change_is_sent_back_with_comments_and_submitted_again(session, institution, officer, head, operator):
    listing = make_published_listing(session, institution, operator=operator)
    approved_change(session, officer, head, listing, CHEAPER)
    change = changing.review_change_by_platform(
        session, operator, listing.id, approves=False, reason="", now=NOW, comments={"assignment": "降价依据？"}
    )
    assert (change.state, list(open_comments(session, listing.id))) == ("rejected", ["assignment"])

    changing.submit_change(session, officer, listing.id, now=LATER)

    assert (change.state, open_comments(session, listing.id)) == ("institution_review", {})


def test_a_change_that_changes_nothing_is_not_submitted(session, institution, officer, operator):
    listing = make_published_listing(session, institution, operator=operator)
    changing.save_change(session, officer, listing.id, draft(), version=0, now=NOW)

    with pytest.raises(ListingRefused) as refused:
        changing.submit_change(session, officer, listing.id, now=NOW)

    assert refused.value.code == "change.none"
    assert session.scalars(select(ListingChange.state)).one() == "editing"


def test_a_colleagues_change_is_not_overwritten(session, institution, officer, operator):
    listing = make_published_listing(session, institution, operator=operator)
    changing.save_change(session, officer, listing.id, draft(CHEAPER), version=0, now=NOW)

    with pytest.raises(ListingRefused) as refused:
        changing.save_change(session, officer, listing.id, draft(title="别的"), version=0, now=NOW)

    assert refused.value.code == "change.stale"
    assert session.scalars(select(ListingChange)).one().content["title"] == "耐高温泵阀密封件"


def test_another_institution_finds_no_change(session, institution, officer, operator):
    listing = make_published_listing(session, institution, operator=operator)
    submitted_change(session, officer, listing, CHEAPER)
    stranger = make_institution(session)

    with pytest.raises(NotFound):
        changing.save_change(session, actor_of(stranger.officer), listing.id, draft(), version=1, now=NOW)
    with pytest.raises(NotFound):
        changing.review_change_by_institution(
            session, actor_of(stranger.head), listing.id, approves=True, reason="", now=NOW
        )

    assert session.scalars(select(ListingChange.state)).one() == "institution_review"


def test_a_draft_is_edited_and_has_no_change(session, institution, officer):
    listing = make_draft_listing(session, institution)

    with pytest.raises(ListingRefused) as refused:
        changing.save_change(session, officer, listing.id, draft(CHEAPER), version=0, now=NOW)

    assert refused.value.code == "change.not_published"
    assert count(session, ListingChange) == 0


def test_a_right_that_lapsed_meanwhile_keeps_the_change_from_the_public(session, institution, officer, head, operator):
    listing = make_published_listing(session, institution, operator=operator)
    approved_change(session, officer, head, listing, CHEAPER)
    listing.achievement.rights[0].legal_status = "lapsed"
    session.flush()

    with pytest.raises(ListingHasProblems):
        changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=LATER)

    assert session.scalars(select(ListingChange.state)).one() == "platform_review"
    assert listing.offers[0].price_fen == 12_000_000


def test_given_up_the_change_goes_and_another_may_begin(session, institution, officer, operator):
    listing = make_published_listing(session, institution, operator=operator)
    submitted_change(session, officer, listing, CHEAPER)

    changing.discard_change(session, officer, listing.id, now=NOW)
    changing.save_change(session, officer, listing.id, draft(title=NEW_TITLE), version=0, now=LATER)

    assert sorted(session.scalars(select(ListingChange.state))) == ["discarded", "editing"]


def test_a_withdrawn_listing_takes_its_change_along(session, institution, officer, operator):
    listing = make_published_listing(session, institution, operator=operator)
    submitted_change(session, officer, listing, CHEAPER)

    service.withdraw_listing(session, officer, listing.id, reason="改用许可", now=LATER)

    assert session.scalars(select(ListingChange.state)).one() == "discarded"


# what runs over the listing


def test_a_lot_freezes_price_way_and_scope_but_not_the_words(session, institution, officer, head, operator):
    lot = make_lot(session, institution)
    listing = session.scalars(select(Listing)).one()
    offers = draft_of_listing(listing).offers

    changing.save_change(
        session, officer, listing.id, draft(replace(offers[0], price=Money(9_000_000))), version=0, now=NOW
    )
    with pytest.raises(ListingRefused) as refused:
        changing.submit_change(session, officer, listing.id, now=NOW)
    assert refused.value.code == "change.frozen"

    change = changing.save_change(session, officer, listing.id, draft(*offers, title=NEW_TITLE), version=1, now=NOW)
    changing.submit_change(session, officer, listing.id, now=NOW)
    changing.review_change_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)
    changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)

    assert (change.state, listing.state, listing.title) == ("published", "bidding", NEW_TITLE)
    assert lot.state == "announced"


def test_a_lot_announced_between_submission_and_review_freezes_the_change(
    session, institution, officer, head, operator
):
    listing = make_published_listing(session, institution, operator=operator)
    approved_change(session, officer, head, listing, CHEAPER)
    service.change_state(session, listing.id, ListingAction.START_BIDDING, actor=officer, now=NOW)

    with pytest.raises(ListingRefused) as refused:
        changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)

    assert refused.value.code == "change.frozen"
    assert listing.offers[0].price_fen == 12_000_000


def test_once_its_lot_is_withdrawn_the_listing_takes_the_change(session, institution, officer, head, operator):
    lot = make_lot(session, institution)
    listing = session.scalars(select(Listing)).one()
    cheaper = replace(draft_of_listing(listing).offers[0], price=Money(9_000_000))
    changing.save_change(session, officer, listing.id, draft(cheaper), version=0, now=NOW)
    withdraw_lot(session, officer, lot.id, reason="调整起拍价", now=NOW)

    changing.submit_change(session, officer, listing.id, now=NOW)
    changing.review_change_by_institution(session, head, listing.id, approves=True, reason="", now=NOW)
    changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=NOW)

    assert (listing.state, listing.offers[0].price_fen) == ("published", 9_000_000)


@pytest.mark.parametrize(
    ("offers", "texts", "state", "kinds"),
    [((CHEAPER,), {}, "published", [MaterialKind.PRICE.value]), ((SALE,), {"title": NEW_TITLE}, "publicity", [])],
)
def test_only_a_material_change_ends_a_running_publicity(
    session, institution, officer, head, operator, offers, texts, state, kinds
):
    listing = make_published_listing(session, institution, operator=operator)
    service.change_state(session, listing.id, ListingAction.START_PUBLICITY, actor=officer, now=NOW)
    approved_change(session, officer, head, listing, *offers, **texts)

    changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=LATER)

    assert listing.state == state
    changed = session.scalars(select(Event).where(Event.action == "listing.changed")).one()
    assert changed.payload["material"] == kinds
    if kinds:
        last = last_event(session, listing)
        assert (last.action, last.reason) == ("listing.fall_back", changing.RESTARTED)


def test_a_way_on_which_somebody_applied_is_not_taken_away(session, institution, officer, head, operator):
    lot = make_lot(session, institution)
    listing = session.scalars(select(Listing)).one()
    withdraw_lot(session, officer, lot.id, reason="改为转让", now=NOW)
    approved_change(session, officer, head, listing, SALE)

    with pytest.raises(ListingRefused) as refused, session.begin_nested():
        changing.review_change_by_platform(session, operator, listing.id, approves=True, reason="", now=LATER)

    assert refused.value.code == "change.way_in_use"
    session.expire_all()
    assert [offer.transfer_way for offer in listing.offers] == ["auction"]
