"""Synonyms change by two persons, are in force with the next search, and every version is kept."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.rules import OrganisationKind, Role
from market.kernel.errors import NotAllowed
from market.kernel.events import Event
from search import service as search_service
from search.query import from_text
from search.synonyms import rules, service
from search.synonyms.current import current_dictionary, expanded
from search.synonyms.models import SynonymChange
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.synonyms import propose_group
from tests.factories.world import actor_of, make_organisation, make_person, sign_in

SHIPPED = "/console/synonyms/sealing-ring"
WORDS = {"words": "瓯柑果醋\n瓯柑醋饮", "narrower": "柑橘果汁", "reason": "客户这样称呼"}


@pytest.fixture
def bureau(session: Session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.BUREAU), Role.SUPERVISOR)


@pytest.fixture
def operator(session: Session) -> Person:
    return make_person(session, make_organisation(session, OrganisationKind.OPERATOR), Role.OPERATOR)


@pytest.fixture
def change(session: Session, app: Flask, bureau: Person) -> SynonymChange:
    """A new group that the bureau proposed through the form."""
    client = app.test_client()
    sign_in(client, bureau)
    assert client.post("/console/synonyms/new", data=WORDS).status_code == 302
    return session.scalars(select(SynonymChange)).one()


def decide(client: FlaskClient, change: SynonymChange, decision: str = "approve", reason: str = "") -> Any:
    address = f"/console/synonyms/changes/{change.id}/decision"
    return client.post(address, data={"decision": decision, "reason": reason})


def others(session: Session, text: str) -> list[str]:
    return [one.text for one in expanded(session, from_text(text)).alternatives]


def page(client: FlaskClient, address: str) -> str:
    with client.get(address) as answer:
        assert answer.status_code == 200, answer.status_code
        return answer.get_data(as_text=True)


def test_a_proposal_alone_changes_nothing_that_is_found(session: Session, change: SynonymChange) -> None:
    assert (change.state, change.code[:4]) == ("proposed", "own-")
    assert others(session, "瓯柑果醋") == []


def test_what_the_second_person_approves_is_in_force_with_the_next_search_and_is_recorded(
    session: Session, client: FlaskClient, change: SynonymChange, operator: Person
) -> None:
    assert others(session, "瓯柑醋饮") == []
    sign_in(client, operator)
    answer = decide(client, change)
    assert (answer.status_code, answer.location) == (302, f"/console/synonyms/{change.code}")
    assert others(session, "瓯柑醋饮") == ["瓯柑果醋", "柑橘果汁"]
    assert others(session, "柑橘果汁") == []
    events = session.scalars(select(Event).where(Event.subject_kind == "synonym_change").order_by(Event.id)).all()
    assert [event.action for event in events] == ["synonyms.proposed", "synonyms.approved"]
    assert events[1].payload["words"] == "瓯柑果醋、瓯柑醋饮"


def test_the_hall_finds_by_the_other_word_and_marks_it(
    app: Flask, session: Session, client: FlaskClient, change: SynonymChange, operator: Person
) -> None:
    make_public_listing(session, "低糖柑橘果汁")
    search_service.rebuild(app.extensions["kezhuan_search"])
    assert "低糖" not in page(client, "/listings?q=瓯柑醋饮")
    sign_in(client, operator)
    decide(client, change)
    assert "低糖<mark>柑橘果汁</mark>" in page(client, "/listings?q=瓯柑醋饮")


def test_nobody_approves_her_own_change(
    session: Session, client: FlaskClient, change: SynonymChange, bureau: Person
) -> None:
    sign_in(client, bureau)
    answer = decide(client, change)
    session.refresh(change)
    assert (answer.status_code, change.state) == (403, "proposed")
    with pytest.raises(NotAllowed):
        service.decide(session, actor_of(bureau), change.id, approves=True, reason="", now=NOW)
    assert others(session, "瓯柑果醋") == []


def test_a_no_needs_a_reason_and_leaves_the_groups_as_they_are(
    session: Session, client: FlaskClient, change: SynonymChange, operator: Person
) -> None:
    sign_in(client, operator)
    assert decide(client, change, "reject").status_code == 422
    assert decide(client, change, "").status_code == 422
    session.refresh(change)
    assert change.state == "proposed"
    assert decide(client, change, "reject", "不是同一种东西").status_code == 302
    session.refresh(change)
    assert (change.state, change.decision_reason) == ("rejected", "不是同一种东西")
    assert others(session, "瓯柑果醋") == []
    assert decide(client, change).status_code == 422
    session.refresh(change)
    assert change.state == "rejected"


def test_a_shipped_group_is_replaced_taken_out_and_restored(
    session: Session, client: FlaskClient, bureau: Person, operator: Person
) -> None:
    assert "密封环" in others(session, "密封圈")
    replaced = propose_group(session, bureau, "密封圈", "圈状密封", code="sealing-ring", now=NOW)
    service.decide(session, actor_of(operator), replaced.id, approves=True, reason="", now=NOW)
    assert others(session, "密封圈") == ["圈状密封"]
    removal = service.propose_removal(session, actor_of(bureau), "sealing-ring", "重新整理", now=NOW)
    service.decide(session, actor_of(operator), removal.id, approves=True, reason="", now=NOW)
    assert others(session, "密封圈") == []
    sign_in(client, bureau)
    shown = page(client, f"{SHIPPED}?from=shipped")
    restored = re.search(r'name="words"[^>]*>\s*([^<]+)<', shown)
    assert restored is not None
    assert restored.group(1).split("\n")[:2] == ["密封圈", "密封环"]
    back = service.propose(
        session,
        actor_of(bureau),
        "sealing-ring",
        rules.Draft(rules.typed_words(restored.group(1)), ("O型圈",)),
        "恢复",
        now=NOW,
    )
    service.decide(session, actor_of(operator), back.id, approves=True, reason="", now=NOW)
    assert "密封环" in others(session, "密封圈")
    states = session.scalars(select(SynonymChange.state).where(SynonymChange.code == "sealing-ring"))
    assert states.all() == ["approved"] * 3


def test_another_process_reads_the_groups_again_when_one_was_approved(
    session: Session, change: SynonymChange, operator: Person
) -> None:
    """A dictionary is kept until the table tells of a later approval, and not read twice without one."""
    kept = current_dictionary(session)
    assert current_dictionary(session) is kept
    service.decide(session, actor_of(operator), change.id, approves=True, reason="", now=NOW)
    assert current_dictionary(session) is not kept
    assert current_dictionary(session) is current_dictionary(session)


@pytest.mark.parametrize(
    ("words", "narrower", "told"),
    [
        ("瓯柑果醋", "", "请至少填写两个词"),
        ("瓯柑果醋\n泵", "", "“泵”不能检索"),
        ("瓯柑果醋\n，，、", "", "请至少填写两个词"),
        ("瓯柑果醋\n…！", "", "“…！”不能检索"),
        ("瓯柑果醋\n" + "长" * 31, "", "太长"),
        ("\n".join(f"词语{n}号" for n in range(13)), "", "最多 12 个词"),
        ("瓯柑果醋\n甌柑醋飲\n瓯柑醋饮", "", "同一个词写了两次"),
        ("瓯柑果醋\n瓯柑醋饮", "瓯柑果醋", "不能既是同义词又是下位词"),
        ("瓯柑果醋\n密封環", "", "已在词组 sealing-ring 里"),
    ],
)
def test_words_that_cannot_be_are_refused_at_their_field(
    session: Session, client: FlaskClient, operator: Person, words: str, narrower: str, told: str
) -> None:
    sign_in(client, operator)
    data = {"words": words, "narrower": narrower, "reason": "试试"}
    for action in ("", "preview"):
        answer = client.post("/console/synonyms/new", data=data | {"action": action})
        assert (answer.status_code, told in answer.get_data(as_text=True)) == (422, True)
    assert session.scalar(select(func.count(SynonymChange.id))) == 0


def test_a_group_has_one_open_change_and_a_change_that_changes_nothing_is_refused(
    session: Session, client: FlaskClient, operator: Person
) -> None:
    sign_in(client, operator)
    same = {"words": "密封环\n密封圈\nsealing ring\nseal ring", "narrower": "O型圈", "reason": "没有变"}
    answer = client.post(SHIPPED, data=same)
    assert (answer.status_code, "没有变更" in answer.get_data(as_text=True)) == (422, True)
    assert client.post(SHIPPED, data=same | {"words": "密封环\n密封圈"}).status_code == 302
    second = client.post(SHIPPED, data=same | {"words": "密封环\n密封圈\n环形密封"})
    assert (second.status_code, "已有一项变更等待批准" in second.get_data(as_text=True)) == (422, True)
    assert client.post(f"{SHIPPED}/removal", data={"reason": "也不行"}).status_code == 422
    assert session.scalar(select(func.count(SynonymChange.id))) == 1


def test_a_removal_needs_a_reason_and_a_group_in_force(session: Session, client: FlaskClient, operator: Person) -> None:
    sign_in(client, operator)
    assert client.post(f"{SHIPPED}/removal", data={}).location == SHIPPED
    assert client.post("/console/synonyms/nothing-here/removal", data={"reason": "x"}).status_code == 404
    assert client.get("/console/synonyms/nothing-here").status_code == 404
    assert session.scalar(select(func.count(SynonymChange.id))) == 0


def test_an_approval_looks_again_whether_another_group_took_the_word(
    session: Session, bureau: Person, operator: Person
) -> None:
    first = propose_group(session, bureau, "瓯柑果醋", "瓯柑醋饮", now=NOW)
    second = propose_group(session, bureau, "瓯柑果醋", "瓯柑酸汁", now=NOW)
    service.decide(session, actor_of(operator), first.id, approves=True, reason="", now=NOW)
    with pytest.raises(rules.SynonymsRefused, match="已在词组"):
        service.decide(session, actor_of(operator), second.id, approves=True, reason="", now=NOW)
    assert second.state == "proposed"


def test_the_preview_tells_what_the_change_would_find_and_writes_nothing(
    app: Flask, session: Session, client: FlaskClient, operator: Person
) -> None:
    make_public_listing(session, "低糖柑橘果汁")
    make_public_listing(session, "一种瓯柑果醋")
    search_service.rebuild(app.extensions["kezhuan_search"])
    sign_in(client, operator)
    answer = client.post("/console/synonyms/new", data=WORDS | {"action": "preview"})
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    row = re.search(r'<th scope="row"[^>]*>瓯柑醋饮</th>(.*?)</tr>', shown, re.S)
    assert row is not None
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", row.group(1))
    assert (cells[:2], cells[3]) == (["0", "2"], "—")
    assert set(cells[2].split("；")) == {"低糖柑橘果汁", "一种瓯柑果醋"}
    assert session.scalar(select(func.count(SynonymChange.id))) == 0


def test_the_preview_of_a_waiting_removal_tells_what_would_no_longer_be_found(
    app: Flask, session: Session, client: FlaskClient, bureau: Person, operator: Person
) -> None:
    make_public_listing(session, "石墨盘根")
    search_service.rebuild(app.extensions["kezhuan_search"])
    service.propose_removal(session, actor_of(bureau), "packing", "试试", now=NOW)
    sign_in(client, operator)
    shown = page(client, "/console/synonyms/packing")
    row = re.search(r'<th scope="row"[^>]*>填料密封</th>(.*?)</tr>', shown, re.S)
    assert row is not None
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row.group(1)) == ["1", "0", "—", "石墨盘根"]


def test_the_list_filters_by_words_however_written_and_by_origin_and_exports_what_it_shows(
    session: Session, client: FlaskClient, change: SynonymChange, operator: Person
) -> None:
    sign_in(client, operator)
    decide(client, change)
    assert "sealing-ring" in page(client, "/console/synonyms?text=密封環")
    own = page(client, "/console/synonyms?origin=own")
    assert (change.code in own, "sealing-ring" in own) == (True, False)
    with client.get("/console/synonyms/export.xlsx?origin=own") as answer:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1:] == [["瓯柑果醋、瓯柑醋饮", "柑橘果汁", 3.0, change.code]]


def test_a_change_is_a_task_of_who_may_approve_it_and_not_of_who_proposed_it(
    session: Session, client: FlaskClient, change: SynonymChange, bureau: Person, operator: Person
) -> None:
    def tasks_of(person: Person) -> str:
        sign_in(client, person)
        return page(client, "/console")

    task = "1 项同义词变更等待批准"
    officer = make_person(session, make_organisation(session), Role.TRANSFER_OFFICER)
    assert [task in tasks_of(one) for one in (bureau, operator, officer)] == [False, True, False]
    sign_in(client, operator)
    decide(client, change)
    assert task not in tasks_of(operator)
