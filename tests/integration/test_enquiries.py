"""Questions, enquiries and watched listings: services on the database."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.queries import actor_for
from market.accounts.rules import Actor, OrganisationKind, Role
from market.accounts.service import add_membership
from market.enquiries import queries, reply_times
from market.enquiries.errors import AskingRefused, AskingTooMuch
from market.enquiries.models import Enquiry, EnquiryMessage, ListingQuestion, Watch
from market.enquiries.rules import MESSAGES_A_DAY, QUESTIONS_A_DAY
from market.enquiries.service.questions import answer_question, ask_question, hide_question
from market.enquiries.service.talking import (
    accept_contact,
    answer_enquiry,
    ask_further,
    close_enquiry,
    enquire,
    offer_contact,
)
from market.enquiries.service.watching import unwatch, watch
from market.kernel.errors import NotAllowed, NotFound, TransitionRefused
from market.kernel.events import Event
from market.listings.models import Listing
from market.listings.service import pause_listing
from tests.conftest import NOW
from tests.factories.enquiries import ANSWER, ENQUIRY, QUESTION, make_enquiry, make_question
from tests.factories.listings import make_draft_listing, make_published_listing
from tests.factories.world import Institution, actor_of, make_actor, make_institution, make_organisation, make_person

LATER = NOW + timedelta(hours=5)
DUE = date(2026, 11, 25)
"""Three working days after Sunday, 22 November 2026."""


@pytest.fixture
def institution(session: Session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def officer(institution: Institution) -> Actor:
    return actor_of(institution.officer)


@pytest.fixture
def listing(session: Session, institution: Institution) -> Listing:
    return make_published_listing(session, institution)


@pytest.fixture
def buyer(session: Session) -> Actor:
    return make_actor(session, OrganisationKind.ENTERPRISE, Role.ENTERPRISE_USER)


@pytest.fixture
def operator(session: Session) -> Actor:
    return make_actor(session, OrganisationKind.OPERATOR, Role.OPERATOR)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def events_of(session: Session, kind: str) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.subject_kind == kind).order_by(Event.id)))


def test_a_question_waits_three_working_days_and_is_public_once_answered(session, listing, buyer, officer):
    question = make_question(session, buyer, listing)
    assert (question.state, question.due_on) == ("waiting", DUE)
    assert queries.public_questions(listing.id, 20) == []

    answer_question(session, officer, question.id, ANSWER, now=LATER)

    assert question.state == "answered"
    assert [(one.text, one.answer) for one in queries.public_questions(listing.id, 20)] == [(QUESTION, ANSWER)]


def test_the_same_words_sent_twice_are_one_question(session, listing, buyer):
    first = make_question(session, buyer, listing)
    again = make_question(session, buyer, listing, QUESTION.replace("，", "， "))

    assert again.id == first.id
    assert count(session, ListingQuestion) == 1
    assert len(events_of(session, "question")) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("太短", "asking.length"),
        ("长" * 2001, "asking.length"),
        ("请打电话 13812345678 联系我们谈价格。", "asking.contacts"),
        ("请写信到 someone@example.test 谈价格。", "asking.contacts"),
        ("我们的产品请看 https://example.test 谢谢。", "asking.contacts"),
    ],
)
def test_a_text_that_may_not_stand_in_public_is_refused_and_nothing_is_kept(session, listing, buyer, text, code):
    with pytest.raises(AskingRefused) as refusal:
        make_question(session, buyer, listing, text)
    assert (refusal.value.code, refusal.value.field) == (code, "text")
    assert count(session, ListingQuestion) == 0


def test_a_patent_number_is_no_phone_number(session, listing, buyer):
    question = make_question(session, buyer, listing, "专利 ZL201710601862.3 的年费交到哪一年了？")

    assert question.state == "waiting"


def test_nothing_is_asked_about_a_listing_off_the_market(session, institution, listing, buyer, officer):
    hidden = make_draft_listing(session, institution)
    pause_listing(session, officer, listing.id, reason="正在补充材料", now=NOW)

    for asking in (make_question, make_enquiry):
        with pytest.raises(NotFound):
            asking(session, buyer, hidden)
        with pytest.raises(AskingRefused) as refusal:
            asking(session, buyer, listing)
        assert refusal.value.code == "asking.closed"
    assert (count(session, ListingQuestion), count(session, Enquiry)) == (0, 0)


def test_three_unanswered_questions_about_one_listing_are_enough(session, listing, buyer):
    for number in range(3):
        make_question(session, buyer, listing, f"第 {number} 个问题：能不能供样？")

    with pytest.raises(AskingRefused) as refusal:
        make_question(session, buyer, listing)
    assert refusal.value.code == "asking.heap"
    assert count(session, ListingQuestion) == 3


def test_an_organisation_asks_so_many_questions_a_day_and_no_more(session, listing, buyer, officer):
    for number in range(QUESTIONS_A_DAY):
        asked = make_question(session, buyer, listing, f"第 {number} 个问题：能不能供样？")
        answer_question(session, officer, asked.id, ANSWER, now=NOW)

    with pytest.raises(AskingTooMuch):
        make_question(session, buyer, listing)
    assert count(session, ListingQuestion) == QUESTIONS_A_DAY
    make_question(session, buyer, listing, now=NOW + timedelta(hours=25))
    assert count(session, ListingQuestion) == QUESTIONS_A_DAY + 1


def test_an_organisation_writes_so_many_messages_a_day_and_no_more(session, listing, buyer):
    enquiry = make_enquiry(session, buyer, listing)
    for number in range(1, MESSAGES_A_DAY):
        ask_further(session, buyer, enquiry.id, f"再补充第 {number} 点：请告诉供样的价格。", now=NOW)

    with pytest.raises(AskingTooMuch):
        ask_further(session, buyer, enquiry.id, "再补充最后一点：请告诉供样的价格。", now=NOW)
    assert count(session, EnquiryMessage) == MESSAGES_A_DAY


def test_a_question_is_answered_once(session, listing, buyer, officer):
    question = make_question(session, buyer, listing)
    answer_question(session, officer, question.id, ANSWER, now=LATER)

    with pytest.raises(TransitionRefused):
        answer_question(session, officer, question.id, "另一个完全不同的回答内容。", now=LATER)
    assert question.answer == ANSWER


def test_another_institution_answers_nothing(session, listing, buyer):
    question, enquiry = make_question(session, buyer, listing), make_enquiry(session, buyer, listing)
    stranger = actor_of(make_institution(session).officer)

    with pytest.raises(NotFound):
        answer_question(session, stranger, question.id, ANSWER, now=LATER)
    with pytest.raises(NotFound):
        answer_enquiry(session, stranger, enquiry.id, ANSWER, now=LATER)
    assert (question.state, enquiry.state) == ("waiting", "waiting")


def colleague_on_both_sides(session: Session, institution: Institution, buyer: Actor) -> Actor:
    from market.accounts.models import Organisation

    enterprise = session.get_one(Organisation, buyer.organisation_id)
    person = make_person(session, institution.organisation, Role.TRANSFER_OFFICER)
    add_membership(session, person, enterprise, {Role.ENTERPRISE_USER}, now=NOW)
    actor = actor_for(person.id, None)
    assert actor is not None
    assert actor.organisation_id == institution.organisation.id
    return actor


def test_who_also_works_for_the_asker_answers_no_question(session, institution, listing, buyer):
    question = make_question(session, buyer, listing)

    with pytest.raises(NotAllowed) as refusal:
        answer_question(session, colleague_on_both_sides(session, institution, buyer), question.id, ANSWER, now=LATER)
    assert (refusal.value.code, question.state) == ("question.own", "waiting")


def test_who_also_works_for_the_asker_answers_no_enquiry(session, institution, listing, buyer):
    enquiry = make_enquiry(session, buyer, listing, offers_contact=True)
    both = colleague_on_both_sides(session, institution, buyer)

    for act in (
        lambda: answer_enquiry(session, both, enquiry.id, ANSWER, now=LATER),
        lambda: accept_contact(session, both, enquiry.id, now=LATER),
    ):
        with pytest.raises(NotAllowed) as refusal:
            act()
        assert refusal.value.code == "enquiry.own"
    assert (enquiry.state, enquiry.contact_accepted_at) == ("waiting", None)


def test_the_operator_hides_a_question_for_a_reason_and_it_leaves_the_public_page(
    session, listing, buyer, officer, operator
):
    question = make_question(session, buyer, listing)
    answer_question(session, officer, question.id, ANSWER, now=LATER)
    with pytest.raises(AskingRefused):
        hide_question(session, operator, question.id, "  ", now=LATER)
    assert question.state == "answered"

    hide_question(session, operator, question.id, "内容是广告", now=LATER)

    assert (question.state, question.hidden_reason) == ("hidden", "内容是广告")
    assert queries.public_questions(listing.id, 20) == []
    with pytest.raises(NotAllowed):
        hide_question(session, officer, question.id, "内容是广告", now=LATER)


def test_an_enquiry_goes_to_and_fro_and_the_clock_runs_while_somebody_waits(session, listing, buyer, officer):
    enquiry = make_enquiry(session, buyer, listing)
    assert (enquiry.number, enquiry.state, enquiry.due_on) == ("ZX2026000001", "waiting", DUE)

    ask_further(session, buyer, enquiry.id, "补充：每年大约需要五千件。", now=NOW + timedelta(days=2))
    assert (enquiry.waiting_since, enquiry.due_on) == (NOW, DUE)
    answer_enquiry(session, officer, enquiry.id, ANSWER, now=NOW + timedelta(days=3))
    assert (enquiry.state, enquiry.waiting_since, enquiry.due_on) == ("answered", None, None)
    ask_further(session, buyer, enquiry.id, "谢谢，样品多少钱一件？什么时候能到？", now=NOW + timedelta(days=4))

    assert (enquiry.state, enquiry.due_on) == ("waiting", date(2026, 12, 1))
    assert enquiry.first_answered_at == NOW + timedelta(days=3)
    assert [message.is_own for message in queries.messages_of(enquiry.id, buyer)] == [True, True, False, True]


def test_a_second_enquiry_about_the_same_listing_goes_on_in_the_first(session, listing, buyer):
    first = make_enquiry(session, buyer, listing)
    again = make_enquiry(session, buyer, listing)
    further = make_enquiry(session, buyer, listing, "另外想问能不能先试用半年再决定？")

    assert {first.id, again.id, further.id} == {first.id}
    assert count(session, EnquiryMessage) == 2


def test_an_answer_sent_twice_is_one(session, listing, buyer, officer):
    enquiry = make_enquiry(session, buyer, listing)

    answer_enquiry(session, officer, enquiry.id, ANSWER, now=LATER)
    answer_enquiry(session, officer, enquiry.id, ANSWER, now=LATER)

    assert count(session, EnquiryMessage) == 2
    assert [event.action for event in events_of(session, "enquiry")] == ["enquiry.asked", "enquiry.answered"]


def test_an_unverified_enterprise_does_not_enquire_but_asks_in_public(session, listing):
    waiting = make_organisation(session, OrganisationKind.ENTERPRISE, is_verified=False)
    actor = actor_of(make_person(session, waiting, Role.ENTERPRISE_USER))

    with pytest.raises(AskingRefused) as refusal:
        make_enquiry(session, actor, listing)
    assert refusal.value.code == "enquiry.unverified"
    assert count(session, Enquiry) == 0
    assert make_question(session, actor, listing).state == "waiting"


def with_phone(session: Session, listing: Listing) -> None:
    listing.contact_name, listing.contact_role, listing.contact_phone = "陈老师", "技术转移中心", "138-1234-5678"
    session.flush()


def test_contacts_are_shown_only_after_one_side_offered_and_the_other_accepted(session, listing, buyer, officer):
    with_phone(session, listing)
    enquiry = make_enquiry(session, buyer, listing)
    before = queries.contact_for(buyer, enquiry)
    assert before is not None
    assert (before.phone, before.name, before.email) == ("138****5678", "", "")
    assert queries.contact_for(officer, enquiry) is None
    with pytest.raises(AskingRefused) as refusal:
        accept_contact(session, officer, enquiry.id, now=LATER)
    assert (refusal.value.code, enquiry.contact_accepted_at) == ("enquiry.no_offer", None)
    offer_contact(session, buyer, enquiry.id, now=LATER)
    assert queries.contact_for(officer, enquiry) is None

    accept_contact(session, officer, enquiry.id, now=LATER)

    seen, told = queries.contact_for(buyer, enquiry), queries.contact_for(officer, enquiry)
    assert seen is not None
    assert told is not None
    assert (seen.phone, seen.name) == ("138-1234-5678", f"陈老师、{officer.person_name}")
    assert (told.name, told.email) == (buyer.person_name, session.get_one(Person, buyer.person_id).email)


def test_a_stranger_sees_no_contact(session, listing, buyer, officer):
    with_phone(session, listing)
    enquiry = make_enquiry(session, buyer, listing, offers_contact=True)
    accept_contact(session, officer, enquiry.id, now=LATER)

    stranger = make_actor(session, OrganisationKind.ENTERPRISE, Role.ENTERPRISE_USER)
    assert queries.contact_for(stranger, enquiry) is None


def test_a_closed_enquiry_is_over_and_a_new_one_may_begin(session, listing, buyer, officer):
    enquiry = make_enquiry(session, buyer, listing, offers_contact=True)
    close_enquiry(session, buyer, enquiry.id, now=LATER)

    assert (enquiry.state, enquiry.due_on) == ("closed", None)
    with pytest.raises(TransitionRefused):
        answer_enquiry(session, officer, enquiry.id, ANSWER, now=LATER)
    with pytest.raises(AskingRefused) as refusal:
        accept_contact(session, officer, enquiry.id, now=LATER)
    assert refusal.value.code == "enquiry.closed"
    assert enquire(session, buyer, listing.number, ENQUIRY, offers_contact=False, now=LATER).number == "ZX2026000002"


def test_another_enterprise_writes_into_nobodys_enquiry(session, listing, buyer):
    enquiry = make_enquiry(session, buyer, listing)
    stranger = make_actor(session, OrganisationKind.ENTERPRISE, Role.ENTERPRISE_USER)

    for act in (
        lambda: ask_further(session, stranger, enquiry.id, ENQUIRY, now=LATER),
        lambda: offer_contact(session, stranger, enquiry.id, now=LATER),
        lambda: close_enquiry(session, stranger, enquiry.id, now=LATER),
    ):
        with pytest.raises(NotFound):
            act()
    assert (enquiry.state, enquiry.contact_offered_at, count(session, EnquiryMessage)) == ("waiting", None, 1)


def test_the_institution_neither_asks_nor_watches(session, listing, officer):
    for act in (
        lambda: ask_question(session, officer, listing.number, QUESTION, now=NOW),
        lambda: make_enquiry(session, officer, listing),
        lambda: watch(session, officer, listing.number, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert (count(session, ListingQuestion), count(session, Enquiry), count(session, Watch)) == (0, 0, 0)


def test_the_record_holds_digests_of_what_was_written_and_no_word_of_it(session, listing, buyer, officer):
    question = make_question(session, buyer, listing)
    answer_question(session, officer, question.id, ANSWER, now=LATER)
    enquiry = make_enquiry(session, buyer, listing, offers_contact=True)
    answer_enquiry(session, officer, enquiry.id, ANSWER, now=LATER)
    accept_contact(session, officer, enquiry.id, now=LATER)

    events = events_of(session, "question") + events_of(session, "enquiry")

    written = json.dumps([event.payload for event in events], ensure_ascii=False)
    persons = (session.get_one(Person, actor.person_id) for actor in (buyer, officer))
    assert not any(words in written for words in (QUESTION, ENQUIRY, ANSWER, *(one.email for one in persons)))
    assert [len(event.payload.get("text_sha256", "")) for event in events] == [64, 64, 64, 0, 64, 0]
    assert {event.payload["achievement_id"] for event in events} == {listing.achievement_id}


def test_a_listing_is_watched_once_and_no_longer(session, listing, buyer):
    watch(session, buyer, listing.number, now=NOW)
    watch(session, buyer, listing.number, now=LATER)
    assert (queries.watch_count(listing.id), queries.is_watched(buyer, listing.id)) == (1, True)

    unwatch(session, buyer, listing.number)

    assert (queries.watch_count(listing.id), queries.is_watched(buyer, listing.id)) == (0, False)
    with pytest.raises(NotFound):
        unwatch(session, buyer, listing.number)


def test_a_listing_that_is_not_public_is_not_watched(session, institution, buyer):
    with pytest.raises(NotFound):
        watch(session, buyer, make_draft_listing(session, institution).number, now=NOW)
    assert count(session, Watch) == 0


def test_times_of_answer_count_in_time_late_and_waiting_by_institution(session, institution, listing, buyer, officer):
    bureau = make_actor(session, OrganisationKind.BUREAU, Role.SUPERVISOR)
    in_time, late, _waiting = (
        make_question(session, buyer, listing, f"第 {number} 个问题：能不能供样？") for number in range(3)
    )
    answer_question(session, officer, in_time.id, ANSWER, now=NOW + timedelta(hours=2))
    answer_question(session, officer, late.id, ANSWER, now=NOW + timedelta(hours=24 * 5))
    closed = make_enquiry(session, buyer, listing)
    close_enquiry(session, buyer, closed.id, now=LATER)
    enquiry = make_enquiry(session, buyer, listing)
    answer_enquiry(session, officer, enquiry.id, ANSWER, now=NOW + timedelta(hours=4))

    (row,) = reply_times.reply_rows(bureau, 2026, DUE, reply_times.REPLY_ORDERS.default)
    assert (row.asked, row.in_time, row.late, row.waiting, row.median_hours) == (5, 2, 1, 1, 4.0)
    assert row.rate == 2 / 3
    (row,) = reply_times.reply_rows(bureau, 2026, DUE + timedelta(days=1), reply_times.REPLY_ORDERS.default)
    assert (row.in_time, row.late, row.waiting) == (2, 2, 1)
    assert reply_times.reply_rows(bureau, 2025, DUE, reply_times.REPLY_ORDERS.default) == []


def test_what_is_overdue_is_listed_from_the_day_after(session, listing, buyer, operator):
    make_question(session, buyer, listing)
    make_enquiry(session, buyer, listing)

    def overdue(today: date, kind: str = "") -> list[str]:
        found = reply_times.OVERDUE.rows(reply_times.overdue_conditions(operator, today, kind, ""))
        return [row.kind for row in found]

    assert overdue(DUE) == []
    assert overdue(DUE + timedelta(days=1)) == ["enquiry", "question"]
    assert overdue(DUE + timedelta(days=1), "question") == ["question"]


def test_a_county_reads_its_own_institutions_times_only(session, buyer):
    here, there = make_institution(session, county_code="330304"), make_institution(session, county_code="330381")
    for one in (here, there):
        make_question(session, buyer, make_published_listing(session, one))
    county = make_organisation(session, OrganisationKind.COUNTY_BUREAU, county_code="330304")
    actor = actor_of(make_person(session, county, Role.COUNTY_SUPERVISOR))

    rows = reply_times.reply_rows(actor, 2026, DUE, reply_times.REPLY_ORDERS.default)
    overdue = reply_times.OVERDUE.rows(reply_times.overdue_conditions(actor, date(2026, 12, 24), "", ""))

    assert [row.institution_name for row in rows] == [here.organisation.name]
    assert [row.institution_name for row in overdue] == [here.organisation.name]
