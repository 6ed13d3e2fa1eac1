"""What an institution's officer writes of an entry: people, money, shares, maturity, and of its rights: grant, fees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from market.accounts.models import Organisation
from market.achievements.editing.numbers import read_right_number
from market.achievements.editing.rules import AchievementDraft, ProjectDraft, RightDraft
from market.achievements.importing.cells import people_of
from market.achievements.ownership import WHOLE, CompleterDraft, ShareDraft
from market.achievements.usage import next_fee_day, years_later
from market.achievements.vocabulary import (
    PATENT_KINDS,
    AchievementKind,
    FundingLevel,
    MaturityStage,
    OwnershipForm,
    ShareHolder,
)
from market.demo.identifiers import project_number, report_number
from market.demo.story import Story
from market.demo.world import AchievementEntry, RightEntry, ShareEntry
from market.kernel.clock import local_date

REWARDS = {1: (10_000,), 2: (6_000, 4_000), 3: (5_000, 3_000, 2_000), 4: (4_500, 2_500, 1_800, 1_200)}
"""How the reward is shared, by number of completers, in hundredths of a percent."""
INDUSTRY_CLASSES = {
    "DQ": ("38",), "XY": ("195",), "FZ": ("18",), "QC": ("367",), "BF": ("344",), "SZ": ("65",),
    "ZZ": ("35",), "SM": ("27", "358"), "XNY": ("44",), "XCL": ("26", "29"),
}  # fmt: skip
"""GB/T 4754 classes in which results of an industry are applied."""
_GRANT_MONTHS_AT_MOST = {
    AchievementKind.INVENTION: 24,
    AchievementKind.UTILITY_MODEL: 8,
    AchievementKind.DESIGN: 6,
}
_DAYS_PER_MONTH = 30
_PROTECTED_YEARS = {AchievementKind.CIRCUIT_LAYOUT: 10, AchievementKind.PLANT_VARIETY: 15}
_LEVELS = (FundingLevel.PROVINCE, FundingLevel.CITY, FundingLevel.NATIONAL, FundingLevel.CITY)
_FAR_FROM_NOTICE = 80
"""Days: a fee that is no matter of the story is due later than anybody is reminded."""
_FEE_DAYS = {"due": 34, "overdue": -45}


@dataclass(frozen=True)
class Particulars:
    """Drafts of entries and rights. `serial` numbers an entry or right over the whole world."""

    story: Story

    def achievement(self, entry: AchievementEntry, organisation: Organisation, serial: int) -> AchievementDraft:
        """The whole entry as the officer completes it."""
        filed = self.story.day(entry.rights[0].age)
        return AchievementDraft(
            title=entry.title,
            kind=AchievementKind(entry.kind),
            abstract=entry.abstract,
            completed_on=filed - timedelta(days=40 + serial % 90),
            county_code=organisation.county_code,
            technical_field=entry.field,
            industry=entry.industry,
            applied_industries=INDUSTRY_CLASSES.get(entry.industry, ()),
            trl=entry.trl,
            trl_evidence=_evidence(entry),
            maturity_stage=MaturityStage(entry.maturity),
            is_fiscally_funded=entry.is_fiscal,
            ownership_form=_form(entry),
            completers=_completers(entry, organisation.name, is_rewarded=serial % 2 == 0),
            shares=_shares(entry, organisation.name, filed),
            projects=_projects(entry, filed, serial),
        )

    def right(self, entry: AchievementEntry, place: int, number: str, serial: int, at: datetime) -> RightDraft:
        """One right as it stands when the officer writes it."""
        right = entry.rights[place]
        kind, today = AchievementKind(right.kind), local_date(at)
        filed = self.story.day(right.age)
        is_granted = kind in PATENT_KINDS and entry.status is None
        report_on = self._report_day(entry, kind, today)
        protected = _PROTECTED_YEARS.get(kind)
        return RightDraft(
            kind=kind,
            number=read_right_number(kind, number, today),
            title=right.title,
            applicants=people_of(right.applicants),
            inventors=people_of(entry.completers, are_persons=True),
            filing_date=filed,
            grant_date=_grant_day(kind, filed, today) if is_granted else None,
            classes=(right.ipc,) if right.ipc else (),
            expires_on=years_later(filed, protected) if protected else None,
            annual_fee_paid_until=self._paid_until(entry, kind, right) if is_granted else None,
            evaluation_report_on=report_on,
            evaluation_report_number=report_number(report_on.year, serial) if report_on else "",
            abstract=entry.abstract,
        )

    def _paid_until(self, entry: AchievementEntry, kind: AchievementKind, right: RightEntry) -> date | None:
        """The last day that is covered: the end of the running patent year, of the next one when that is near."""
        today, filed = local_date(self.story.now), self.story.day(right.age)
        if entry.fee is not None:
            return today + timedelta(days=_FEE_DAYS[entry.fee])
        following = next_fee_day(filed, today + timedelta(days=_FAR_FROM_NOTICE))
        ends = years_later(filed, {AchievementKind.INVENTION: 20, AchievementKind.UTILITY_MODEL: 10}.get(kind, 15))
        return None if following is None or ends <= today else min(following, ends)

    def _report_day(self, entry: AchievementEntry, kind: AchievementKind, today: date) -> date | None:
        """An evaluation report was asked for where the law wants one: utility models and designs on open licence."""
        ways = {offer.way for offer in entry.listing.offers} if entry.listing else set()
        needs_one = "open_licence" in ways and kind in {AchievementKind.UTILITY_MODEL, AchievementKind.DESIGN}
        return today - timedelta(days=12) if needs_one else None


def _evidence(entry: AchievementEntry) -> str:
    """The tests that the listing tells of; a level without any is not stated."""
    if entry.trl is None:
        return ""
    return f"挂牌材料所列试验和使用记录：{entry.listing.advantage}" if entry.listing else "单位内部技术评议记录（演示）"


def _form(entry: AchievementEntry) -> OwnershipForm | None:
    kinds = {share.kind for share in entry.shares}
    if ShareHolder.COMPLETER.value in kinds:
        return OwnershipForm.EMPOWERED
    return OwnershipForm.CO_OWNED if kinds else OwnershipForm.SOLE


def _completers(entry: AchievementEntry, unit: str, *, is_rewarded: bool) -> tuple[CompleterDraft, ...]:
    names = entry.completers.split("；")
    owners = {share.name for share in entry.shares}
    rewards = REWARDS[len(names)] if is_rewarded and not owners & set(names) else (None,) * len(names)
    return tuple(
        CompleterDraft(name, unit, reward, is_main=place == 0)
        for place, (name, reward) in enumerate(zip(names, rewards, strict=True))
    )


def _shares(entry: AchievementEntry, own_name: str, filed: date) -> tuple[ShareDraft, ...]:
    """The others' parts with their consent, where they gave it, and what is left to the institution."""
    if not entry.shares:
        return ()
    others = tuple(
        ShareDraft(
            ShareHolder(share.kind), share.name, share.share * 100,
            consented_on=filed + timedelta(days=30) if share.consented else None,
            consented_by=_signer(share) if share.consented else None,
        )
        for share in entry.shares
    )  # fmt: skip
    own = ShareDraft(ShareHolder.INSTITUTION, own_name, WHOLE - sum(share.share for share in others))
    return (own, *others)


def _signer(share: ShareEntry) -> str:
    """A completer signs for herself, an organisation's representative for it."""
    return share.name if share.kind == ShareHolder.COMPLETER.value else f"{share.name}代表人"[:100]


def _projects(entry: AchievementEntry, filed: date, serial: int) -> tuple[ProjectDraft, ...]:
    if not entry.is_fiscal:
        return ()
    level = _LEVELS[serial % len(_LEVELS)]
    return (ProjectDraft(level, project_number(level, filed.year - 1, serial)),)


def _grant_day(kind: AchievementKind, filed: date, today: date) -> date:
    """Within the usual time of examination, before the day on which the entry is written."""
    usual = timedelta(days=_GRANT_MONTHS_AT_MOST[kind] * _DAYS_PER_MONTH)
    return filed + min(usual, (today - filed) * 3 // 5)
