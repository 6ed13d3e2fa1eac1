"""Versions, comments at fields, changes of published listings and the end of a listing's life, through HTTP."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.listings.models import Listing, ListingChange, ListingComment, UnsavedListing
from tests.factories.listings import make_approved_listing, make_draft_listing, make_published_listing
from tests.factories.world import Institution, make_institution, make_organisation, make_person, sign_in
from tests.functional.test_listings_pages import TYPED

CHANGED = TYPED | {
    "title": "耐高温泵阀密封件",
    "problem": "高温下阀门密封件磨损快。",
    "assignment-price": "90000",
    "confirms_no_secret": "y",
    "version": "0",
}


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def operator(session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


@pytest.fixture
def browser_of(app, session):
    """A browser in which somebody is signed in."""

    def open_browser(person: Person) -> FlaskClient:
        session.commit()
        browser = app.test_client()
        sign_in(browser, person)
        return browser

    return open_browser


def said(answer) -> str:
    return answer.get_data(as_text=True)


def now_is(session: Session, number: str) -> Listing:
    session.expire_all()
    return session.scalars(select(Listing).where(Listing.number == number)).one()


def change_state(session: Session) -> str | None:
    session.expire_all()
    return session.scalar(select(ListingChange.state).order_by(ListingChange.id.desc()).limit(1))


def test_a_published_listing_is_changed_through_the_pages(client, session, institution, operator, browser_of):
    number = make_published_listing(session, institution).number
    officer, head, platform = browser_of(institution.officer), browser_of(institution.head), browser_of(operator)
    console, public = f"/console/listings/{number}", f"/listings/{number}"
    assert "第 1 版，更新于 2026-11-22" in said(client.get(public))

    # written beside what everybody sees
    assert "审核通过之前，公开页面不变" in said(officer.get(f"{console}/change"))
    assert officer.post(f"{console}/change", data=CHANGED).location == console
    page = said(officer.get(console))
    assert "高温下<ins>阀门</ins>密封件磨损快。" in page
    assert "重大变更" in page
    assert "阀门密封件磨损快" not in said(client.get(public))

    # reviewed by two
    assert platform.get(console).status_code == 200
    assert "<ins>阀门</ins>" not in said(platform.get(console))
    assert officer.post(f"{console}/change/submission").status_code == 302
    assert "1 份挂牌修改稿等待本单位审核" in said(head.get("/console"))
    assert number in said(head.get("/console/listings?change=institution_review"))
    assert head.post(f"{console}/change/institution-review", data={"decision": "approve"}).status_code == 302
    assert "1 份挂牌修改稿等待平台审核" in said(platform.get("/console"))
    assert "<ins>阀门</ins>" in said(platform.get(console))
    assert platform.post(f"{console}/change/platform-review", data={"decision": "approve"}).status_code == 302

    # in the place of what was published
    assert (now_is(session, number).state, change_state(session)) == ("published", "published")
    page = said(client.get(public))
    assert "高温下阀门密封件磨损快。" in page
    assert "第 2 版，更新于 2026-11-22" in page
    compared = said(officer.get(f"{console}/versions"))
    assert "高温下<ins>阀门</ins>密封件磨损快。" in compared
    assert "正在公开" in compared


def test_comments_stand_beside_their_fields_in_the_editor(session, institution, operator, browser_of):
    number = make_approved_listing(session, institution).number
    officer, platform = browser_of(institution.officer), browser_of(operator)
    console = f"/console/listings/{number}"
    assert 'name="comment-summary"' in said(platform.get(console))

    answer = platform.post(
        f"{console}/platform-review",
        data={"decision": "reject", "comment-summary": "请写明“三倍”和什么比", "comment-nothing": "x"},
    )

    assert answer.status_code == 302
    assert now_is(session, number).state == "rejected"
    editor = said(officer.get(f"{console}/edit"))
    assert editor.index('name="summary"') < editor.index("请写明“三倍”和什么比") < editor.index('name="problem"')
    assert "请写明“三倍”和什么比" in said(officer.get(console))


def test_a_rejection_that_says_nothing_keeps_the_page(session, institution, operator, browser_of):
    number = make_approved_listing(session, institution).number
    platform = browser_of(operator)

    answer = platform.post(f"/console/listings/{number}/platform-review", data={"decision": "reject"})

    assert answer.status_code == 422
    assert "请写明理由" in said(answer)
    assert now_is(session, number).state == "platform_review"
    assert session.scalar(select(ListingComment.id)) is None


def test_a_colleagues_change_is_not_overwritten_and_what_was_typed_stays(session, institution, browser_of):
    number = make_published_listing(session, institution).number
    officer = browser_of(institution.officer)
    address = f"/console/listings/{number}/change"
    officer.post(address, data=CHANGED)

    answer = officer.post(address, data=CHANGED | {"problem": "第二个人写的。"})

    assert answer.status_code == 422
    assert "同事已保存过这份修改稿" in said(answer)
    assert "第二个人写的。" in said(answer)
    assert session.scalars(select(ListingChange)).one().content["problem"] == "高温下阀门密封件磨损快。"


def test_what_is_not_published_has_no_change_and_no_version(session, institution, browser_of):
    number = make_draft_listing(session, institution).number
    officer = browser_of(institution.officer)

    assert officer.get(f"/console/listings/{number}/change").status_code == 404
    assert "还没有版本" in said(officer.get(f"/console/listings/{number}/versions"))


@pytest.mark.parametrize("query", ["before=9&after=1", "before=x&after=%00", "after=99999999999999999999", "before=-1"])
def test_a_version_that_is_not_there_is_said_so_or_left_out(session, institution, browser_of, query):
    number = make_published_listing(session, institution).number
    officer = browser_of(institution.officer)

    assert officer.get(f"/console/listings/{number}/versions?{query}").status_code == 200


def test_near_its_end_the_page_offers_a_longer_life(session, institution, browser_of):
    listing = make_published_listing(session, institution)
    listing.expires_on = date(2026, 12, 10)
    officer = browser_of(institution.officer)
    console = f"/console/listings/{listing.number}"
    assert "展示期将满" in said(officer.get(console))

    refused = officer.post(f"{console}/extension")
    assert (refused.status_code, now_is(session, listing.number).expires_on) == (422, date(2026, 12, 10))
    officer.post(f"{console}/extension", data={"confirms_legal_status": "yes"})

    assert now_is(session, listing.number).expires_on == date(2027, 12, 10)
    assert f"{console}/extension" not in said(officer.get(console))


def test_a_withdrawal_says_its_class(client, session, institution, browser_of):
    number = make_published_listing(session, institution).number
    officer = browser_of(institution.officer)
    console = f"/console/listings/{number}"

    wrong = officer.post(f"{console}/withdrawal", data={"reason": "另有安排", "kind": "reported"})
    assert (wrong.status_code, now_is(session, number).state) == (422, "published")
    officer.post(f"{console}/withdrawal", data={"reason": "权利人变更", "kind": "right_lost"})

    assert (now_is(session, number).state, now_is(session, number).withdrawal_kind) == ("withdrawn", "right_lost")
    assert "权利失效或变动" in said(officer.get(console))
    assert client.get(f"/listings/{number}").status_code == 404


def test_the_operator_suspends_in_public_and_takes_down(client, session, institution, operator, browser_of):
    number = make_published_listing(session, institution).number
    platform = browser_of(operator)
    console = f"/console/listings/{number}"

    platform.post(f"{console}/suspension", data={"reason": "接到举报，核实权属"})
    assert "接到举报，核实权属" in said(client.get(f"/listings/{number}"))
    platform.post(f"{console}/take-down", data={"reason": "举报查实"})

    assert (now_is(session, number).state, now_is(session, number).withdrawal_kind) == ("withdrawn", "reported")
    assert client.get(f"/listings/{number}").status_code == 404


# typing in the editor of a change


def version_on(page: str) -> str:
    """The version that the form carries."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_what_is_typed_into_a_change_is_kept_for_its_writer_alone_and_goes_when_she_saves(
    session, institution, browser_of
):
    listing = make_published_listing(session, institution)
    address = f"/console/listings/{listing.number}/change"
    keep = f"/console/listings/unsaved/{listing.achievement_id}?change=1"
    officer = browser_of(institution.officer)
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    assert f'data-autosave="{keep}"' in said(officer.get(address))

    kept = officer.post(keep, data=CHANGED | {"problem": "写了一半的说明"})
    assert (kept.status_code, "已于" in said(kept)) == (200, True)

    page = said(officer.get(address))
    assert "写了一半的说明" in page
    assert "现在保存的" not in page
    assert "写了一半的说明" not in said(colleague.get(address))
    assert session.scalars(select(ListingChange)).first() is None
    assert officer.post(address, data=CHANGED).status_code == 302
    assert session.scalars(select(UnsavedListing)).first() is None


def test_typing_for_a_change_is_given_up_and_the_editor_of_the_change_comes_back(session, institution, browser_of):
    listing = make_published_listing(session, institution)
    officer = browser_of(institution.officer)
    keep = f"/console/listings/unsaved/{listing.achievement_id}"
    officer.post(f"{keep}?change=1", data=CHANGED | {"problem": "写了一半的说明"})

    gone = officer.post(f"{keep}/discard?change=1")

    assert gone.location == f"/console/listings/{listing.number}/change"
    assert "写了一半的说明" not in said(officer.get(gone.location))


def test_typing_over_a_change_that_a_colleague_saved_since_says_what_differs(session, institution, browser_of):
    listing = make_published_listing(session, institution)
    address, keep = f"/console/listings/{listing.number}/change", f"/console/listings/unsaved/{listing.achievement_id}"
    officer = browser_of(institution.officer)
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    officer.post(f"{keep}?change=1", data=CHANGED | {"problem": "我写的说明"})
    colleague.post(address, data=CHANGED | {"problem": "同事写的说明"})

    assert re.search(r"同事写的说明</td>\s*<td[^>]*>我写的说明", said(officer.get(address)))


def test_what_was_typed_into_the_draft_is_no_change_by_itself(session, institution, browser_of):
    listing = make_published_listing(session, institution)
    officer = browser_of(institution.officer)
    officer.post(f"/console/listings/unsaved/{listing.achievement_id}", data=CHANGED | {"problem": "草稿时写的"})

    page = said(officer.get(f"/console/listings/{listing.number}/change"))

    assert "草稿时写的" in page
    assert "现在保存的" in page


def test_the_second_officer_sees_what_differs_in_the_change_and_may_then_save(session, institution, browser_of):
    listing = make_published_listing(session, institution)
    address = f"/console/listings/{listing.number}/change"
    officer = browser_of(institution.officer)
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    officer.post(address, data=CHANGED | {"problem": "先保存的说明"})

    refused = colleague.post(address, data=CHANGED | {"problem": "后保存的说明"})

    page = said(refused)
    assert refused.status_code == 422
    assert re.search(r"先保存的说明</td>\s*<td[^>]*>后保存的说明", page)
    assert session.scalars(select(ListingChange)).one().content["problem"] == "先保存的说明"
    again = colleague.post(address, data=CHANGED | {"problem": "后保存的说明", "version": version_on(page)})
    session.expire_all()
    assert again.status_code == 302
    assert session.scalars(select(ListingChange)).one().content["problem"] == "后保存的说明"
