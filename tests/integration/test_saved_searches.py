"""Saved searches: what is new is told, each once, to whom it concerns; nothing else is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts import service as accounts
from market.accounts.models import Membership, Person
from market.accounts.rules import OrganisationKind, Role
from market.audit import erasing, personal_data
from market.kernel.clock import FixedClock
from market.kernel.errors import NotFound
from market.kernel.mail import MailMessage, absolute_url
from market.kernel.parameters import Parameter
from market.listings.models import Listing
from market.notifications import mailing
from market.notifications.models import Notice, NoticeDelivery
from market.notifications.queries import count_notices
from market.notifications.rules import MailChoice
from market.notifications.vocabulary import NoticeKind
from search.entries import touch
from search.saved import alerts, jobs, service
from search.saved.access import saved_search_for
from search.saved.errors import SavingRefused
from search.saved.models import ComparedListing, SavedSearch, SavedSearchHit, SavedSearchKey
from search.saved.vocabulary import Rhythm
from search.synonyms.dictionary import shipped_groups
from search.synonyms.models import SynonymChange
from tests.conftest import NOW
from tests.factories.auctions import make_lot
from tests.factories.listings import make_published_listing
from tests.factories.public_listings import make_public_listing
from tests.factories.saved_searches import change, come, make_reader, new_hits, save_search, told
from tests.factories.world import actor_of, make_institution, make_organisation, make_person


@pytest.fixture
def reader(session: Session) -> Person:
    return make_reader(session)


def rows(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


# what is told


def test_a_new_listing_is_told_once_with_name_title_and_way_to_the_hits(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "高温密封", name="泵阀密封")
    listing = make_public_listing(session, "高温密封环")

    come(listing, listing)
    jobs.sweep_saved()

    (notice,) = told(session)
    assert (notice.title, notice.path) == ("保存的检索有新成果", f"/console/saved-searches/{saved.id}")
    assert (notice.params["name"], notice.params["count"], notice.params["titles"]) == ("泵阀密封", 1, "高温密封环")
    assert new_hits(session, saved) == [listing.id]


def test_what_does_not_fit_is_not_told(session: Session, reader: Person) -> None:
    save_search(session, reader, "q=高温密封&field=biomedicine")
    come(make_public_listing(session, "激光焊接"), make_public_listing(session, "高温密封环"))
    assert told(session) == []
    assert rows(session, SavedSearchHit) == 0


def test_several_that_come_together_are_one_notice(session: Session, reader: Person) -> None:
    save_search(session, reader, "密封环")
    listings = [make_public_listing(session, f"密封环第{one}种") for one in range(7)]
    for listing in listings:
        jobs.match_saved(listing.id)
    jobs.tell_saved()
    (notice,) = told(session)
    assert notice.params["count"] == 7
    assert notice.params["titles"].count("；") == alerts.TITLES - 1
    assert notice.message.endswith("全部见链接。")


def test_what_was_public_when_it_was_saved_is_never_told(session: Session, reader: Person) -> None:
    listing = make_public_listing(session, "密封环")
    come(listing)
    saved = save_search(session, reader, "密封环")
    change(session, listing, summary="改了一个字。")
    change(session, listing, state="withdrawn")
    change(session, listing, state="published")
    change(session, listing, title="激光", summary="")
    change(session, listing, title="密封环")
    assert (told(session), new_hits(session, saved)) == ([], [])


def test_what_was_published_before_but_not_compared_yet_is_not_told_either(session: Session, reader: Person) -> None:
    institution = make_institution(session)
    listing = make_published_listing(session, institution)
    waiting = session.scalars(
        text("SELECT args->>'listing_id' FROM procrastinate_jobs WHERE task_name = 'search.match_saved'")
    ).all()
    assert set(waiting) == {str(listing.id)}
    saved = save_search(session, reader, listing.title)
    come(listing)
    assert (told(session), new_hits(session, saved)) == ([], [])


def test_a_listing_that_comes_to_fit_by_a_change_is_told_once(session: Session, reader: Person) -> None:
    listing = make_public_listing(session, "激光")
    come(listing)
    saved = save_search(session, reader, "密封环")
    change(session, listing, title="密封环")
    change(session, listing, title="激光")
    change(session, listing, title="密封环")
    assert len(told(session)) == 1
    assert new_hits(session, saved) == [listing.id]


def test_withdrawn_and_listed_again_is_told_once_ever(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    listing = make_public_listing(session, "密封环")
    come(listing)
    change(session, listing, state="withdrawn")
    change(session, listing, state="published")
    assert len(told(session)) == 1
    assert new_hits(session, saved) == [listing.id]


def test_a_listing_that_returns_is_new_to_who_saved_while_it_was_away(session: Session, reader: Person) -> None:
    listing = make_public_listing(session, "密封环")
    come(listing)
    change(session, listing, state="paused")
    saved = save_search(session, reader, "密封环")
    change(session, listing, state="published")
    assert new_hits(session, saved) == [listing.id]


def test_what_was_public_before_saved_searches_were_kept_is_known_to_everybody(
    session: Session, reader: Person
) -> None:
    listing = make_public_listing(session, "密封环")
    session.add(ComparedListing(listing_id=listing.id, version=-1, layout=0, compared_at=NOW))
    session.flush()
    saved = save_search(session, reader, "密封环")
    jobs.sweep_saved()
    assert new_hits(session, saved) == []
    change(session, listing, summary="改了。")
    assert (new_hits(session, saved), told(session)) == ([], [])


def test_ones_own_organisations_listings_are_not_told(session: Session) -> None:
    institution = make_institution(session)
    saved = save_search(session, institution.officer, "密封环")
    own = make_public_listing(session, "密封环", organisation=institution.organisation)
    foreign = make_public_listing(session, "密封环")
    come(own, foreign)
    assert new_hits(session, saved) == [foreign.id]


def test_a_listing_whose_lot_opens_is_told_without_any_change(
    app: Flask, session: Session, reader: Person, clock: FixedClock
) -> None:
    lot = make_lot(session, make_institution(session))
    jobs.sweep_saved()
    saved = save_search(session, reader, "auction=open")
    jobs.sweep_saved()
    before = new_hits(session, saved)
    clock.at = lot.opens_at + timedelta(minutes=1)
    for _ in range(2):
        with app.app_context():  # a later job has a later time
            jobs.sweep_saved()
    assert (before, len(new_hits(session, saved)), len(told(session))) == ([], 1, 1)


def test_a_version_that_changes_nothing_asks_nothing(session: Session, reader: Person) -> None:
    save_search(session, reader, "密封环")
    listing = make_public_listing(session, "密封环")
    come(listing)
    touch(session, [listing.id])
    assert jobs.due_listings(session, 10, NOW) == [listing.id]
    jobs.sweep_saved()
    assert jobs.due_listings(session, 10, NOW) == []
    assert len(told(session)) == 1


def test_a_notice_that_is_told_late_passes_over_what_has_left_the_market(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    listing = make_public_listing(session, "密封环")
    jobs.match_saved(listing.id)
    listing.state = "withdrawn"
    session.flush()
    jobs.tell_saved()
    assert told(session) == []
    assert session.scalars(select(SavedSearchHit.told_at).where(SavedSearchHit.saved_search_id == saved.id)).all() == [
        NOW
    ]


# rhythms, people, mails


def test_a_summary_comes_in_the_morning_as_one_notice_of_all_searches(session: Session, reader: Person) -> None:
    save_search(session, reader, "密封环", name="密封", rhythm=Rhythm.DAILY)
    save_search(session, reader, "激光", name="激光头", rhythm=Rhythm.DAILY)
    come(make_public_listing(session, "密封环"), make_public_listing(session, "激光切割"))
    assert told(session) == []
    jobs.tell_saved_daily()
    jobs.tell_saved_daily()
    (notice,) = told(session)
    assert (notice.params["count"], notice.path) == (2, "/console/saved-searches?new=yes")
    assert notice.params["groups"] == "\n密封（1）：密封环\n激光头（1）：激光切割"


def test_switched_off_it_collects_but_tells_neither_then_nor_later(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环", rhythm=Rhythm.OFF)
    first = make_public_listing(session, "密封环")
    come(first)
    service.change(session, actor_of(reader), saved, "密封环", Rhythm.INSTANT, now=NOW)
    jobs.tell_saved()
    assert (told(session), new_hits(session, saved)) == ([], [first.id])
    come(make_public_listing(session, "密封环二"))
    assert [notice.params["titles"] for notice in told(session)] == ["密封环二"]


def test_only_she_is_told_and_mailed(session: Session) -> None:
    enterprise = make_organisation(session, OrganisationKind.ENTERPRISE)
    reader, colleague = (make_person(session, enterprise, Role.ENTERPRISE_USER) for _ in range(2))
    saved = save_search(session, reader, "密封环", name="密封")
    come(make_public_listing(session, "高温密封环"))
    mailing.send_due(session, now=NOW)
    (mail,) = session.scalars(select(MailMessage)).all()
    assert (mail.recipient, mail.subject) == (reader.email, "保存的检索有新成果")
    assert "检索“密封”有 1 项新成果：高温密封环。" in mail.body
    assert absolute_url(f"/console/saved-searches/{saved.id}") in mail.body
    assert "可以选择哪些事项发邮件" in mail.body
    counts = [count_notices(enterprise.id, one.id, only_unread=True) for one in (reader, colleague)]
    assert counts == [1, 0]


def test_her_choice_of_mails_holds(session: Session, reader: Person) -> None:
    mailing.choose(session, reader.id, MailChoice(muted=frozenset({NoticeKind.SAVED_SEARCH})))
    save_search(session, reader, "密封环")
    come(make_public_listing(session, "密封环"))
    assert len(told(session)) == 1
    assert rows(session, NoticeDelivery) == 0


def test_who_left_her_organisation_is_told_in_her_other_one_or_nowhere(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    membership = session.scalars(select(Membership).where(Membership.person_id == reader.id)).one()
    membership.ended_at = NOW
    session.flush()
    come(make_public_listing(session, "密封环"))
    nothing = told(session)
    other = make_organisation(session, OrganisationKind.ENTERPRISE)
    accounts.add_membership(session, reader, other, (Role.ENTERPRISE_USER,), now=NOW)
    session.flush()
    jobs.tell_saved()
    assert nothing == []
    assert [(notice.organisation_id, notice.path) for notice in told(session)] == [
        (other.id, f"/console/saved-searches/{saved.id}")
    ]


# saving


@pytest.mark.parametrize(
    ("text_", "code"),
    [("page=3", "saved_search.empty"), ("q=。！", "saved_search.no_words"), ("x=1", "saved_search.empty")],
)
def test_a_question_that_asks_nothing_is_not_saved(session: Session, reader: Person, text_: str, code: str) -> None:
    with pytest.raises(SavingRefused) as refused:
        save_search(session, reader, text_)
    assert (refused.value.code, rows(session, SavedSearch)) == (code, 0)


@pytest.mark.parametrize(
    "again",
    ["q=密封+5G", "q=密封  ５ｇ", "q=密封 5G&sort=newest", "q=密封 5G&page=4", "q=%E5%AF%86%E5%B0%81+5g"],
)
def test_the_same_question_is_saved_once_however_it_is_written(session: Session, reader: Person, again: str) -> None:
    save_search(session, reader, "q=密封 5G", name="第一个")
    with pytest.raises(SavingRefused) as refused:
        save_search(session, reader, again, name="第二个")
    assert (refused.value.code, refused.value.params["name"]) == ("saved_search.duplicate", "第一个")
    assert rows(session, SavedSearch) == 1
    save_search(session, make_reader(session), again)
    assert rows(session, SavedSearch) == 2


def test_a_name_is_used_once_and_not_empty(session: Session, reader: Person) -> None:
    save_search(session, reader, "密封", name="一")
    saved = save_search(session, reader, "激光", name="二")
    for name, code in (
        ("  一 ", "saved_search.name_used"),
        ("  ", "saved_search.name"),
        ("长" * 61, "saved_search.name"),
    ):
        with pytest.raises(SavingRefused) as refused:
            service.change(session, actor_of(reader), saved, name, Rhythm.OFF, now=NOW)
        assert refused.value.code == code
    assert (saved.name, saved.rhythm) == ("二", "instant")


def test_the_limit_is_the_parameters(session: Session, reader: Person) -> None:
    limit = Parameter(key=service.LIMIT_PARAMETER, value="2", unit="searches", source="试验", valid_from=NOW.date())
    session.add(limit)
    session.flush()
    save_search(session, reader, "密封")
    save_search(session, reader, "激光")
    with pytest.raises(SavingRefused) as refused:
        save_search(session, reader, "水泵")
    assert (refused.value.code, rows(session, SavedSearch)) == ("saved_search.limit", 2)


def test_what_came_while_she_looked_stays_new(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    come(make_public_listing(session, "密封环"))
    seen = session.scalars(select(SavedSearchHit.id)).one()
    come(make_public_listing(session, "密封环二"))
    service.look(session, actor_of(reader), saved, seen)
    assert saved.seen_through == seen
    service.look(session, actor_of(reader), saved, 2**62)
    assert saved.seen_through == session.scalar(select(func.max(SavedSearchHit.id)))
    service.look(session, actor_of(reader), saved, seen)
    assert saved.seen_through > seen


def test_somebody_elses_is_not_there(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    for other in (make_reader(session), make_institution(session).officer):
        with pytest.raises(NotFound):
            saved_search_for(session, actor_of(other), saved.id)
    assert saved_search_for(session, actor_of(reader), saved.id) is saved


def test_a_given_up_search_leaves_nothing_behind_and_tells_nothing(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    come(make_public_listing(session, "密封环"))
    service.give_up(session, actor_of(reader), saved)
    come(make_public_listing(session, "密封环二"))
    assert [rows(session, table) for table in (SavedSearch, SavedSearchKey, SavedSearchHit)] == [0, 0, 0]
    assert len(told(session)) == 1


def test_her_searches_are_exported_and_go_with_her(session: Session, reader: Person) -> None:
    colleague = make_person(session, session.get_one(Membership, _membership(session, reader)).organisation)
    assert colleague.id
    save_search(session, reader, "密封环", name="我的密封")
    come(make_public_listing(session, "密封环"))
    found = personal_data.about(session, reader.email)
    assert [row["name"] for row in found["saved_search"]] == ["我的密封"]
    erasing.erase(session, reader.email, now=NOW)
    assert [rows(session, table) for table in (SavedSearch, SavedSearchKey, SavedSearchHit)] == [0, 0, 0]
    assert session.scalars(select(Notice).where(Notice.params.has_key("name"))).all() == []


def _membership(session: Session, person: Person) -> int:
    return session.scalars(select(Membership.id).where(Membership.person_id == person.id)).one()


def test_questions_whose_keys_an_older_analysis_made_are_derived_anew(session: Session, reader: Person) -> None:
    saved = save_search(session, reader, "密封环")
    saved.derivation = "0.0"
    for key in session.scalars(select(SavedSearchKey)):
        session.delete(key)
    session.flush()
    listing = make_public_listing(session, "密封环")
    come(listing)
    session.refresh(saved)
    assert (new_hits(session, saved), saved.derivation != "0.0") == ([listing.id], True)


def test_other_words_for_the_same_find_as_on_the_result_page(session: Session, reader: Person) -> None:
    assert "发光二极管" in {word for group in shipped_groups() for word in group.words}
    saved = save_search(session, reader, "LED")
    listing = make_public_listing(session, "发光二极管封装")
    come(listing)
    assert new_hits(session, saved) == [listing.id]


def test_a_changed_dictionary_derives_the_keys_anew_and_tells_nobody_of_what_was_there(
    session: Session, reader: Person
) -> None:
    old = make_public_listing(session, "喹诺环")
    come(old)
    saved = save_search(session, reader, "萘啶器")
    before = saved.derivation
    operators = make_organisation(session, OrganisationKind.OPERATOR)
    proposer, decider = (make_person(session, operators, Role.OPERATOR) for _ in range(2))
    columns = {"code": "own-1", "words": "喹诺环|萘啶器", "removes": False, "reason": "试验", "state": "approved"}
    session.add(
        SynonymChange(
            proposed_by_id=proposer.id,
            proposed_for_id=operators.id,
            proposed_at=NOW,
            decided_by_id=decider.id,
            decided_at=NOW,
            **columns,
        )
    )
    session.flush()
    change(session, old, summary="改了。")
    new = make_public_listing(session, "喹诺环第二种")
    come(new)
    session.refresh(saved)
    assert (new_hits(session, saved), saved.derivation != before) == ([new.id], True)


def test_no_listing_is_compared_twice_for_nothing(session: Session, reader: Person) -> None:
    save_search(session, reader, "密封环")
    institution = make_institution(session)
    listings = [make_published_listing(session, institution) for _ in range(3)]
    jobs.match_saved(listings[0].id)
    compared = {row.listing_id for row in session.scalars(select(ComparedListing))}
    assert compared >= {listing.id for listing in listings}
    assert session.get(Listing, listings[0].id) is not None
