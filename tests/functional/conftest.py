"""What tests of pages share."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from search.engines.embedded import EmbeddedEngine


@pytest.fixture
def engine(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedEngine:
    """An empty embedded index of this test alone, which answers the pages by words."""
    fresh = EmbeddedEngine(tmp_path / "search")
    monkeypatch.setitem(app.extensions, "kezhuan_search", fresh)
    return fresh
