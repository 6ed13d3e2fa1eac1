"""The public 公开实施清单: patents of fiscal projects that nobody used for three years, of all institutions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from market.accounts.models import Organisation
from market.achievements.models import Achievement, IPRight, OpenListEntry
from market.achievements.register_states import state_conditions
from market.achievements.usage import RegisterState, years_later
from market.achievements.vocabulary import AchievementKind
from market.kernel.db import current_session


@dataclass(frozen=True)
class OpenListRow:
    """One patent on the list; `terms` is empty until its owner has set way and fee."""

    title: str
    number: str
    kind: AchievementKind
    owner: str
    grant_date: date
    listed_from: date
    terms: str


class OpenList:
    """The list as it stands on one day."""

    def __init__(self, today: date) -> None:
        self._conditions = state_conditions(current_session(), today)

    def count(self) -> int:
        """How many patents stand on it."""
        statement = self._statement().add_columns(func.count(IPRight.id))
        return int(current_session().execute(statement).scalar_one())

    def rows(self, *, limit: int, offset: int) -> list[OpenListRow]:
        """A page of it, the latest to come first."""
        statement = (
            self._statement()
            .add_columns(IPRight, Organisation.name, OpenListEntry.terms)
            .order_by(IPRight.grant_date.desc(), IPRight.id)
            .limit(limit)
            .offset(offset)
        )
        return [
            OpenListRow(
                title=right.title,
                number=right.number,
                kind=AchievementKind(right.kind),
                owner=owner,
                grant_date=right.grant_date,
                listed_from=years_later(right.grant_date, self._conditions.open_list_years) + timedelta(days=1),
                terms=terms or "",
            )
            for right, owner, terms in current_session().execute(statement)
        ]

    def _statement(self) -> Select[Any]:
        statement = (
            select()
            .select_from(Achievement)
            .join(IPRight, IPRight.achievement_id == Achievement.id)
            .join(Organisation, Organisation.id == Achievement.organisation_id)
        )
        return self._conditions.join(statement).where(self._conditions.of(RegisterState.UNUSED_THREE_YEARS))
