"""What the editor shows of a bundle: what is in it, and what the own register holds that may come into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from market.achievements.models import Achievement, IPRight
from market.achievements.patent_numbers import clean_number
from market.listings.bundles import in_order, open_listing_of
from market.listings.checks import UNKNOWN_STATUS, achievement_problems
from market.listings.rules import Problem

SHOWN = 10
_NUMBER_MINIMUM = 4
"""From so many characters on, a text is looked for at the beginning of numbers too."""


@dataclass(frozen=True)
class MemberRow:
    """An achievement of the own register: what it is called, its rights, what keeps it out of the bundle."""

    achievement_id: int
    title: str
    numbers: tuple[str, ...]
    listed_as: str | None
    problems: tuple[Problem, ...]

    @property
    def may_join(self) -> bool:
        """Whether nothing keeps it out."""
        return self.listed_as is None and not self.problems


def offered(session: Session, lead: Achievement, members: Sequence[int]) -> list[Achievement]:
    """The lead and those of the members that are other entries of the same register."""
    others = [one for one in in_order(session, members) if one.organisation_id == lead.organisation_id]
    return [lead, *(one for one in others if one is not lead)]


def member_rows(
    session: Session, achievements: Sequence[Achievement], listing_id: int | None, today: date
) -> list[MemberRow]:
    """The rows of these achievements; the listing itself keeps none of them out."""
    statement = select(IPRight.achievement_id, IPRight.number).order_by(IPRight.id)
    numbers: dict[int, tuple[str, ...]] = {}
    for achievement_id, number in session.execute(
        statement.where(IPRight.achievement_id.in_([one.id for one in achievements]))
    ):
        numbers[achievement_id] = (*numbers.get(achievement_id, ()), number)
    return [_row(session, one, numbers.get(one.id, ()), listing_id, today) for one in achievements]


def candidates(
    session: Session, lead: Achievement, text: str, taken: Sequence[int], listing_id: int | None, today: date
) -> list[MemberRow]:
    """Entries of the lead's register whose title, register number or right's number fits; without those taken."""
    number = clean_number(text)
    bare = func.replace(IPRight.number, ".", "")
    numbered = bare.startswith(number.replace(".", ""), autoescape=True)
    fits = [Achievement.title.icontains(text, autoescape=True), Achievement.register_number == text]
    if len(number) >= _NUMBER_MINIMUM and number[:_NUMBER_MINIMUM].isdigit():
        fits.append(exists().where(IPRight.achievement_id == Achievement.id, numbered))
    statement = (
        select(Achievement)
        .where(
            Achievement.organisation_id == lead.organisation_id,
            Achievement.id.not_in([lead.id, *taken]),
            or_(*fits),
        )
        .order_by(Achievement.id.desc())
        .limit(SHOWN)
    )
    return member_rows(session, session.scalars(statement).all(), listing_id, today)


def _row(
    session: Session, achievement: Achievement, numbers: tuple[str, ...], listing_id: int | None, today: date
) -> MemberRow:
    found = open_listing_of(session, achievement.id)
    problems = achievement_problems(session, achievement, today)
    return MemberRow(
        achievement_id=achievement.id,
        title=achievement.title,
        numbers=numbers,
        listed_as=found[1] if found is not None and found[0] != listing_id else None,
        problems=tuple(problem for problem in problems if problem.code != UNKNOWN_STATUS),
    )
