"""Saved searches through HTTP: save from the result page, list, look, change, delete; other people's are not there."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from search.engines.embedded import EmbeddedEngine
from search.saved.models import SavedSearch
from tests.factories.public_listings import make_public_listing
from tests.factories.saved_searches import come, make_reader, save_search
from tests.factories.world import make_person, sign_in

LIST = "/console/saved-searches"
NEW = f"{LIST}/new?q=密封环&field=materials"


@pytest.fixture
def reader(session: Session, client: FlaskClient) -> Person:
    person = make_reader(session)
    session.commit()
    sign_in(client, person)
    return person


def page(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return html.unescape(answer.get_data(as_text=True))


def saved(session: Session) -> list[SavedSearch]:
    session.expire_all()
    return list(session.scalars(select(SavedSearch).order_by(SavedSearch.id)))


def test_the_result_page_leads_to_saving_and_a_visitor_signs_in_on_the_way(
    client: FlaskClient, session: Session, engine: EmbeddedEngine
) -> None:
    from search import service

    service.reconcile(engine)
    address = "/console/saved-searches/new?q=密封环&field=materials"
    found = re.search(r'href="(/console/saved-searches/new[^"]*)"', page(client, "/listings?q=密封环&field=materials"))
    assert found is not None
    answer = client.get(found[1])
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in?next=/console/saved-searches/new?q%3D")
    assert "保存检索" not in page(client, "/listings")
    assert client.get(address).status_code == 302


def test_a_search_is_saved_with_a_name_and_a_rhythm_and_run_again(
    client: FlaskClient, session: Session, reader: Person
) -> None:
    form = page(client, NEW)
    assert "密封环" in form
    assert "技术领域：新材料" in form
    assert "按意思相近找到的成果不计入通知" in form
    answer = client.post(NEW, data={"name": " 泵阀 密封 ", "rhythm": "instant"})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    (one,) = saved(session)
    assert (one.name, one.rhythm, one.person_id) == ("泵阀 密封", "instant", reader.id)
    shown = page(client, LIST)
    assert "泵阀 密封" in shown
    assert "密封环；技术领域：新材料" in shown
    answer = client.post(f"{LIST}/{one.id}/look", data={"through": "0", "run": "yes"})
    assert answer.headers["Location"] == "/listings?q=%E5%AF%86%E5%B0%81%E7%8E%AF&field=materials"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "", "rhythm": "daily"}, "请填写名称。"),
        ({"name": "密封", "rhythm": "hourly"}, "请修改下面的内容"),
        ({"name": "长" * 61, "rhythm": "daily"}, "请修改下面的内容"),
        ({"name": "密\x00封", "rhythm": "daily"}, "无法保存的字符"),
        ({"name": "已有", "rhythm": "daily"}, "您已有同名的检索"),
    ],
)
def test_what_cannot_be_saved_is_said_and_typed_words_stay(
    client: FlaskClient, session: Session, reader: Person, form: dict[str, str], sentence: str
) -> None:
    save_search(session, reader, "激光", name="已有")
    answer = client.post(NEW, data=form)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert len(saved(session)) == 1


def test_the_same_search_again_is_refused_by_its_name(client: FlaskClient, session: Session, reader: Person) -> None:
    for name in ("第一个", "第二个"):
        answer = client.post(NEW, data={"name": name, "rhythm": "daily"})
    assert answer.status_code == 422
    assert "您已经保存过同样的检索：“第一个”。" in answer.get_data(as_text=True)
    assert len(saved(session)) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?page=9",
        "?q=%00%00",
        "?q=。。。",
        "?q=%ED%A0%80",
        "?nonsense=1&way=",
        "?way=" + "&way=".join(["x" * 64] * 90),
    ],
)
def test_odd_questions_get_a_page(client: FlaskClient, session: Session, reader: Person, query: str) -> None:
    for method in (client.get, client.post):
        answer = method(f"{LIST}/new{query}")
        assert answer.status_code in {200, 409, 422}
    assert saved(session) == []


def test_new_hits_are_listed_counted_and_seen(client: FlaskClient, session: Session, reader: Person) -> None:
    one = save_search(session, reader, "密封环", name="密封")
    come(make_public_listing(session, "高温密封环"), make_public_listing(session, "低温密封环"))
    session.commit()
    assert '<span class="status status-info">2</span>' in page(client, LIST)
    detail = page(client, f"{LIST}/{one.id}")
    assert detail.index("低温密封环") < detail.index("高温密封环")
    assert detail.count('<span class="status status-info">新</span>') == 2
    through = re.search(r'name="through" value="(\d+)"', detail)
    assert through is not None
    come(make_public_listing(session, "无油密封环"))
    session.commit()
    assert client.post(f"{LIST}/{one.id}/look", data={"through": through[1]}).status_code == 302
    assert page(client, f"{LIST}/{one.id}").count('<span class="status status-info">新</span>') == 1
    assert "无油密封环" in page(client, f"{LIST}/{one.id}")


def test_a_hit_that_left_the_market_shows_its_number_only(
    client: FlaskClient, session: Session, reader: Person
) -> None:
    one = save_search(session, reader, "密封环", name="密封")
    listing = make_public_listing(session, "绝密密封环")
    come(listing)
    listing.state = "withdrawn"
    session.commit()
    detail = page(client, f"{LIST}/{one.id}")
    assert listing.number in detail
    assert "绝密密封环" not in detail


@pytest.mark.parametrize("through", ["", "abc", "-1", "9" * 40, "99999999999999999999"])
def test_nonsense_in_the_look_changes_nothing(
    client: FlaskClient, session: Session, reader: Person, through: str
) -> None:
    one = save_search(session, reader, "密封环")
    session.commit()
    assert client.post(f"{LIST}/{one.id}/look", data={"through": through}).status_code == 302
    assert saved(session)[0].seen_through == 0


def test_name_and_rhythm_change_and_the_search_is_deleted(
    client: FlaskClient, session: Session, reader: Person
) -> None:
    one = save_search(session, reader, "密封环")
    session.commit()
    assert client.post(f"{LIST}/{one.id}", data={"name": "新名", "rhythm": "off"}).status_code == 302
    assert [(row.name, row.rhythm) for row in saved(session)] == [("新名", "off")]
    assert client.post(f"{LIST}/{one.id}", data={"name": "", "rhythm": "daily"}).status_code == 422
    assert [(row.name, row.rhythm) for row in saved(session)] == [("新名", "off")]
    assert client.post(f"{LIST}/{one.id}/removal").status_code == 302
    assert saved(session) == []
    assert "还没有保存的检索" in page(client, LIST)


def test_a_colleagues_search_is_not_there_for_any_verb(client: FlaskClient, session: Session, reader: Person) -> None:
    from market.accounts.models import Membership

    organisation = session.scalars(select(Membership).where(Membership.person_id == reader.id)).one().organisation
    foreign = save_search(session, make_person(session, organisation), "激光", name="同事的")
    session.commit()
    answers = [
        client.get(f"{LIST}/{foreign.id}"),
        client.post(f"{LIST}/{foreign.id}", data={"name": "我的", "rhythm": "off"}),
        client.post(f"{LIST}/{foreign.id}/look", data={"run": "yes"}),
        client.post(f"{LIST}/{foreign.id}/removal"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert [(row.name, row.rhythm) for row in saved(session)] == [("同事的", "instant")]
    assert "同事的" not in page(client, LIST)


def test_the_list_filters_by_name_rhythm_and_what_is_new(client: FlaskClient, session: Session, reader: Person) -> None:
    save_search(session, reader, "密封环", name="密封")
    from search.saved.vocabulary import Rhythm

    save_search(session, reader, "激光", name="激光", rhythm=Rhythm.DAILY)
    come(make_public_listing(session, "激光切割"))
    session.commit()
    assert [title in page(client, f"{LIST}?new=yes") for title in ("密封</a>", "激光</a>")] == [False, True]
    assert [title in page(client, f"{LIST}?rhythm=instant") for title in ("密封</a>", "激光</a>")] == [True, False]
    assert [title in page(client, f"{LIST}?text=激") for title in ("密封</a>", "激光</a>")] == [False, True]
    assert "没有符合条件的检索" in page(client, f"{LIST}?text=没有这个")


def test_the_notice_leads_to_the_hits(client: FlaskClient, session: Session, reader: Person) -> None:
    one = save_search(session, reader, "密封环", name="密封")
    come(make_public_listing(session, "高温密封环"))
    session.commit()
    inbox = page(client, "/console/notices")
    assert "检索“密封”有 1 项新成果：高温密封环。" in inbox
    action = re.search(r'action="(/console/notices/\d+/opening)"', inbox)
    assert action is not None
    assert client.post(action[1]).headers["Location"] == f"{LIST}/{one.id}"
