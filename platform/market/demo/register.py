"""The institutions' registers: patents come by office file through the import, everything else entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from market.achievements.editing import service as editing
from market.achievements.editing import statements
from market.achievements.editing.records import achievement_values, apply_values, right_values
from market.achievements.importing import service as importing
from market.achievements.importing.applying import settle
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.workbook import read_rows
from market.achievements.models import Achievement, Completer, FundingProject, IPRight, OwnershipShare
from market.achievements.service import confirm_legal_status, confirm_ownership
from market.achievements.vocabulary import (
    AchievementKind,
    EncumbranceKind,
    ImplementationKind,
    LegalStatus,
    OpenListDecision,
)
from market.demo.cast import Cast
from market.demo.identifiers import is_patent, other_number, patent_number
from market.demo.particulars import Particulars
from market.demo.story import DAYS_PER_YEAR, Story
from market.demo.world import AchievementEntry, RightEntry, World
from market.kernel.clock import local_date
from market.kernel.events import EventDraft, record_many
from market.kernel.excel import write_workbook

FILE_DAYS = (440, 240, 60)
"""The days of the imports; what was filed later comes with a later file."""
HEADINGS = ("序号", "申请号", "专利名称", "申请（专利权）人", "发明（设计）人", "申请日", "主分类号", "摘要")
MASS_PRODUCED = "mass_production"
_SEARCHED_DAYS_LATER = 1


@dataclass
class Register:
    """Where each right and each achievement of the content files ended up in the database."""

    session: Session
    cast: Cast
    story: Story
    numbers: dict[tuple[str, int], str | None] = field(default_factory=dict)
    serials: dict[tuple[str, int], int] = field(default_factory=dict)
    achievements: dict[str, int] = field(default_factory=dict)
    institutions: dict[str, str] = field(default_factory=dict)

    def tell(self, world: World) -> None:
        """Put every entry of the world into the story."""
        self._number(world.achievements)
        self.institutions = {entry.key: entry.institution for entry in world.achievements}
        for institution in dict.fromkeys(entry.institution for entry in world.achievements):
            entries = [entry for entry in world.achievements if entry.institution == institution]
            for days_ago in FILE_DAYS:
                self._tell_batch(
                    institution, [entry for entry in entries if arrival(entry.rights[0]) == days_ago], days_ago
                )
        for entry in world.achievements:
            self._tell_more(entry)

    def _number(self, entries: Iterable[AchievementEntry]) -> None:
        rights = [(entry.key, place, right) for entry in entries for place, right in enumerate(entry.rights)]
        for serial, (key, place, right) in enumerate(rights, 1):
            make = patent_number if is_patent(right.kind) else other_number
            self.numbers[key, place] = make(right.kind, self._filed(right).year, serial)
            self.serials[key, place] = serial

    def _filed(self, right: RightEntry) -> date:
        return self.story.day(right.age)

    @property
    def _particulars(self) -> Particulars:
        return Particulars(self.story)

    def _tell_batch(self, institution: str, entries: Sequence[AchievementEntry], days_ago: int) -> None:
        at = self.story.moment(days_ago, 9.5)
        patents = [entry for entry in entries if is_patent(entry.kind)]
        others = [entry for entry in entries if not is_patent(entry.kind)]
        if patents:
            self.story.tell(at, lambda moment: self._import(institution, patents, moment))
        for entry in others:
            self.story.tell(at + timedelta(hours=2), lambda moment, entry=entry: self._enter(entry, moment))  # type: ignore[misc]

    def _import(self, institution: str, entries: Sequence[AchievementEntry], at: datetime) -> None:
        """The officer's office file, through the same steps as an upload in the browser."""
        officer = self.cast.officer(institution)
        name = f"{officer.organisation_name}专利清单{at:%Y%m%d}"
        rows = [self._file_row(place, entry) for place, entry in enumerate(entries, 1)]
        with write_workbook("专利清单", HEADINGS, rows) as workbook:
            file = OfficeFile(f"{name}.xlsx", workbook.read())
        run = importing.receive_upload(self.session, importing.uploader_of(officer), file, now=at)
        importing.confirm_columns(self.session, run.id, importing.confirmed_columns(run))
        below = [row for row in read_rows(file) if row.row_number > run.header_row]
        settle(self.session, run.id, below, now=at, finished_at=at + timedelta(seconds=len(rows)))
        self._complete(entries, at + timedelta(hours=3))

    def _file_row(self, place: int, entry: AchievementEntry) -> tuple[object, ...]:
        right = entry.rights[0]
        filed = self._filed(right)
        number = self.numbers[entry.key, 0]
        return (place, number, right.title, right.applicants, entry.completers, filed, right.ipc, entry.abstract)

    def _complete(self, entries: Sequence[AchievementEntry], at: datetime) -> None:
        """What the file does not say, typed by the officer in the afternoon: field, maturity, money, people, fees."""
        by_number = {self.numbers[entry.key, 0]: entry for entry in entries}
        statement = (
            select(IPRight, Achievement)
            .options(undefer(IPRight.claims))
            .join(Achievement, Achievement.id == IPRight.achievement_id)
        )
        found = self.session.execute(statement.where(IPRight.number.in_(by_number)).order_by(IPRight.id)).all()
        record_many(
            self.session,
            [self._describe(by_number[right.number], right, achievement, at) for right, achievement in found],
        )

    def _describe(self, entry: AchievementEntry, right: IPRight, achievement: Achievement, at: datetime) -> EventDraft:
        """As the editor's service does, but for a whole file with a few statements; tests hold the drafts sound."""
        officer, serial = self.cast.officer(entry.institution), self.serials[entry.key, 0]
        organisation = self.cast.organisations[entry.institution]
        draft = self._particulars.achievement(entry, organisation, serial)
        changes = apply_values(achievement, achievement_values(draft))
        achievement.updated_at = at
        for model, rows in (
            (Completer, draft.completers),
            (OwnershipShare, draft.shares),
            (FundingProject, draft.projects),
        ):
            self.session.add_all(
                model(achievement_id=achievement.id, position=place, **vars(row)) for place, row in enumerate(rows, 1)
            )
        typed = self._particulars.right(entry, 0, right.number, serial, at)
        changes |= apply_values(right, right_values(typed))
        self.achievements[entry.key] = achievement.id
        return EventDraft(
            "achievement", achievement.id, "achievement.changed", at,
            actor_person_id=officer.person_id, actor_organisation_id=officer.organisation_id,
            payload={"fields": changes, "right_id": right.id, "number": right.number,
                     "organisation_id": officer.organisation_id},
        )  # fmt: skip

    def _enter(self, entry: AchievementEntry, at: datetime) -> None:
        """A result that is no patent: software, plant variety, layout, know-how, process, prototype."""
        organisation = self.cast.organisations[entry.institution]
        number, serial = self.numbers[entry.key, 0], self.serials[entry.key, 0]
        draft = self._particulars.achievement(entry, organisation, serial)
        right = None if number is None else self._particulars.right(entry, 0, number, serial, at)
        officer = self.cast.officer(entry.institution)
        achievement = editing.register_achievement(self.session, officer, draft, right, now=at)
        self.achievements[entry.key] = achievement.id

    def _tell_more(self, entry: AchievementEntry) -> None:
        """Further rights of the same achievement, whose it is, and what a search of the legal status found."""
        arrived = self.story.moment(arrival(entry.rights[0]), 14)
        for place, right in enumerate(entry.rights[1:], 1):
            at = max(arrived, self.story.moment(arrival(right), 15))
            self.story.tell(at, lambda moment, place=place: self._add_further(entry, place, moment))  # type: ignore[misc]
        if entry.ownership_reason:
            self.story.tell(arrived + timedelta(days=3), lambda moment: self._explain_ownership(entry, moment))
        self.story.tell(
            arrived + timedelta(days=_SEARCHED_DAYS_LATER), lambda moment: self._confirm_status(entry, moment)
        )
        self._tell_statements(entry, arrived)

    def _tell_statements(self, entry: AchievementEntry, arrived: datetime) -> None:
        """Encumbrances, use outside the platform, decisions on the open list; not before the entry is there."""
        soonest = arrived + timedelta(days=2)
        if entry.encumbrance is not None:
            at = max(soonest, self.story.moment(entry.encumbrance.days, 15.5))
            self.story.tell(at, lambda moment: self._encumber(entry, moment))
        if entry.use is not None:
            at = max(soonest, self.story.moment(entry.use.days, 16))
            self.story.tell(at, lambda moment: self._use(entry, moment))
        if entry.open_list is not None:
            at = max(soonest, self.story.moment(30, 16.4))
            self.story.tell(at, lambda moment: self._decide_open_list(entry, moment))

    def _add_further(self, entry: AchievementEntry, place: int, at: datetime) -> None:
        number = self.numbers[entry.key, place]
        assert number is not None
        officer = self.cast.officer(entry.institution)
        typed = self._particulars.right(entry, place, number, self.serials[entry.key, place], at)
        editing.add_right(self.session, officer, self.achievements[entry.key], typed, now=at)

    def _explain_ownership(self, entry: AchievementEntry, at: datetime) -> None:
        confirm_ownership(
            self.session,
            self.cast.officer(entry.institution),
            self.achievements[entry.key],
            reason=entry.ownership_reason or "",
            now=at,
        )

    def _confirm_status(self, entry: AchievementEntry, at: datetime) -> None:
        status, reason = _searched(entry)
        if status is None or self.numbers[entry.key, 0] is None:
            return
        officer = self.cast.officer(entry.institution)
        confirm_legal_status(self.session, officer, self._right_id(entry), status, reason=reason, now=at)

    def _right_id(self, entry: AchievementEntry) -> int:
        number = self.numbers[entry.key, 0]
        return self.session.execute(select(IPRight.id).where(IPRight.number == number)).scalar_one()

    def _encumber(self, entry: AchievementEntry, at: datetime) -> None:
        told = entry.encumbrance
        assert told is not None
        until = local_date(self.story.moment(-told.until)) if told.until else None
        draft = statements.EncumbranceDraft(EncumbranceKind(told.kind), told.holder, local_date(at), until)
        officer = self.cast.officer(entry.institution)
        statements.record_encumbrance(self.session, officer, self._right_id(entry), draft, now=at)

    def _use(self, entry: AchievementEntry, at: datetime) -> None:
        told = entry.use
        assert told is not None
        since = local_date(self.story.moment(told.days))
        draft = statements.ImplementationDraft(ImplementationKind(told.kind), since, told.partner, told.note)
        officer = self.cast.officer(entry.institution)
        statements.record_implementation(self.session, officer, self.achievements[entry.key], draft, now=at)

    def _decide_open_list(self, entry: AchievementEntry, at: datetime) -> None:
        assert entry.open_list is not None
        decision = OpenListDecision(entry.open_list.decision)
        officer = self.cast.officer(entry.institution)
        statements.decide_open_list(
            self.session, officer, self.achievements[entry.key], decision, entry.open_list.text, now=at
        )


def arrival(right: RightEntry) -> int:
    """Days ago on which the right came into the register: with the first file for which it was old enough."""
    return next((days for days in FILE_DAYS[:-1] if right.age * DAYS_PER_YEAR > days + 7), FILE_DAYS[-1])


def _searched(entry: AchievementEntry) -> tuple[LegalStatus | None, str]:
    """What the officer found, for the entries whose status she looked up; the others wait until they are listed."""
    if entry.status == LegalStatus.LAPSED:
        return LegalStatus.LAPSED, "国家知识产权局公布公告查询：保护期届满终止。"
    if entry.kind == AchievementKind.PATENT_APPLICATION:
        return LegalStatus.PENDING, "国家知识产权局公布公告查询：实质审查中。"
    if entry.listing is None and entry.maturity == MASS_PRODUCED:
        return LegalStatus.ALIVE, "国家知识产权局公布公告查询：专利权维持，年费已缴。"
    return None, ""
