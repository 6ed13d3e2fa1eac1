"""打包挂牌 through the pages: look for achievements, take them in and out, publish, see them all in public."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.achievements.listed import has_outcome
from market.achievements.models import Achievement, Completer
from market.auctions.models import Lot
from market.deals.models import Deal
from market.kernel.errors import Refusal
from market.listings.models import Listing, ListingMember, UnsavedListing
from tests.factories.auctions import make_lot
from tests.factories.listings import make_achievement, make_draft_listing, make_published_listing
from tests.factories.public_listings import make_public_listing
from tests.factories.world import Institution, make_institution, make_organisation, make_person, sign_in
from tests.functional.test_listing_editor import TYPED


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def operator(session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


@pytest.fixture
def browser_of(app, session):
    def open_browser(person: Person) -> FlaskClient:
        session.commit()
        browser = app.test_client()
        sign_in(browser, person)
        return browser

    return open_browser


@pytest.fixture
def coating(session, institution) -> Achievement:
    made = make_achievement(session, institution.organisation, title="阀杆防腐涂层")
    session.add(Completer(achievement_id=made.id, position=1, name="周某某", unit="材料学院"))
    return made


def said(answer) -> str:
    return answer.get_data(as_text=True)


def buttons(page: str) -> list[str]:
    return re.findall(r'name="bundle" value="([a-z:0-9]+)"', page)


def members_on(page: str) -> str:
    found = re.search(r'<input[^>]*id="members"[^>]*value="([0-9,]*)"', page)
    assert found
    return found[1]


def members_of(session: Session, number: str) -> list[int]:
    session.expire_all()
    statement = select(ListingMember.achievement_id).join(Listing, Listing.id == ListingMember.listing_id)
    return list(session.scalars(statement.where(Listing.number == number).order_by(ListingMember.position)))


def test_a_bundle_goes_the_whole_way_from_the_register_to_the_public(
    client, session, institution, operator, coating, browser_of
):
    lead = make_achievement(session, institution.organisation)
    officer, head, platform = (browser_of(one) for one in (institution.officer, institution.head, operator))
    write = f"/console/listings/new?achievement={lead.id}"

    found = said(officer.post(write, data=TYPED | {"bundle_text": "防腐", "bundle": "search"}))
    taken = said(officer.post(write, data=TYPED | {"bundle_text": "防腐", "bundle": f"add:{coating.id}"}))
    saved = officer.post(write, data=TYPED | {"members": members_on(taken)})

    assert buttons(found) == ["search", f"add:{coating.id}"]
    assert buttons(taken)[0] == f"drop:{coating.id}"
    assert members_on(taken) == str(coating.id)
    assert 'value="耐高温泵阀密封件"' in taken  # what was typed stays
    number = saved.location.rsplit("/", 1)[1]
    assert members_of(session, number) == [lead.id, coating.id]

    console = f"/console/listings/{number}"
    assert "阀杆防腐涂层" in said(officer.get(console))
    assert officer.post(f"{console}/submission").status_code == 302
    assert head.post(f"{console}/institution-review", data={"decision": "approve", "reason": ""}).status_code == 302
    assert "阀杆防腐涂层" in said(platform.get(console))
    assert platform.post(f"{console}/platform-review", data={"decision": "approve", "reason": ""}).status_code == 302

    public = said(client.get(f"/listings/{number}"))
    assert "这条挂牌把 2 项成果一起转化" in public
    for shown in ("阀杆防腐涂层", "周某某", lead.rights[0].number, coating.rights[0].number):
        assert shown in public
    assert number in said(officer.get(f"/console/register/{coating.id}"))


def test_looking_and_taking_in_saves_nothing(session, institution, coating, browser_of):
    listing = make_draft_listing(session, institution)
    officer = browser_of(institution.officer)
    for step in ("search", f"add:{coating.id}", f"drop:{coating.id}", f"up:{coating.id}"):
        assert (
            officer.post(f"/console/listings/{listing.number}/edit", data=TYPED | {"bundle": step}).status_code == 200
        )
    assert members_of(session, listing.number) == [listing.achievement_id]
    assert session.scalar(select(Listing.version)) == 1


@pytest.mark.parametrize("text", ["防腐", "number"])
def test_enter_in_the_search_field_looks_and_does_not_save(session, institution, coating, browser_of, text):
    listing = make_draft_listing(session, institution)
    wanted = coating.rights[0].number[:9] if text == "number" else text
    page = browser_of(institution.officer).post(
        f"/console/listings/{listing.number}/edit", data=TYPED | {"bundle_text": wanted, "enter": "1", "version": "1"}
    )
    assert page.status_code == 200
    assert f"add:{coating.id}" in buttons(said(page))
    assert session.scalar(select(Listing.version)) == 1


def test_enter_elsewhere_saves(session, institution, browser_of):
    listing = make_draft_listing(session, institution)
    answer = browser_of(institution.officer).post(
        f"/console/listings/{listing.number}/edit", data=TYPED | {"bundle_text": "", "enter": "1", "version": "1"}
    )
    assert answer.status_code == 302


def test_members_move_up_and_out(session, institution, coating, browser_of):
    other = make_achievement(session, institution.organisation, title="电控阀门")
    listing = make_draft_listing(session, institution)
    officer, edit = browser_of(institution.officer), f"/console/listings/{listing.number}/edit"
    both = TYPED | {"members": f"{coating.id},{other.id}"}

    assert members_on(said(officer.post(edit, data=both | {"bundle": f"up:{other.id}"}))) == f"{other.id},{coating.id}"
    assert members_on(said(officer.post(edit, data=both | {"bundle": f"up:{coating.id}"}))) == both["members"]
    assert members_on(said(officer.post(edit, data=both | {"bundle": f"drop:{coating.id}"}))) == str(other.id)
    assert members_on(said(officer.post(edit, data=both | {"bundle": "drop:x"}))) == both["members"]


def test_what_may_not_come_in_says_why_and_has_no_button(session, institution, coating, browser_of):
    elsewhere = make_draft_listing(session, institution, achievement=coating)
    lapsed = make_achievement(session, institution.organisation, title="失效防腐涂层", legal_status="lapsed")
    foreign = make_achievement(session, make_institution(session).organisation, title="外单位防腐涂层")
    listing = make_draft_listing(session, institution)

    page = said(
        browser_of(institution.officer).post(
            f"/console/listings/{listing.number}/edit", data=TYPED | {"bundle_text": "防腐", "bundle": "search"}
        )
    )

    assert buttons(page) == ["search"]
    assert f"已在挂牌 {elsewhere.number} 里" in page
    assert f"专利 {lapsed.rights[0].number} 登记为失效，不能挂牌" in page
    assert foreign.title not in page


@pytest.mark.parametrize(
    ("members", "status", "text"),
    [
        ("listed", 422, "一项成果同时只能在一条挂牌里"),
        ("1,x", 422, "请用“加入”和“移出”选择打包的成果"),
        ("999999", 404, ""),
    ],
)
def test_a_bundle_that_cannot_be_is_refused_and_nothing_is_saved(
    session, institution, coating, browser_of, members, status, text
):
    make_draft_listing(session, institution, achievement=coating)
    listing = make_draft_listing(session, institution)
    sent = TYPED | {"members": str(coating.id) if members == "listed" else members, "version": "1", "title": "新名称"}

    answer = browser_of(institution.officer).post(f"/console/listings/{listing.number}/edit", data=sent)

    assert answer.status_code == status
    assert text in said(answer)
    assert members_of(session, listing.number) == [listing.achievement_id]
    assert session.get(Listing, listing.id).title == "耐高温泵阀密封件"


def test_the_bundle_of_a_published_listing_changes_by_a_reviewed_change(
    client, session, institution, operator, coating, browser_of
):
    number = make_published_listing(session, institution).number
    officer, head, platform = (browser_of(one) for one in (institution.officer, institution.head, operator))
    console = f"/console/listings/{number}"

    shown = said(officer.post(f"{console}/change", data=TYPED | {"bundle": f"add:{coating.id}", "version": "0"}))
    officer.post(f"{console}/change", data=TYPED | {"members": members_on(shown), "version": "0"})
    waiting = said(officer.get(console))
    officer.post(f"{console}/change/submission")
    head.post(f"{console}/change/institution-review", data={"decision": "approve"})
    before = said(client.get(f"/listings/{number}"))
    platform.post(f"{console}/change/platform-review", data={"decision": "approve"})

    assert "打包的其他成果" in waiting
    assert "阀杆防腐涂层" in waiting
    assert "阀杆防腐涂层" not in before
    assert "阀杆防腐涂层" in said(client.get(f"/listings/{number}"))
    assert "阀杆防腐涂层" in said(officer.get(f"{console}/versions"))


def test_the_preview_shows_what_is_bundled_and_what_was_typed_is_kept(session, institution, coating, browser_of):
    lead = make_achievement(session, institution.organisation)
    officer, sent = browser_of(institution.officer), TYPED | {"members": str(coating.id), "bundle_text": "没有保存"}

    preview = said(officer.post(f"/console/listings/preview/{lead.id}", data=sent))
    officer.post(f"/console/listings/unsaved/{lead.id}", data=sent)
    restored = said(officer.get(f"/console/listings/new?achievement={lead.id}"))

    assert "这条挂牌把 2 项成果一起转化" in preview
    assert "阀杆防腐涂层" in restored
    assert "bundle_text" not in session.scalars(select(UnsavedListing)).one().content
    assert session.scalar(select(Listing.id)) is None


def test_a_colleagues_bundle_is_shown_before_it_is_written_over(session, institution, coating, browser_of):
    listing = make_draft_listing(session, institution)
    officer = browser_of(institution.officer)
    edit = f"/console/listings/{listing.number}/edit"
    officer.post(edit, data=TYPED | {"members": str(coating.id), "version": "1"})

    answer = officer.post(edit, data=TYPED | {"version": "1"})

    assert answer.status_code == 422
    assert "阀杆防腐涂层" in said(answer)
    assert members_of(session, listing.number) == [listing.achievement_id, coating.id]


def bundle_in_public(session: Session, institution: Institution, member: Achievement, *ways: str) -> Listing:
    """A published listing that offers the member too."""
    listing = make_public_listing(session, "高温密封件", organisation=institution.organisation, ways=ways)
    listing.bundled.append(ListingMember(achievement_id=member.id, position=1))
    session.flush()
    return listing


def test_application_and_deal_say_what_is_bundled(session, institution, coating, browser_of):
    buyer = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    listing = bundle_in_public(session, institution, coating, "assignment")
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    address = f"/offers/{listing.offers[0].id}/application"

    asked = said(enterprise.get(address))
    sent = enterprise.post(address, data={"plan": "用于高温蒸汽阀门的密封，明年六月前投产。", "price": "100,000"})
    application = said(head.get(sent.location))
    head.post(f"{sent.location}/decision", data={"decision": "accept"})
    deal = said(head.get(f"/console/deals/{session.scalars(select(Deal.number)).one()}"))

    for page in (asked, application, deal):
        assert "阀杆防腐涂层" in page


def test_a_lot_says_what_is_bundled(client, session, institution, coating):
    listing = bundle_in_public(session, institution, coating, "auction")
    number = make_lot(session, institution, listings=[listing]).number
    session.commit()

    assert "打包：阀杆防腐涂层" in said(client.get(f"/lots/{number}"))


def test_a_lot_is_not_announced_over_a_part_that_lapsed(session, institution, coating):
    listing = bundle_in_public(session, institution, coating, "auction")
    coating.rights[0].legal_status = "lapsed"
    session.flush()

    with pytest.raises(Refusal) as refusal:
        make_lot(session, institution, listings=[listing])

    assert refusal.value.code == "right.lapsed"
    assert session.scalar(select(Lot.id)) is None


def test_the_register_knows_of_every_part_that_a_deal_was_signed(session, institution, coating, browser_of):
    buyer = make_person(session, make_organisation(session, OrganisationKind.ENTERPRISE), Role.ENTERPRISE_USER)
    listing = bundle_in_public(session, institution, coating, "assignment")
    enterprise, head = browser_of(buyer), browser_of(institution.head)
    plan = {"plan": "用于高温蒸汽阀门的密封，明年六月前投产。", "price": "100,000"}
    sent = enterprise.post(f"/offers/{listing.offers[0].id}/application", data=plan)
    head.post(f"{sent.location}/decision", data={"decision": "accept"})
    before = has_outcome(session, coating.id)

    session.execute(update(Deal).values(state="paying"))

    assert not before
    assert has_outcome(session, coating.id)
    assert has_outcome(session, listing.achievement_id)


def test_what_keeps_a_bundle_back_is_said_in_the_readers_language(session, institution, coating, browser_of):
    listing = make_draft_listing(session, institution)
    listing.bundled.append(ListingMember(achievement_id=coating.id, position=1))
    coating.rights[0].legal_status = "lapsed"
    officer = browser_of(institution.officer)
    officer.post("/language", data={"language": "en"})

    page = said(officer.get(f"/console/listings/{listing.number}"))

    assert "“阀杆防腐涂层”: Patent" in page
    assert "登记为失效" not in page
