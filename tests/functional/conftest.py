"""What tests of pages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from search.engines.embedded import EmbeddedEngine
from tests.factories.register_entries import NAME
from tests.factories.world import Institution, make_institution, sign_in


@pytest.fixture
def engine(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedEngine:
    """An empty embedded index of this test alone, which answers the pages by words."""
    fresh = EmbeddedEngine(tmp_path / "search")
    monkeypatch.setitem(app.extensions, "kezhuan_search", fresh)
    return fresh


@pytest.fixture
def institution(session: Session) -> Institution:
    """The institution whose register a test works on."""
    made = make_institution(session, name=NAME)
    session.commit()
    return made


@pytest.fixture
def officer(client: FlaskClient, institution: Institution) -> FlaskClient:
    """A browser in which its transfer officer is signed in."""
    sign_in(client, institution.officer)
    return client
