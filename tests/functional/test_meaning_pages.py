"""Search by meaning through HTTP and the command line; the model is the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.listings.models import Listing
from search import service
from search.engines.embedded import EmbeddedEngine
from search.meaning.embedder import LocalEmbedder, build_embedder
from search.meaning.hybrid import HybridEngine
from search.meaning.service import without_vector
from tests.factories.public_listings import make_public_listing

pytestmark = pytest.mark.skipif(
    build_embedder(is_wanted=True) is None, reason="the packages of meaning are not installed"
)
NEED = "/listings?q=glasses+for+short-sighted+children"


@pytest.fixture
def hall(session: Session, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Listing]:
    embedder = LocalEmbedder()
    engine = HybridEngine(EmbeddedEngine(tmp_path / "search"), embedder)
    monkeypatch.setitem(app.extensions, "kezhuan_search", engine)
    monkeypatch.setitem(app.extensions, "kezhuan_meaning", embedder)
    monkeypatch.setitem(app.extensions, "kezhuan_search_without_vector", lambda: without_vector(embedder))
    titles = ("儿童近视防控离焦镜片", "高温泵阀用石墨密封环", "杨梅长途运输保鲜")
    found = [make_public_listing(session, title, summary=title) for title in titles]
    session.commit()
    service.reconcile(engine)
    return found


def titles(html: str) -> list[str]:
    return [re.sub("<[^>]+>", "", title) for title in re.findall(r"<h2><a[^>]*>(.*?)</a></h2>", html)]


def read(client: FlaskClient, address: str) -> str:
    with client.get(address) as answer:
        assert answer.status_code == 200
        return answer.get_data(as_text=True)


def test_the_command_embeds_what_waits_and_the_hall_finds_it_and_says_why(
    app: Flask, client: FlaskClient, hall: list[Listing]
) -> None:
    assert "意思相近" not in read(client, NEED)
    assert "kezhuan_search_without_vector 3.0" in read(client, "/metrics")

    outcome = app.test_cli_runner().invoke(args=["search", "embed"])
    service.index_listings(app.extensions["kezhuan_search"], [one.id for one in hall])

    assert (outcome.exit_code, "本次处理 3 条" in outcome.output) == (0, True)
    assert "kezhuan_search_without_vector 0.0" in read(client, "/metrics")
    html = read(client, NEED)
    assert titles(html)[0] == hall[0].title
    assert "意思相近" in html


def test_the_command_says_that_meaning_is_off(app: Flask, hall: list[Listing], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "kezhuan_meaning", None)
    outcome = app.test_cli_runner().invoke(args=["search", "embed"])
    assert outcome.exit_code == 1
    assert "MEANING=off" in outcome.output
