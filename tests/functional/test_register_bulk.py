"""Several entries of the register at once: each is changed or refused for itself, without JavaScript."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.achievements.editing.rules import ProjectDraft
from market.achievements.models import Achievement, OpenListEntry
from market.achievements.vocabulary import FundingLevel, OwnershipStatus
from market.kernel.events import Event
from market.listings.models import Listing
from tests.conftest import NOW
from tests.factories.register_entries import MODEL, PUMP, VALVE, make_entry, right_draft
from tests.factories.world import Institution, actor_of, make_institution, make_person, sign_in

NAME = "东海农业大学"
BULK, DRAFTS = "/console/register/bulk", "/console/register/drafts"


@pytest.fixture
def institution(session: Session) -> Institution:
    return make_institution(session, name=NAME)


@pytest.fixture
def entries(client: FlaskClient, session: Session, institution: Institution) -> list[int]:
    """A plain one, one that the three-year rule puts on the list, and one whose ownership is not settled."""
    officer = actor_of(institution.officer)
    fiscal = {"is_fiscally_funded": True, "projects": (ProjectDraft(FundingLevel.PROVINCE, "2015C01234"),)}
    made = [
        make_entry(session, officer, NOW, right_draft(NAME, VALVE, title="一种阀")),
        make_entry(
            session, officer, NOW, right_draft(NAME, PUMP, title="一种泵", grant_date=date(2019, 3, 5)), **fiscal
        ),
        make_entry(session, officer, NOW, right_draft("别家公司", MODEL, title="别家的")),
    ]
    session.commit()
    sign_in(client, institution.officer)
    return [entry.id for entry in made]


def send(client: FlaskClient, entries: list[int], address: str = BULK, **fields: str) -> Any:
    return client.post(address, data={"entry": entries} | {f"bulk-{name}": value for name, value in fields.items()})


def changed(session: Session) -> list[int]:
    session.expire_all()
    events = select(Event.subject_id).where(Event.action == "achievement.changed").order_by(Event.id)
    return [int(one) for one in session.scalars(events)]


def test_the_register_offers_boxes_and_one_form_to_whoever_keeps_it(
    client: FlaskClient, session: Session, institution: Institution, entries: list[int]
) -> None:
    page = client.get("/console/register").get_data(as_text=True)
    assert [f'name="entry" value="{entry}" form="bulk"' in page for entry in entries] == [True] * 3
    assert f'formaction="{DRAFTS}"' in page
    head = make_person(session, institution.organisation, Role.INSTITUTION_HEAD)
    session.commit()
    sign_in(client, head)
    assert 'name="entry"' not in client.get("/console/register").get_data(as_text=True)


def test_what_is_chosen_is_set_for_each_with_its_event_and_again_changes_nothing(
    client: FlaskClient, session: Session, entries: list[int]
) -> None:
    fields = {
        "technical_field": "manufacturing",
        "industry": "BF",
        "county_code": "330302",
        "trl": "6",
        "trl_evidence": "中试报告",
    }
    answer = send(client, entries[:2], **fields)
    assert answer.status_code == 200
    assert changed(session) == entries[:2]
    wanted = ("manufacturing", "BF", "330302", 6, "pilot", "中试报告")
    columns = (
        Achievement.technical_field, Achievement.industry, Achievement.county_code, Achievement.trl,
        Achievement.maturity_stage, Achievement.trl_evidence,
    )  # fmt: skip
    found = session.execute(select(*columns).order_by(Achievement.id)).all()
    assert [tuple(row) for row in found] == [wanted, wanted, (None, None, None, None, None, "")]
    assert send(client, entries[:2], **fields).get_data(as_text=True).count("原本如此</span>") == 2
    assert changed(session) == entries[:2]


def test_one_that_breaks_a_rule_is_refused_alone_with_its_reason(
    client: FlaskClient, session: Session, entries: list[int]
) -> None:
    send(client, entries[:1], trl_evidence="检测报告")
    answer = send(client, entries[:2], trl="5", industry="BF").get_data(as_text=True)
    assert "请写明技术就绪等级的依据" in answer
    assert changed(session) == [entries[0], entries[0]]
    assert [session.get_one(Achievement, one).industry for one in entries[:2]] == ["BF", None]


def test_only_what_the_three_year_rule_names_is_put_on_the_open_list(
    client: FlaskClient, session: Session, entries: list[int]
) -> None:
    answer = send(client, entries[:2], decision="offered", decision_text="普通许可，每年两万元").get_data(as_text=True)
    assert "不属于公开实施清单" in answer
    listed = session.scalars(select(OpenListEntry)).one()
    assert (listed.achievement_id, listed.decision, listed.terms) == (entries[1], "offered", "普通许可，每年两万元")
    decided = session.scalars(select(Event.subject_id).where(Event.action == "achievement.open_list_decided")).all()
    assert [int(one) for one in decided] == [entries[1]]
    assert "请写明理由和依据" in send(client, entries[1:2], decision="excused").get_data(as_text=True)
    session.expire_all()
    assert session.scalars(select(OpenListEntry.decision)).all() == ["offered"]


@pytest.mark.parametrize(
    ("count", "fields", "words"),
    [
        (0, {"industry": "BF"}, "请先勾选至少一项成果"),
        (2, {}, "请至少填写一项要设置的内容"),
        (2, {"industry": "ZZZ"}, "批量设置的结果"),
    ],
)
def test_a_choice_that_says_nothing_changes_nothing(
    client: FlaskClient, session: Session, entries: list[int], count: int, fields: dict[str, str], words: str
) -> None:
    answer = send(client, entries[:count], **fields)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert changed(session) == []


@pytest.mark.parametrize("address", [BULK, DRAFTS])
def test_an_entry_of_another_institution_is_not_there_and_nothing_changes(
    client: FlaskClient, session: Session, entries: list[int], address: str
) -> None:
    other = make_institution(session, name="别的大学")
    foreign = make_entry(session, actor_of(other.officer), NOW, title="别人的配方").id
    session.commit()
    assert send(client, [*entries[:1], foreign], address, industry="BF").status_code == 404
    assert changed(session) == []
    assert session.scalar(select(func.count(Listing.id))) == 0


def test_drafts_are_started_for_those_that_may_be_listed_and_stay_drafts(
    client: FlaskClient, session: Session, entries: list[int]
) -> None:
    send(
        client,
        [entries[0], entries[2]],
        technical_field="manufacturing",
        industry="BF",
        trl="6",
        trl_evidence="中试报告",
    )
    answer = send(client, entries, DRAFTS)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    session.expire_all()
    listing = session.scalars(select(Listing)).one()
    assert (listing.achievement_id, listing.state, listing.title) == (entries[0], "draft", "一种阀")
    assert f"/console/listings/{listing.number}/edit" in page
    assert "请先在台账里填写技术领域、产业和技术就绪等级" in page  # the second says too little
    assert "权属待确认" in page  # the third is not settled
    assert session.get_one(Achievement, entries[2]).ownership_status == OwnershipStatus.PENDING
    assert [int(one) for one in session.scalars(select(Event.subject_id).where(Event.action == "listing.created"))] == [
        listing.id
    ]
    send(client, entries, DRAFTS)
    assert session.scalar(select(func.count(Listing.id))) == 1
    assert client.get(f"/console/listings/{listing.number}/edit").status_code == 200
