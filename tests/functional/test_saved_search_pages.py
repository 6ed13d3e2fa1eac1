"""Saved searches through HTTP: save from the result page, list, look, change, delete; other people's are not there."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.kernel.paging import PAGE_SIZE
from search import exporting
from search.engines.embedded import EmbeddedEngine
from search.saved.models import SavedSearch, SavedSearchHit
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


# --- the list of hits: filters, order, pages, export ---


def hits_of(detail: str) -> list[str]:
    """Titles, or numbers where the page is gone, in their order."""
    table = detail.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0] if "<tbody>" in detail else ""
    return [
        re.sub("<[^>]+>", "", one).removesuffix(" 新") for one in re.findall(r'<th scope="row"[^>]*>(.*?)</th>', table)
    ]


def exported(client: FlaskClient, address: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of the first sheet by heading, and the second sheet as a table of two columns."""
    with client.get(address) as answer:
        assert answer.status_code == 200
        first, second = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    headings, *rows = first.iter_rows(values_only=True)
    told = {str(row[0]): row[1] for row in second.iter_rows(values_only=True)}
    return [dict(zip(headings, row, strict=True)) for row in rows], told


def exporting_headings(client: FlaskClient) -> list[str]:
    with client.application.test_request_context():
        return exporting.headings()


@pytest.fixture
def seen(client: FlaskClient, session: Session, reader: Person) -> SavedSearch:
    """Found: two rings that she has seen, of which one was withdrawn, then a third one."""
    saved_search = save_search(session, reader, "密封环", name="密封")
    gone = make_public_listing(session, "绝密密封环")
    come(make_public_listing(session, "高温密封环"), gone)
    gone.state = "withdrawn"
    session.commit()
    client.post(f"{LIST}/{saved_search.id}/look", data={"through": "999999999"})
    come(make_public_listing(session, "无油密封环", patent_numbers=("202310000001.5",)))
    session.commit()
    return saved_search


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["无油密封环", "WZ", "高温密封环"]),
        ("?new=yes", ["无油密封环"]),
        ("?new=nonsense", ["无油密封环", "WZ", "高温密封环"]),
        ("?text=高温", ["高温密封环"]),
        ("?text=高温&new=yes", []),
        ("?text=绝密", []),
        ("?sort=found&order=asc", ["高温密封环", "WZ", "无油密封环"]),
        ("?sort=title&order=asc", ["WZ", "无油密封环", "高温密封环"]),
    ],
)
def test_the_hits_are_narrowed_down_and_sorted_and_the_export_holds_the_same(
    client: FlaskClient, seen: SavedSearch, asked: str, found: list[str]
) -> None:
    detail = page(client, f"{LIST}/{seen.id}{asked}")
    assert [one[:2] if one.startswith("WZ") else one for one in hits_of(detail)] == found
    assert ("没有符合条件的成果" in detail) is not bool(found)
    assert "保存以后还没有" not in detail
    export = re.search(rf'href="({LIST}/{seen.id}/export.xlsx[^"]*)"', detail)
    assert export is not None
    rows, _ = exported(client, export[1])
    assert [row["成果名称"] or row["挂牌编号"][:2] for row in rows] == found


def test_the_export_tells_of_each_hit_what_the_halls_export_tells_and_what_became_of_it(
    client: FlaskClient, seen: SavedSearch
) -> None:
    rows, told = exported(client, f"{LIST}/{seen.id}/export.xlsx")
    assert list(rows[0])[:7] == ["挂牌编号", "成果名称", "单位", "状态", "发现时间", "新成果", "所在县市区"]
    assert set(rows[0]) - {"状态", "发现时间", "新成果"} == set(exporting_headings(client))
    assert [(row["状态"], row["新成果"], row["专利号"]) for row in rows] == [
        ("已上架", "是", "202310000001.5"),
        ("已不公开", None, None),
        ("已上架", None, None),
    ]
    assert (told["名称"], told["检索条件"], told["找到"], told["导出"]) == ("密封", "密封环", 3, 3)
    assert "说明" not in told
    _, narrowed = exported(client, f"{LIST}/{seen.id}/export.xlsx?new=yes&text=无油")
    assert (narrowed["筛选"], narrowed["名称或编号"], narrowed["找到"]) == ("只看新成果", "无油", 1)


def test_a_listing_that_is_not_on_the_market_keeps_its_title_in_the_export_while_its_page_is_public(
    client: FlaskClient, session: Session, reader: Person
) -> None:
    saved_search = save_search(session, reader, "密封环", name="密封")
    paused = make_public_listing(session, "高温密封环")
    come(paused)
    paused.state = "paused"
    session.commit()
    ((row,), _) = exported(client, f"{LIST}/{saved_search.id}/export.xlsx")
    assert (row["挂牌编号"], row["成果名称"], row["技术领域"]) == (paused.number, "高温密封环", None)


def test_the_export_is_bounded_and_says_so(
    client: FlaskClient, seen: SavedSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BLOCK", 1)
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    rows, told = exported(client, f"{LIST}/{seen.id}/export.xlsx")
    assert [row["成果名称"] for row in rows] == ["无油密封环", None]
    assert (told["找到"], told["导出"]) == (3, 2)
    assert told["说明"] == "一次最多导出排在前面的 2 项，其余没有导出。"


def test_pages_keep_the_filter(client: FlaskClient, session: Session, reader: Person) -> None:
    saved_search = save_search(session, reader, "密封环", name="密封")
    listings = [make_public_listing(session, f"密封环{one}") for one in range(PAGE_SIZE + 2)]
    come(*listings)
    first_seen = session.scalars(select(SavedSearchHit.id).order_by(SavedSearchHit.id)).first()
    saved_search.seen_through = first_seen or 0
    session.commit()
    first = page(client, f"{LIST}/{saved_search.id}?new=yes")
    assert len(hits_of(first)) == PAGE_SIZE
    following = re.search(r'href="([^"]*page=2[^"]*)"', first)
    assert following is not None
    assert "new=yes" in following[1]
    assert len(hits_of(page(client, following[1]))) == 1


def test_a_colleagues_hits_are_not_exported(client: FlaskClient, session: Session, reader: Person) -> None:
    foreign = save_search(session, make_reader(session), "密封环")
    session.commit()
    assert client.get(f"{LIST}/{foreign.id}/export.xlsx").status_code == 404
