"""Columns as an institution confirmed them, for the next file with the same headings."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.achievements.importing.columns import normal_heading
from market.achievements.importing.headings import Column
from market.achievements.importing.models import RememberedColumns
from market.kernel.errors import NotFound

RESULT_HEADINGS = ("导入结果", "原因", "原文件行号")
"""What the annotated copy adds; corrected and brought again it is still the same kind of file."""


@dataclass(frozen=True)
class RememberedView:
    """What is remembered of one kind of file: headings with the meaning that they were given."""

    id: int
    file_name: str
    columns: tuple[tuple[str, Column], ...]
    updated_by: str | None
    updated_at: datetime


def headings_key(headings: Sequence[str]) -> str:
    """The same for the same headings in any order."""
    ours = {normal_heading(heading) for heading in RESULT_HEADINGS}
    names = sorted(name for heading in headings if (name := normal_heading(heading)) and name not in ours)
    return hashlib.sha256(json.dumps(names, ensure_ascii=False).encode()).hexdigest()


def remember(
    session: Session,
    organisation_id: int,
    headings: Sequence[str],
    columns: Mapping[Column, int],
    *,
    file_name: str,
    person_id: int | None,
    now: datetime,
) -> None:
    """Keep what the columns mean; the last word counts."""
    places = _places(headings)
    meanings = [
        [*places[index], headings[index], column.value] for column, index in sorted(columns.items(), key=_index)
    ]
    values = {
        "meanings": {"columns": meanings},
        "file_name": file_name,
        "updated_by_id": person_id,
        "updated_at": now,
    }
    key = {"organisation_id": organisation_id, "headings_key": headings_key(headings)}
    statement = insert(RememberedColumns).values(key | values)
    session.execute(
        statement.on_conflict_do_update(constraint="uq_remembered_columns_organisation_id_headings_key", set_=values)
    )


def _index(entry: tuple[Column, int]) -> int:
    return entry[1]


def _places(headings: Sequence[str]) -> list[tuple[str, int]]:
    """Each column as its heading and how often that heading stood before, so that two of one name stay apart."""
    seen = Counter[str]()
    places = []
    for heading in headings:
        name = normal_heading(heading)
        places.append((name, seen[name]))
        seen[name] += 1
    return places


def recall(session: Session, organisation_id: int, headings: Sequence[str]) -> dict[Column, int] | None:
    """What the columns meant last time; None when the institution has not confirmed such headings yet."""
    meanings = session.scalar(
        select(RememberedColumns.meanings).where(
            RememberedColumns.organisation_id == organisation_id,
            RememberedColumns.headings_key == headings_key(headings),
        )
    )
    if meanings is None:
        return None
    indexes = {place: index for index, place in enumerate(_places(headings))}
    known = set(Column)
    return {
        Column(column): indexes[name, occurrence]
        for name, occurrence, _, column in meanings["columns"]
        if column in known and (name, occurrence) in indexes
    }


def forget(session: Session, organisation_id: int, remembered_id: int) -> None:
    """Forget one kind of file. Raises NotFound for another institution's."""
    statement = delete(RememberedColumns).where(
        RememberedColumns.id == remembered_id, RememberedColumns.organisation_id == organisation_id
    )
    if session.execute(statement.returning(RememberedColumns.id)).first() is None:
        raise NotFound


def remembered(session: Session, organisation_id: int) -> list[RememberedView]:
    """Everything that the institution taught, latest first."""
    statement = (
        select(RememberedColumns, Person.display_name)
        .outerjoin(Person, Person.id == RememberedColumns.updated_by_id)
        .where(RememberedColumns.organisation_id == organisation_id)
        .order_by(RememberedColumns.updated_at.desc(), RememberedColumns.id.desc())
    )
    return [
        RememberedView(
            row.id,
            row.file_name,
            tuple((heading, Column(column)) for _, _, heading, column in row.meanings["columns"]),
            person,
            row.updated_at,
        )
        for row, person in session.execute(statement)
    ]
