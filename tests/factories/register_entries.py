"""Entries of the register written through the services, as an officer would."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.achievements.editing.numbers import read_right_number
from market.achievements.editing.rules import AchievementDraft, RightDraft
from market.achievements.editing.service import register_achievement
from market.achievements.models import (
    Achievement,
    AchievementDocument,
    Encumbrance,
    Implementation,
    IPRight,
    StoredFile,
)
from market.achievements.vocabulary import AchievementKind

NAME = "东海农业大学"
PUMP, VALVE, MODEL = "201710601862.3", "202310000001.5", "202320000001.0"


def entry_draft(**changes: Any) -> AchievementDraft:
    """An entry with what every entry has."""
    return AchievementDraft(**({"title": "一种水泵", "kind": AchievementKind.INVENTION} | changes))


def right_draft(applicants: str, number: str = PUMP, today: date = date(2026, 11, 22), **changes: Any) -> RightDraft:
    """A patent of the given applicants; its kind is what its number says unless told otherwise."""
    kind = changes.pop("kind", None)
    read = read_right_number(kind or AchievementKind.INVENTION, number, today)
    kind = kind or read.patent_kind or AchievementKind.INVENTION
    filed = date(read.year, 7, 21) if read.year else None
    return RightDraft(kind, read, **({"title": "一种水泵", "applicants": applicants, "filing_date": filed} | changes))


def make_entry(
    session: Session, actor: Actor, now: datetime, right: RightDraft | None = None, **changes: Any
) -> Achievement:
    """An entry in the actor's register."""
    meant = {"kind": right.kind, "title": right.title} if right else {"kind": AchievementKind.TRADE_SECRET}
    return register_achievement(session, actor, entry_draft(**meant | changes), right, now=now)


def add_statements(session: Session, achievement: Achievement, now: datetime) -> dict[str, str]:
    """An encumbrance, a use and a paper of the entry; their ids as places of addresses."""
    right_id = session.scalars(select(IPRight.id).where(IPRight.achievement_id == achievement.id)).first()
    stored = StoredFile(
        organisation_id=achievement.organisation_id, name="报告.pdf", media_type="application/pdf", byte_size=4,
        sha256="0" * 64, content=b"%PDF", created_at=now,
    )  # fmt: skip
    session.add(stored)
    session.flush()
    day, known = now.date(), 880_000 + achievement.id  # ids that occur nowhere else in an address
    rows = {
        "<encumbrance>": Encumbrance(
            id=known, right_id=right_id, kind="pledge", holder="某银行", from_on=day, recorded_at=now
        ),
        "<implementation>": Implementation(
            id=known, achievement_id=achievement.id, kind="own_use", since=day, recorded_at=now
        ),
        "<document>": AchievementDocument(
            id=known,
            achievement_id=achievement.id,
            stored_file_id=stored.id,
            purpose="other",
            title="报告",
            added_at=now,
        ),
    }
    session.add_all(rows.values())
    session.flush()
    return {name: str(row.id) for name, row in rows.items()}
