"""Small facts that nearly every page asks of the database, read together: one statement of a request instead of one each."""

from __future__ import annotations

from typing import Any

from flask import has_request_context, request
from sqlalchemy import ScalarSelect, Select, select
from sqlalchemy.orm import Session

from market.kernel.db import plain_rows

KEPT = "kezhuan.facts"
_facts: dict[str, ScalarSelect[Any]] = {}


def provide_fact(name: str, value: ScalarSelect[Any]) -> None:
    """Declare a fact under a name of its own: one value, found by an index or in a table of a few rows."""
    assert _facts.setdefault(name, value) is value, name


def fact(session: Session, name: str) -> Any:
    """The fact as the database tells it now; within a request as it was when the request first asked for any."""
    if not has_request_context():
        return plain_rows(session, _statement(name)).scalar_one()
    if KEPT not in request.environ:
        request.environ[KEPT] = dict(plain_rows(session, _statement(*_facts)).mappings().one())
    return request.environ[KEPT][name]


def _statement(*names: str) -> Select[*tuple[Any, ...]]:
    if names not in _statements:
        _statements[names] = select(*(_facts[name].label(name) for name in names))
    return _statements[names]


_statements: dict[tuple[str, ...], Select[*tuple[Any, ...]]] = {}
