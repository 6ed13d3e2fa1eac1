"""Chinese first; English when a visitor asks for it."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_a_visitor_reads_chinese_until_english_is_chosen(client: FlaskClient) -> None:
    before = client.get("/lots").get_data(as_text=True)

    client.post("/language", data={"language": "en"})

    after = client.get("/lots").get_data(as_text=True)
    assert "竞价大厅" in before
    assert "<h1>Bidding</h1>" in after
    assert "竞价大厅" not in after


def test_an_unknown_language_changes_nothing(client: FlaskClient) -> None:
    client.post("/language", data={"language": "tlh"})

    assert "竞价大厅" in client.get("/lots").get_data(as_text=True)
