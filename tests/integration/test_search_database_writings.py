"""What PostgreSQL alone finds of quantities, English words and synonyms when the engine is down."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from search.engines.database import DatabaseEngine
from search.engines.database_writings import writings
from search.query import from_text
from search.synonyms.dictionary import Dictionary, Group
from tests.factories.public_listings import make_public_listing

DICTIONARY = Dictionary([Group("led", ("LED", "发光二极管")), Group("seal", ("密封圈", "密封环"))])


def found(session: Session, text: str) -> set[int]:
    return {hit.id for hit in DatabaseEngine(session).search(DICTIONARY.expanded(from_text(text))).hits}


@pytest.mark.parametrize(
    ("title", "texts"),
    [
        ("耐85 ℃的阀体", ("85℃", "85 °C")),
        ("一种10 kW电机", ("10kW", "10 kw")),
        ("Rechargeable battery", ("batteries", "battery")),
        ("发光二极管封装", ("LED", "发光二极管")),
    ],
)
def test_a_title_is_found_however_the_question_writes_it(session: Session, title: str, texts: tuple[str, ...]) -> None:
    one = make_public_listing(session, title)
    make_public_listing(session, "激光焊接机器人")
    assert [found(session, text) for text in texts] == [{one.id}] * len(texts)


def test_of_a_short_question_two_words_must_be_held_by_whatever_name(session: Session) -> None:
    both = make_public_listing(session, "耐磨密封环")
    make_public_listing(session, "发光二极管")
    assert found(session, "耐磨密封圈") == {both.id}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("batteri", ("batter",)),
        ("wifi", ("wifi",)),
        ("10kw", ("10kw", "10 kw")),
        ("0.5c", ("0.5c", "0.5 c", "0.5℃", "0.5 ℃", "0.5°c", "0.5 °c")),
        ("密封", ("密封",)),
        ("99.9", ("99.9",)),
    ],
)
def test_writings_of_a_term(term: str, expected: tuple[str, ...]) -> None:
    assert writings(term) == expected
