"""Questions of experts on the result page: how they were read, what was wrong in them, and the help."""

from __future__ import annotations

import html as markup
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from search import service
from search.engines.base import EngineUnavailable, SearchAnswer
from search.engines.embedded import EmbeddedEngine
from search.query import SearchQuery
from search.syntax import notices as said
from tests.factories.public_listings import make_public_listing


class Down(EmbeddedEngine):
    def search(self, query: SearchQuery) -> None:  # type: ignore[override]
        raise EngineUnavailable("down")


@pytest.fixture
def hall(session: Session, engine: EmbeddedEngine) -> None:
    for title in ("高温密封件", "低温密封件", "激光焊接机器人", "激光切割头"):
        make_public_listing(session, title)
    session.flush()
    service.reconcile(engine)


def page(client: FlaskClient, text: str, **more: str) -> str:
    address = f"/listings?q={quote(text)}" + "".join(f"&{key}={quote(value)}" for key, value in more.items())
    with client.get(address) as answer:
        assert answer.status_code == 200
        return markup.unescape(answer.get_data(as_text=True))


def titles(html: str) -> set[str]:
    found = re.findall(r"<h2><a[^>]*>(.*?)</a></h2>", html)
    return {re.sub("<[^>]+>", "", title) for title in found}


def understood(html: str) -> dict[str, str]:
    """Each condition as the page tells it, and the address that asks without it."""
    found = re.search(r'aria-labelledby="understood">(.*?)</ul>', html, re.DOTALL)
    parts = re.findall(r'<a href="([^"]+)" rel="nofollow"><span>(.*?)</span>', found[1] if found else "")
    return {text: url for url, text in parts}


def test_a_question_with_operators_tells_how_it_was_read(client: FlaskClient, hall: None) -> None:
    html = page(client, '"密封件" -低温 价格:<50万 OR TRL:>=6 发布:>=2026 县:瑞安|标题:高温')
    assert list(understood(html)) == [
        "含原话“密封件”",
        "排除：含原话“低温”",
        "价格：低于 50 万元 或 技术成熟度：6 及以上",
        "发布日期：2026-01-01 起",
        "所在县市区：瑞安市 或 标题含 高温",
    ]


def test_each_condition_can_be_taken_away(client: FlaskClient, hall: None) -> None:
    html = page(client, "密封 -低温")
    assert titles(html) == {"高温密封件"}
    with client.get(understood(html)["排除：含原话“低温”"]) as answer:
        assert titles(answer.get_data(as_text=True)) == {"高温密封件", "低温密封件"}
    with client.get(understood(html)["普通检索：密封"]) as answer:
        assert titles(answer.get_data(as_text=True)) == {"高温密封件", "激光焊接机器人", "激光切割头"}


def test_a_question_in_ordinary_words_is_not_explained(client: FlaskClient, hall: None) -> None:
    html = page(client, "密封件（高温）")
    assert titles(html) == {"高温密封件", "低温密封件"}
    assert understood(html) == {}


def test_what_is_excluded_is_not_marked(client: FlaskClient, hall: None) -> None:
    html = page(client, '"激光" -焊接')
    assert "<mark>激光</mark>切割头" in html
    assert titles(html) == {"激光切割头"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('"激光', said.UNCLOSED_QUOTE),
        ("(激光 OR 密封", said.UNBALANCED_BRACKET),
        ("激光 OR", said.MISSING_SIDE),
        ("激光 申请人:", said.EMPTY_FIELD % {"field": "申请人"}),
        ("激光 价格:<abc", said.UNREADABLE % {"text": "价格:<abc"}),
        ("激光 县:杭州", said.UNKNOWN_VALUE % {"field": "县", "value": "杭州"}),
        ("激光 TRL:6..4", said.REVERSED % {"text": "TRL:6..4"}),
    ],
)
def test_a_faulty_question_is_answered_with_a_sentence(
    client: FlaskClient, hall: None, text: str, sentence: str
) -> None:
    assert sentence in page(client, text)


def test_the_help_is_there_with_examples_that_lead_to_answers(client: FlaskClient, hall: None) -> None:
    html = page(client, "激光")
    help_text = html.split('class="syntax-help"')[1].split("</details>")[0]
    examples = re.findall(r'href="([^"]+)"', help_text)
    assert len(examples) == 12
    for address in examples:
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert 'id="understood"' in answer.get_data(as_text=True)


def test_the_page_speaks_english(client: FlaskClient, hall: None) -> None:
    client.post("/language", data={"language": "en"})
    with client.get("/listings?q=-laser+price:<50万") as answer:
        html = markup.unescape(answer.get_data(as_text=True))
    assert "Search syntax" in html
    assert "Price: below CNY 50 ×10,000" in html


def test_conditions_act_when_the_engine_is_down(
    app: Flask, client: FlaskClient, hall: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "kezhuan_search", Down(tmp_path / "search"))
    assert titles(page(client, "标题:密封件 -低温")) == {"高温密封件"}


# --- nothing found ---


def eased(html: str) -> tuple[str, str, str] | None:
    """Sentence, number and address of the eased question that the page offers."""
    found = re.search(
        r'<a href="([^"]+)" rel="nofollow">((?:不加引号|不用“且”“或”“非”)[^<]+)</a> <span class="soft">([^<]+)<', html
    )
    return (found[2], found[3], found[1]) if found else None


@pytest.mark.parametrize(
    ("text", "sentence", "count", "hits"),
    [
        ('"密封高温"', "不加引号检索：密封高温", "至少 1 项", {"高温密封件"}),
        ("“密封高温” -激光", "不加引号检索：密封高温 -激光", "至少 1 项", {"高温密封件"}),
        ("激光 -激光", "不用“且”“或”“非”检索：激光", "至少 2 项", {"激光焊接机器人", "激光切割头"}),
    ],
)
@pytest.mark.parametrize("is_down", [False, True])
def test_a_question_that_finds_nothing_offers_what_it_finds_without_quotes_or_operators(
    app: Flask,
    client: FlaskClient,
    hall: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    sentence: str,
    count: str,
    hits: set[str],
    is_down: bool,
) -> None:
    if is_down:
        monkeypatch.setitem(app.extensions, "kezhuan_search", Down(tmp_path / "down"))
    html = page(client, text)
    assert "没有找到符合条件的成果" in html
    assert titles(html) == set()
    offered = eased(html)
    assert offered is not None
    assert offered[:2] == (sentence, count)
    with client.get(offered[2]) as answer:
        assert titles(markup.unescape(answer.get_data(as_text=True))) == hits


def test_the_eased_question_keeps_filters_and_order(client: FlaskClient, hall: None) -> None:
    offered = eased(page(client, '"密封高温"', field="materials", sort="newest"))
    assert offered is not None
    assert offered[2] == f"/listings?q={quote('密封高温')}&field=materials&sort=newest"
    assert eased(page(client, '"密封高温"', field="aerospace")) is None


@pytest.mark.parametrize("text", ['"石墨烯"', "石墨烯 -激光", '"密封件"', "石墨烯"])
def test_nothing_is_offered_that_finds_nothing_and_nothing_beside_hits(
    client: FlaskClient, hall: None, text: str
) -> None:
    assert eased(page(client, text)) is None


def test_only_an_empty_answer_asks_one_further_question(
    app: Flask, client: FlaskClient, hall: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Listening(EmbeddedEngine):
        def search(self, query: SearchQuery) -> SearchAnswer:
            asked.append(query.text)
            return super().search(query)

    monkeypatch.setitem(app.extensions, "kezhuan_search", Listening(tmp_path / "search"))
    page(client, '"密封件"')
    assert asked == ['"密封件"']
    page(client, '"密封高温"')
    assert asked[1:] == ['"密封高温"', "密封高温"]
