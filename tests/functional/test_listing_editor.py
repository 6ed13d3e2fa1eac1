"""The editor over HTTP: unsaved typing, colleagues at the same listing, preview, what the law asks, duplicates."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.achievements.models import Encumbrance, OwnershipShare
from market.kernel.events import Event
from market.listings.models import Listing, UnsavedListing
from tests.conftest import NOW
from tests.factories.listings import make_achievement, make_draft_listing, make_published_listing
from tests.factories.world import Institution, make_institution, make_person, sign_in

TYPED = {
    "title": "耐高温泵阀密封件",
    "summary": "用在高温泵阀上，寿命是常用件的三倍。",
    "abstract": "一种高温泵阀用的密封件，由改性石墨和金属骨架压制而成。",
    "technical_field": "materials",
    "industry": "BF",
    "maturity_stage": "pilot",
    "confirms_no_secret": "y",
    "assignment-selected": "y",
    "assignment-pricing": "fixed",
    "assignment-price": "1200000",
    "assignment-basis": "agreement",
}


@pytest.fixture
def institution(session) -> Institution:
    return make_institution(session, name="温州甲大学")


@pytest.fixture
def browser_of(app, session):
    def open_browser(person) -> FlaskClient:
        session.commit()
        browser = app.test_client()
        sign_in(browser, person)
        return browser

    return open_browser


@pytest.fixture
def officer(browser_of, institution) -> FlaskClient:
    return browser_of(institution.officer)


def said(answer) -> str:
    return answer.get_data(as_text=True)


def count(session: Session, model: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def version_on(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


# unsaved typing


def test_what_is_typed_is_kept_for_its_writer_alone_and_goes_when_she_saves(session, institution, officer, browser_of):
    listing = make_draft_listing(session, institution)
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    address, keep = f"/console/listings/{listing.number}/edit", f"/console/listings/unsaved/{listing.achievement_id}"
    typed = TYPED | {"problem": "半句话还没", "assignment-price": "12万左右", "version": str(listing.version)}

    kept = officer.post(keep, data=typed)
    assert kept.status_code == 200
    assert "自动保留" in said(kept)
    shown = said(officer.get(address))
    assert "已恢复您" in shown
    assert "半句话还没" in shown
    assert "12万左右" in shown
    assert "半句话还没" not in said(colleague.get(address))
    session.refresh(listing)
    assert listing.problem == "高温下密封件磨损快。"

    saved = officer.post(address, data=TYPED | {"version": version_on(shown)})
    assert saved.status_code == 302
    assert count(session, UnsavedListing) == 0


def test_typing_for_a_listing_that_does_not_exist_yet_comes_back_too_and_can_be_discarded(
    session, institution, officer
):
    achievement = make_achievement(session, institution.organisation)
    session.commit()
    address = f"/console/listings/new?achievement={achievement.id}"

    officer.post(f"/console/listings/unsaved/{achievement.id}", data=TYPED | {"title": "写了一半的名称", "version": ""})
    assert "写了一半的名称" in said(officer.get(address))
    gone = officer.post(f"/console/listings/unsaved/{achievement.id}/discard")

    assert gone.location == address
    assert "写了一半的名称" not in said(officer.get(address))
    assert count(session, Listing) == 0


def test_nobody_keeps_typing_for_another_institutions_entry(session, browser_of, institution):
    foreign = make_achievement(session, make_institution(session).organisation)
    browser = browser_of(institution.officer)

    answers = [
        browser.post(f"/console/listings/{way}", data=TYPED)
        for way in (f"unsaved/{foreign.id}", f"unsaved/{foreign.id}/discard", f"preview/{foreign.id}")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert count(session, UnsavedListing) == 0


def test_what_the_database_cannot_hold_is_left_out_of_what_is_kept(session, institution, officer):
    achievement = make_achievement(session, institution.organisation)
    session.commit()

    kept = officer.post(f"/console/listings/unsaved/{achievement.id}", data=TYPED | {"problem": "前\x00后"})

    assert kept.status_code == 200
    assert session.scalars(select(UnsavedListing)).one().content["problem"] == ["前后"]


# two officers


def test_the_second_officer_sees_what_differs_keeps_her_text_and_may_then_save(
    session, institution, officer, browser_of
):
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    listing = make_draft_listing(session, institution)
    session.commit()
    address = f"/console/listings/{listing.number}/edit"
    version = version_on(said(officer.get(address)))
    officer.post(address, data=TYPED | {"version": version, "title": "先保存的名称"})

    refused = colleague.post(address, data=TYPED | {"version": version, "title": "后保存的名称"})
    page = said(refused)
    assert refused.status_code == 422
    assert "现在保存的" in page
    assert re.search(r"先保存的名称</td>\s*<td[^>]*>后保存的名称", page)
    session.refresh(listing)
    assert listing.title == "先保存的名称"

    again = colleague.post(address, data=TYPED | {"version": version_on(page), "title": "后保存的名称"})
    assert again.status_code == 302
    session.refresh(listing)
    assert listing.title == "后保存的名称"


def test_restored_typing_over_an_older_version_says_what_a_colleague_changed(session, institution, officer, browser_of):
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    listing = make_draft_listing(session, institution)
    session.commit()
    address = f"/console/listings/{listing.number}/edit"
    version = version_on(said(officer.get(address)))
    officer.post(
        f"/console/listings/unsaved/{listing.achievement_id}", data=TYPED | {"version": version, "title": "我写的名称"}
    )
    colleague.post(address, data=TYPED | {"version": version, "title": "同事保存的名称"})

    page = said(officer.get(address))

    assert "您编辑期间，这条挂牌已被修改" in page
    assert re.search(r"同事保存的名称</td>\s*<td[^>]*>我写的名称", page)


# preview


def test_the_preview_shows_what_is_typed_and_stores_nothing(session, institution, officer):
    listing = make_draft_listing(session, institution)
    session.commit()
    events = count(session, Event)
    terms = {"assignment-payment": "instalments", "assignment-instalments": "签约后 | 40%\n验收后 | 60%"}
    contact = {"contact_name": "林老师", "contact_phone": "0577-86598000"}

    seen = officer.post(
        f"/console/listings/preview/{listing.achievement_id}", data=TYPED | terms | contact | {"title": "预览名称"}
    )

    page = said(seen)
    assert seen.status_code == 200
    assert "预览名称" in page
    assert "签约后，40%；验收后，60%" in page
    assert "noindex" in page
    assert "林老师" not in page
    assert "0577-86598000" not in page
    session.expire_all()
    assert (listing.title, count(session, Event), count(session, Listing)) == ("耐高温泵阀密封件", events, 1)


def test_a_preview_of_what_cannot_be_read_goes_back_to_the_form(session, institution, officer):
    achievement = make_achievement(session, institution.organisation)
    session.commit()

    seen = officer.post(f"/console/listings/preview/{achievement.id}", data=TYPED | {"assignment-price": "不少"})

    assert seen.status_code == 422
    assert "请用数字填写金额" in said(seen)
    assert "不少" in said(seen)


# terms and the law


def test_terms_are_kept_and_shown_to_everybody_and_the_contact_to_nobody(client, session, institution, officer):
    achievement = make_achievement(session, institution.organisation)
    session.commit()
    data = TYPED | {
        "application": "化工厂高温泵的填料函",
        "applied_industries": "C3444",
        "contact_name": "林老师",
        "contact_phone": "0577-86598000",
        "assignment-payment": "lump_sum",
        "assignment-support": "派两人指导十天",
        "joint_development-selected": "y",
        "joint_development-pricing": "negotiable",
        "joint_development-partner_funding": "500000",
    }

    made = officer.post(f"/console/listings/new?achievement={achievement.id}", data=data)

    assert made.status_code == 302
    listing = session.scalars(select(Listing)).one()
    assert [offer.terms for offer in listing.offers] == [
        {"payment": "lump_sum", "support": "派两人指导十天"},
        {"partner_funding": 50_000_000},
    ]
    assert (listing.applied_industries, listing.contact_phone) == (["3444"], "0577-86598000")
    assert listing.no_secret_by_id == institution.officer.id
    listing.state, listing.published_at = "published", NOW
    session.commit()
    page = said(client.get(f"/listings/{listing.number}"))
    for words in ("派两人指导十天", "50.00 万元", "合作开发", "化工厂高温泵的填料函"):
        assert words in page
    assert "林老师" not in page
    assert "86598000" not in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"assignment-instalments": "签约后 | 40%"}, "分期比例合计 40%，应为 100%"),
        ({"assignment-instalments": "签约后"}, "第 1 行要有 2 格"),
        ({"technical_level": "world_leading"}, "技术水平只能按评价报告填写"),
        ({"technical_level_report": "评 18 号"}, "技术水平只能按评价报告填写"),
        ({"applied_industries": "C9999"}, "9999"),
        ({"contact_phone": "打我电话"}, "请填写电话号码"),
        ({"summary": "长" * 301}, "一句话不超过 300 字"),
    ],
)
def test_terms_and_facts_that_are_wrong_are_told_and_nothing_is_kept(session, institution, officer, changed, sentence):
    achievement = make_achievement(session, institution.organisation)
    session.commit()

    answer = officer.post(f"/console/listings/new?achievement={achievement.id}", data=TYPED | changed)

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert count(session, Listing) == 0


def test_without_the_confirmation_that_it_holds_no_secret_it_is_not_submitted(session, institution, officer):
    listing = make_draft_listing(session, institution)
    listing.no_secret_by_id = listing.no_secret_at = None
    session.commit()

    answer = officer.post(f"/console/listings/{listing.number}/submission")

    assert answer.status_code == 422
    assert "不含国家秘密" in said(answer)
    session.refresh(listing)
    assert listing.state == "draft"


def test_a_licence_in_force_bars_a_second_one_with_the_article_in_both_languages(session, institution, officer):
    listing = make_draft_listing(session, institution)
    right = listing.achievement.rights[0]
    session.add(
        Encumbrance(
            right_id=right.id, kind="preservation", holder="某法院", from_on=NOW.date(), recorded_at=NOW
        )
    )  # fmt: skip
    session.commit()
    address = f"/console/listings/{listing.number}"

    chinese = officer.post(f"{address}/submission")
    english = officer.post(f"{address}/submission", headers={"Accept-Language": "en"})

    assert (chinese.status_code, english.status_code) == (422, 422)
    assert "正被保全或中止" in said(chinese)
    assert "专利法实施细则第86条" in said(chinese)
    session.refresh(listing)
    assert listing.state == "draft"


def test_consent_that_the_register_holds_needs_no_paper(session, institution, officer):
    listing = make_draft_listing(session, institution)
    for position, (kind, name, day) in enumerate(
        [("institution", "温州甲大学", None), ("co_owner", "某阀门公司", NOW.date())], 1
    ):
        session.add(
            OwnershipShare(
                achievement_id=listing.achievement_id,
                position=position,
                holder_kind=kind,
                name=name,
                share=5000,
                consented_on=day,
                consented_by="王某" if day else None,
            )
        )
    session.commit()

    page = said(officer.get(f"/console/listings/{listing.number}/edit"))
    answer = officer.post(f"/console/listings/{listing.number}/submission")

    assert "台账已登记同意：某阀门公司" in page
    assert answer.status_code == 302


# duplicates


def test_what_is_nearly_the_same_is_named_others_only_if_public_and_blocks_nothing(session, institution, browser_of):
    other = make_institution(session)
    public, hidden = make_published_listing(session, other), make_draft_listing(session, other)
    mine = make_draft_listing(session, institution)
    browser = browser_of(institution.officer)

    page = said(browser.get(f"/console/listings/{mine.number}/edit"))

    assert "可能重复" in page
    assert f"/listings/{public.number}" in page
    assert hidden.number not in page
    assert mine.number not in page.split('class="alike"')[1].split("</div>")[0]
    version = version_on(page)
    saved = browser.post(f"/console/listings/{mine.number}/edit", data=TYPED | {"version": version})
    assert saved.status_code == 302


def test_an_own_entry_with_the_same_title_is_named(session, institution, officer):
    twin = make_achievement(session, institution.organisation, title="耐高温泵阀密封件")
    mine = make_draft_listing(session, institution)
    session.commit()

    page = said(officer.get(f"/console/listings/{mine.number}/edit"))

    assert f"/console/register/{twin.id}" in page
    assert "相似 100%" in page


def test_the_list_shows_each_listings_score_as_the_editor_does(session, institution, officer):
    listing = make_draft_listing(session, institution)
    session.commit()

    editor = said(officer.get(f"/console/listings/{listing.number}/edit"))
    page = said(officer.get("/console/listings"))

    score = re.search(r'<progress value="(\d+)" max="100"', editor)
    assert score
    assert re.findall(r'<td class="number"[^>]*>(\d+)</td>', page) == [score[1]]
