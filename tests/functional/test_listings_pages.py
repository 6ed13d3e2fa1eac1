"""A listing through HTTP: from the register to the public page, as officer, head, operator and visitor."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.achievements.models import Achievement
from market.kernel.events import Event
from market.listings import service
from market.listings.models import Listing
from tests.conftest import NOW
from tests.factories.listings import (
    AUCTION,
    INVESTMENT,
    LICENCE,
    SALE,
    TRIAL,
    make_achievement,
    make_approved_listing,
    make_draft_listing,
    make_published_listing,
    make_submitted_listing,
)
from tests.factories.world import Institution, actor_of, make_institution, make_organisation, make_person, sign_in

TYPED = {
    "title": "耐高温泵阀密封件",
    "summary": "用在高温泵阀上，寿命是常用件的三倍。",
    "abstract": "一种高温泵阀用的密封件，由改性石墨和金属骨架压制而成。",
    "problem": "高温下密封件磨损快。",
    "advantage": "350 度下连续运行 2000 小时。",
    "technical_field": "materials",
    "industry": "BF",
    "maturity_stage": "pilot",
    "confirms_no_secret": "y",
    "assignment-selected": "y",
    "assignment-pricing": "fixed",
    "assignment-price": "1,200,000.50",
    "assignment-basis": "agreement",
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


@pytest.fixture
def officer(browser_of, institution) -> FlaskClient:
    return browser_of(institution.officer)


def said(answer) -> str:
    return answer.get_data(as_text=True)


def state(session: Session, number: str) -> str | None:
    session.expire_all()
    return session.scalar(select(Listing.state).where(Listing.number == number))


def events(session: Session) -> int:
    return session.scalar(select(func.count(Event.id))) or 0


def number_in(address: str) -> str:
    found = re.fullmatch(r"/console/listings/(WZ[0-9A-Z]+)", address)
    assert found is not None
    return found.group(1)


def test_from_the_register_to_the_public_page(client, session, institution, operator, browser_of):
    achievement = make_achievement(session, institution.organisation, legal_status="unknown")
    officer, head, platform = browser_of(institution.officer), browser_of(institution.head), browser_of(operator)
    written = officer.post(f"/console/listings/new?achievement={achievement.id}", data=TYPED)
    number = number_in(written.location)
    console = f"/console/listings/{number}"

    # the unknown status is asked for, and confirmed
    assert "我已查询国家知识产权局登记" in said(officer.get(console))
    refused = officer.post(f"{console}/submission")
    assert refused.status_code == 422
    assert "法律状态未核实" in said(refused)
    assert state(session, number) == "draft"
    assert officer.post(f"{console}/submission", data={"confirms_legal_status": "yes"}).status_code == 302
    assert state(session, number) == "institution_review"

    # nobody sees it yet
    assert client.get(f"/listings/{number}").status_code == 404
    assert platform.get(console).status_code == 404

    # the second person, then the operator
    assert officer.post(f"{console}/institution-review", data={"decision": "approve"}).status_code == 403
    assert head.post(f"{console}/institution-review", data={"decision": "approve"}).status_code == 302
    assert state(session, number) == "platform_review"
    assert platform.post(f"{console}/platform-review", data={"decision": "approve"}).status_code == 302
    assert state(session, number) == "published"

    # and the public page says what a buyer needs
    page = said(client.get(f"/listings/{number}"))
    for words in (
        "耐高温泵阀密封件",
        "温州甲大学",
        "转让",
        "120.00005 万元",
        "协议定价",
        "泵阀",
        "2039-05-06",
        "发明专利",
    ):
        assert words in page
    index_jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'search.index_listing'"
    assert session.scalar(text(index_jobs)) == 5


def test_reviewers_read_all_that_is_said_and_whom_to_call(client, session, institution, operator, browser_of):
    achievement = make_achievement(session, institution.organisation)
    officer, head, platform = browser_of(institution.officer), browser_of(institution.head), browser_of(operator)
    typed = TYPED | {
        "application": "石化厂的热油泵。",
        "contact_name": "林联系",
        "contact_role": "主任",
        "contact_phone": "0577-12345678",
    }
    console = officer.post(f"/console/listings/new?achievement={achievement.id}", data=typed).location
    officer.post(f"{console}/submission")
    told = (typed["abstract"], typed["application"], "林联系 主任 0577-12345678")
    assert all(words in said(head.get(console)) for words in told)
    head.post(f"{console}/institution-review", data={"decision": "approve"})
    assert all(words in said(platform.get(console)) for words in told)
    platform.post(f"{console}/platform-review", data={"decision": "approve"})
    assert "林联系" not in said(client.get(f"/listings/{number_in(console)}"))


def test_what_is_missing_for_the_review_leads_to_where_it_is_written(session, institution, officer):
    achievement = make_achievement(session, institution.organisation)
    achievement.trl, achievement.abstract = None, ""
    session.commit()
    console = officer.post(
        f"/console/listings/new?achievement={achievement.id}", data=TYPED | {"abstract": ""}
    ).location
    page = said(officer.get(console))
    assert f'<a href="{console}/edit#abstract">去补充</a>' in page
    assert f'<a href="/console/register/{achievement.id}">去补充</a>' in page
    assert officer.post(f"{console}/submission").status_code == 422
    assert state(session, number_in(console)) == "draft"


def test_one_person_in_both_roles_does_not_approve_her_own(session, institution, browser_of):
    both = make_person(session, institution.organisation, Role.TRANSFER_OFFICER, Role.INSTITUTION_HEAD)
    achievement = make_achievement(session, institution.organisation)
    browser = browser_of(both)
    number = number_in(browser.post(f"/console/listings/new?achievement={achievement.id}", data=TYPED).location)
    browser.post(f"/console/listings/{number}/submission")
    shown = said(browser.get(f"/console/listings/{number}"))
    before = events(session)

    answer = browser.post(f"/console/listings/{number}/institution-review", data={"decision": "approve"})

    assert "须由本单位另一位负责人审核" in shown
    assert 'value="approve"' not in shown
    assert answer.status_code == 422
    assert "不能审核自己编写或提交的挂牌" in said(answer)
    assert (state(session, number), events(session)) == ("institution_review", before)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"expires_on": date(2024, 5, 6)}, "保护期已于 2024-05-06 届满，已经失效，不能挂牌"),
        ({"legal_status": "lapsed"}, "登记为失效，不能挂牌"),
        ({"ownership": "pending", "applicants": "李某"}, "权属待确认"),
    ],
)
def test_an_achievement_that_cannot_be_listed_is_refused_with_the_reason(
    session, institution, browser_of, known, sentence
):
    achievement = make_achievement(session, institution.organisation, **known)
    browser = browser_of(institution.officer)

    shown = browser.get(f"/console/listings/new?achievement={achievement.id}")
    answer = browser.post(f"/console/listings/new?achievement={achievement.id}", data=TYPED)

    assert sentence in said(shown)
    assert "保存草稿" not in said(shown)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert session.scalar(select(func.count(Listing.id))) == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"assignment-price": "0"}, "金额必须大于 0 元"),
        ({"assignment-price": "-1"}, "请用数字填写金额"),
        ({"assignment-price": "1e9"}, "请用数字填写金额"),
        ({"assignment-price": "abc"}, "请用数字填写金额"),
        ({"assignment-price": ""}, "“转让”需要填写价格"),
        ({"assignment-basis": ""}, "“转让”需要选择价格依据"),
        ({"title": ""}, "请填写成果名称"),
        ({"title": "长" * 201}, "名称不超过 200 字"),
        ({"technical_field": "magic"}, "Not a valid choice"),
        (
            {"try_first-selected": "y", "try_first-pricing": "free_trial", "try_first-trial_months": "37"},
            "试用期须为",
        ),
    ],
)
def test_what_is_typed_wrong_is_told_and_nothing_is_kept(session, institution, officer, changed, sentence):
    achievement = make_achievement(session, institution.organisation)
    session.commit()

    answer = officer.post(f"/console/listings/new?achievement={achievement.id}", data=TYPED | changed)

    assert answer.status_code == 422
    if sentence.isascii():  # the library's own words, in the reader's language
        assert 'class="invalid-feedback' in said(answer) or "is-invalid" in said(answer)
    else:
        assert sentence in said(answer)
    assert "寿命是常用件的三倍" in said(answer)  # what was typed is still there
    assert session.scalar(select(func.count(Listing.id))) == 0


def test_a_shared_patent_is_submitted_for_sale_with_consent_only(session, institution, browser_of):
    achievement = make_achievement(session, institution.organisation, applicants="温州甲大学；温州某阀门有限公司")
    browser = browser_of(institution.officer)
    console = browser.post(f"/console/listings/new?achievement={achievement.id}", data=TYPED).location
    number = number_in(console)

    refused = browser.post(f"{console}/submission")
    assert refused.status_code == 422
    assert "专利法第14条" in said(refused)
    assert "温州某阀门有限公司" in said(refused)
    assert state(session, number) == "draft"

    paper = {"assignment-confirm_co_owner_consent": "共有人同意书，2026-10-08", "version": "1"}
    assert browser.post(f"{console}/edit", data=TYPED | paper).status_code == 302
    assert "共有人同意书，2026-10-08" in said(browser.get(console))
    assert browser.post(f"{console}/submission").status_code == 302
    assert state(session, number) == "institution_review"


# two officers


def test_of_two_officers_who_edit_at_the_same_time_the_second_is_told(session, institution, officer, browser_of, clock):
    colleague = browser_of(make_person(session, institution.organisation, Role.TRANSFER_OFFICER))
    listing = make_draft_listing(session, institution)
    session.commit()
    address = f"/console/listings/{listing.number}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', said(officer.get(address))).group(1)

    first = officer.post(address, data=TYPED | {"version": version, "title": "先保存的名称"})
    second = colleague.post(address, data=TYPED | {"version": version, "title": "后保存的名称"})

    assert first.status_code == 302
    assert second.status_code == 422
    assert "您编辑期间，这条挂牌已被修改" in said(second)
    assert "后保存的名称" in said(second)  # nothing that she typed is lost
    session.refresh(listing)
    assert listing.title == "先保存的名称"


@pytest.mark.parametrize("version", [None, "", "0", "abc", "²", "9" * 5000])
def test_an_edit_that_does_not_say_what_it_saw_overwrites_nothing(session, institution, officer, version):
    listing = make_draft_listing(session, institution)
    session.commit()
    data = TYPED | {"title": "另一个名称"} | ({} if version is None else {"version": version})

    answer = officer.post(f"/console/listings/{listing.number}/edit", data=data)

    assert answer.status_code == 422
    session.refresh(listing)
    assert listing.title == "耐高温泵阀密封件"


def test_a_button_pressed_twice_moves_once(session, institution, browser_of):
    listing = make_submitted_listing(session, institution)
    head = browser_of(institution.head)
    address = f"/console/listings/{listing.number}/institution-review"

    head.post(address, data={"decision": "approve"})
    before = events(session)
    again = head.post(address, data={"decision": "approve"})

    assert again.status_code == 422
    assert "现在的状态不允许这一步操作" in said(again)
    assert (state(session, listing.number), events(session)) == ("platform_review", before)


def test_an_answer_that_is_neither_yes_nor_no_decides_nothing(session, institution, operator, browser_of):
    waiting, approved = make_submitted_listing(session, institution), make_approved_listing(session, institution)
    data = {"decision": "maybe", "reason": "价格依据不清"}

    by_head = browser_of(institution.head).post(f"/console/listings/{waiting.number}/institution-review", data=data)
    by_operator = browser_of(operator).post(f"/console/listings/{approved.number}/platform-review", data=data)

    assert (by_head.status_code, by_operator.status_code) == (422, 422)
    assert (state(session, waiting.number), state(session, approved.number)) == (
        "institution_review",
        "platform_review",
    )


# rejected, paused, withdrawn


def test_a_rejection_says_why_and_the_officer_may_try_again(session, institution, operator, browser_of):
    listing = make_approved_listing(session, institution)
    number = listing.number
    officer, platform = browser_of(institution.officer), browser_of(operator)
    address = f"/console/listings/{number}"

    bare = platform.post(f"{address}/platform-review", data={"decision": "reject"})
    assert bare.status_code == 422
    assert "请写明理由" in said(bare)
    assert state(session, number) == "platform_review"

    platform.post(f"{address}/platform-review", data={"decision": "reject", "reason": "请补充成熟度说明"})
    shown = said(officer.get(address))
    assert "请补充成熟度说明" in shown
    version = re.search(r'name="version"[^>]*value="(\d+)"', said(officer.get(f"{address}/edit"))).group(1)
    assert officer.post(f"{address}/edit", data=TYPED | {"version": version}).status_code == 302
    assert officer.post(f"{address}/submission").status_code == 302
    assert state(session, number) == "institution_review"


def test_a_paused_listing_keeps_its_page_says_why_and_takes_no_applications(client, session, institution, officer):
    listing = make_published_listing(session, institution)
    session.commit()
    number = listing.number

    bare = officer.post(f"/console/listings/{number}/pause", data={"reason": " "})
    assert (bare.status_code, state(session, number)) == (422, "published")
    officer.post(f"/console/listings/{number}/pause", data={"reason": "正在与一家企业洽谈"})

    page = said(client.get(f"/listings/{number}"))
    assert "挂牌已中止，目前不能申请" in page
    assert "正在与一家企业洽谈" in page
    assert "/application" not in page
    officer.post(f"/console/listings/{number}/resumption")
    assert state(session, number) == "published"
    assert "/application" in said(client.get(f"/listings/{number}"))


def test_a_withdrawn_listing_has_no_public_page(client, session, institution, officer):
    listing = make_published_listing(session, institution)
    session.commit()

    answer = officer.post(f"/console/listings/{listing.number}/withdrawal", data={"reason": "专利已转让"})

    assert answer.status_code == 302
    assert state(session, listing.number) == "withdrawn"
    assert client.get(f"/listings/{listing.number}").status_code == 404


# the public page and the lists


def test_the_public_page_offers_each_way_its_next_step(client, session, institution):
    listing = make_published_listing(session, institution, SALE, LICENCE, INVESTMENT, TRIAL, AUCTION)
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    applying = [offer.id for offer in listing.offers if offer.transfer_way not in ("invest_first", "auction")]
    assert re.findall(r"/offers/(\d+)/application", page) == [str(offer_id) for offer_id in applying]
    assert f"/lots/of/{listing.number}" in page
    assert "申报暂未开放" in page
    assert "试用 6 个月" in page


def test_the_public_page_does_not_show_what_the_reviewers_wrote(client, session, institution, operator):
    listing = make_approved_listing(session, institution)
    service.review_by_platform(session, actor_of(operator), listing.id, approves=True, reason="底价可谈到八折", now=NOW)
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    assert "平台审核通过" in page
    assert "底价可谈到八折" not in page


def test_a_right_runs_out_at_midnight_in_wenzhou(client, session, institution, clock):
    listing = make_published_listing(session, institution)
    listing.achievement.rights[0].expires_on = date(2026, 12, 1)
    session.commit()

    clock.at = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)
    assert "失效" not in said(client.get(f"/listings/{listing.number}"))
    clock.at = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert "失效" in said(client.get(f"/listings/{listing.number}"))


def test_the_public_page_names_no_person_of_the_institution(client, session, institution):
    listing = make_published_listing(session, institution)
    session.commit()

    page = said(client.get(f"/listings/{listing.number}"))

    assert "平台审核通过并上架" in page
    assert institution.officer.display_name not in page
    assert institution.head.display_name not in page


def test_words_that_look_like_markup_stay_words(client, session, institution, officer, operator, browser_of):
    achievement = make_achievement(session, institution.organisation)
    session.commit()
    evil = '<script>alert("1")</script>'
    data = TYPED | {"title": evil, "summary": evil, "problem": evil}

    number = number_in(officer.post(f"/console/listings/new?achievement={achievement.id}", data=data).location)

    shown = said(officer.get(f"/console/listings/{number}"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"published", "draft", "institution_review"}),
        ("?state=draft", {"draft"}),
        ("?state=nonsense", {"published", "draft", "institution_review"}),
        ("?text=没有这个", set()),
    ],
)
def test_the_list_is_filtered_by_its_address(session, institution, officer, query, expected):
    made = [make(session, institution) for make in (make_published_listing, make_draft_listing, make_submitted_listing)]
    foreign = make_published_listing(session, make_institution(session))
    session.commit()

    page = said(officer.get(f"/console/listings{query}"))

    assert {listing.state for listing in made if listing.number in page} == expected
    assert foreign.number not in page


def test_the_operators_list_begins_with_the_platforms_review(session, institution, operator, browser_of):
    hidden, waiting = make_submitted_listing(session, institution), make_approved_listing(session, institution)

    page = said(browser_of(operator).get("/console/listings"))

    assert waiting.number in page
    assert hidden.number not in page


def test_the_tasks_lead_each_role_to_what_waits_for_it(session, institution, operator, browser_of):
    make_submitted_listing(session, institution)
    make_approved_listing(session, institution)

    assert "1 条挂牌等待本单位审核" in said(browser_of(institution.head).get("/console"))
    assert "1 条挂牌等待平台审核" in said(browser_of(operator).get("/console"))
    assert "等待本单位审核" not in said(browser_of(institution.officer).get("/console"))


def test_an_achievement_of_another_institution_is_not_there(session, officer):
    foreign = make_achievement(session, make_institution(session).organisation)
    session.commit()

    answer = officer.post(f"/console/listings/new?achievement={foreign.id}", data=TYPED)

    assert answer.status_code == 404
    assert session.scalar(select(func.count(Listing.id))) == 0
    assert session.get_one(Achievement, foreign.id).updated_at == NOW
