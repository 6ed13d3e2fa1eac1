"""The institutions' registers: patents come by office file through the import, everything else entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.achievements.importing import service as importing
from market.achievements.importing.applying import settle
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.workbook import read_rows
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import RightContent, presumed_expiry
from market.achievements.service import confirm_legal_status, confirm_ownership
from market.achievements.vocabulary import AchievementKind, LegalStatus, OwnershipStatus
from market.demo.cast import Cast
from market.demo.identifiers import is_patent, other_number, patent_number
from market.demo.story import DAYS_PER_YEAR, Story
from market.demo.world import AchievementEntry, RightEntry, World
from market.kernel.events import EventDraft, record
from market.kernel.excel import write_workbook
from market.kernel.locks import lock_row

FIRST_FILE_DAYS = 440
"""The day of the first import; what was filed later comes with a second file."""
SECOND_FILE_DAYS = 60
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
    achievements: dict[str, int] = field(default_factory=dict)
    institutions: dict[str, str] = field(default_factory=dict)

    def tell(self, world: World) -> None:
        """Put every entry of the world into the story."""
        self._number(world.achievements)
        self.institutions = {entry.key: entry.institution for entry in world.achievements}
        for institution in dict.fromkeys(entry.institution for entry in world.achievements):
            entries = [entry for entry in world.achievements if entry.institution == institution]
            for days_ago in (FIRST_FILE_DAYS, SECOND_FILE_DAYS):
                self._tell_batch(
                    institution, [entry for entry in entries if _arrival(entry.rights[0]) == days_ago], days_ago
                )
        for entry in world.achievements:
            self._tell_more(entry)

    def _number(self, entries: Iterable[AchievementEntry]) -> None:
        rights = [(entry.key, place, right) for entry in entries for place, right in enumerate(entry.rights)]
        for serial, (key, place, right) in enumerate(rights, 1):
            make = patent_number if is_patent(right.kind) else other_number
            self.numbers[key, place] = make(right.kind, self._filed(right).year, serial)

    def _filed(self, right: RightEntry) -> date:
        return self.story.day(right.age)

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
        self._complete(entries, at)

    def _file_row(self, place: int, entry: AchievementEntry) -> tuple[object, ...]:
        right = entry.rights[0]
        filed = self._filed(right)
        number = self.numbers[entry.key, 0]
        return (place, number, right.title, right.applicants, entry.completers, filed, right.ipc, entry.abstract)

    def _complete(self, entries: Sequence[AchievementEntry], at: datetime) -> None:
        """What the file does not say: field, industry, maturity, source of the money."""
        by_number = {self.numbers[entry.key, 0]: entry for entry in entries}
        statement = (
            select(IPRight.number, Achievement)
            .join(Achievement, Achievement.id == IPRight.achievement_id)
            .where(IPRight.number.in_(by_number))
        )
        for number, achievement in self.session.execute(statement).all():
            entry = by_number[number]
            achievement.technical_field = entry.field
            achievement.industry = entry.industry
            achievement.maturity_stage = entry.maturity
            achievement.is_fiscally_funded = entry.is_fiscal
            achievement.updated_at = at
            self.achievements[entry.key] = achievement.id
        self.session.flush()

    def _enter(self, entry: AchievementEntry, at: datetime) -> None:
        """A result that is no patent: software, plant variety, know-how, process."""
        organisation = self.cast.organisations[entry.institution]
        achievement = Achievement(
            organisation_id=organisation.id,
            kind=entry.kind,
            title=entry.title,
            abstract=entry.abstract,
            completers=entry.completers,
            technical_field=entry.field,
            industry=entry.industry,
            maturity_stage=entry.maturity,
            is_fiscally_funded=entry.is_fiscal,
            ownership_status=OwnershipStatus.OWN.value,
            created_at=at,
            updated_at=at,
        )
        self.session.add(achievement)
        self.session.flush()
        self.achievements[entry.key] = achievement.id
        number = self.numbers[entry.key, 0]
        self._record(entry, "achievement.registered", at, {
            "number": number,
            "kind": entry.kind,
            "ownership_status": OwnershipStatus.OWN.value,
        }, state_after=OwnershipStatus.OWN.value)  # fmt: skip
        if number is not None:
            self._add_right(entry, 0, at)

    def _tell_more(self, entry: AchievementEntry) -> None:
        """Further rights of the same achievement, whose it is, and what a search of the legal status found."""
        arrived = self.story.moment(_arrival(entry.rights[0]), 14)
        for place, right in enumerate(entry.rights[1:], 1):
            at = max(arrived, self.story.moment(_arrival(right), 15))
            self.story.tell(at, lambda moment, place=place: self._add_further(entry, place, moment))  # type: ignore[misc]
        if entry.ownership_reason:
            self.story.tell(arrived + timedelta(days=3), lambda moment: self._explain_ownership(entry, moment))
        self.story.tell(
            arrived + timedelta(days=_SEARCHED_DAYS_LATER), lambda moment: self._confirm_status(entry, moment)
        )

    def _add_further(self, entry: AchievementEntry, place: int, at: datetime) -> None:
        lock_row(self.session, Achievement, self.achievements[entry.key]).updated_at = at
        self._add_right(entry, place, at)
        change = {"before": None, "after": self.numbers[entry.key, place]}
        self._record(entry, "achievement.changed", at, {"fields": {"rights": change}})

    def _add_right(self, entry: AchievementEntry, place: int, at: datetime) -> None:
        right, number = entry.rights[place], self.numbers[entry.key, place]
        assert number is not None
        kind = (
            AchievementKind.INVENTION
            if right.kind == AchievementKind.PATENT_APPLICATION
            else AchievementKind(right.kind)
        )
        content = RightContent(
            right.title, right.applicants, entry.completers, self._filed(right), None, right.ipc, entry.abstract
        )
        self.session.add(
            IPRight(
                achievement_id=self.achievements[entry.key],
                kind=kind.value,
                number=number,
                number_as_given=number,
                has_check_digit=is_patent(right.kind),
                title=content.title,
                applicants=content.applicants,
                inventors=content.inventors,
                filing_date=content.filing_date,
                main_class=content.main_class,
                abstract=content.abstract,
                expires_on=presumed_expiry(kind, content.filing_date),
                legal_status=_first_status(right).value,
                content_digest=content.digest,
                created_at=at,
            )
        )
        self.session.flush()

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
        number = self.numbers[entry.key, 0]
        if status is None or number is None:
            return
        right_id = self.session.execute(select(IPRight.id).where(IPRight.number == number)).scalar_one()
        officer = self.cast.officer(entry.institution)
        confirm_legal_status(self.session, officer, right_id, status, reason=reason, now=at)

    def _record(
        self,
        entry: AchievementEntry,
        action: str,
        at: datetime,
        payload: dict[str, object],
        state_after: str | None = None,
    ) -> None:
        officer = self.cast.officer(entry.institution)
        draft = EventDraft(
            "achievement", self.achievements[entry.key], action, at,
            actor_person_id=officer.person_id, actor_organisation_id=officer.organisation_id,
            state_after=state_after, payload=payload | {"organisation_id": officer.organisation_id},
        )  # fmt: skip
        record(self.session, draft)


def _arrival(right: RightEntry) -> int:
    """Days ago on which the right came into the register: with the first file if it was old enough then."""
    is_old = right.age * DAYS_PER_YEAR > FIRST_FILE_DAYS + 7
    return FIRST_FILE_DAYS if is_old else SECOND_FILE_DAYS


def _first_status(right: RightEntry) -> LegalStatus:
    """What is known of a right that is entered by hand; the import knows nothing of any."""
    return LegalStatus.PENDING if right.kind == AchievementKind.PATENT_APPLICATION else LegalStatus.UNKNOWN


def _searched(entry: AchievementEntry) -> tuple[LegalStatus | None, str]:
    """What the officer found, for the entries whose status she looked up; the others wait until they are listed."""
    if entry.status == LegalStatus.LAPSED:
        return LegalStatus.LAPSED, "国家知识产权局公布公告查询：保护期届满终止。"
    if entry.kind == AchievementKind.PATENT_APPLICATION:
        return LegalStatus.PENDING, "国家知识产权局公布公告查询：实质审查中。"
    if entry.listing is None and entry.maturity == MASS_PRODUCED:
        return LegalStatus.ALIVE, "国家知识产权局公布公告查询：专利权维持，年费已缴。"
    return None, ""
