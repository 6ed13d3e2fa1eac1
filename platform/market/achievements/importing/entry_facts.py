"""What a file may say of the entry around a right: completers, owners, projects, readiness (rules.md 2.2, 2.3).

A blank cell erases nothing, and what a file cannot say stays: units of completers, consents with their papers. A cell that
says what the register's own workbook would say changes nothing, whatever its form. Of an entry with several rights the
line of its first right speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, select
from sqlalchemy.orm import Session

from market.achievements.editing.rules import STAGE_OF_TRL, AchievementDraft, ProjectDraft, achievement_problems
from market.achievements.entry_texts import completers_text, projects_text, shares_text
from market.achievements.errors import RowRefused
from market.achievements.importing.entry_cells import (
    read_completers,
    read_projects,
    read_readiness,
    read_shares,
    read_yes_or_no,
)
from market.achievements.importing.headings import Column
from market.achievements.models import Achievement, Completer, FundingProject, IPRight, OwnershipShare
from market.achievements.ownership import CompleterDraft, LongTermUse, ShareDraft
from market.achievements.vocabulary import AchievementKind, FundingLevel, MaturityStage, OwnershipForm, ShareHolder
from market.kernel.errors import N_

ENTRY_COLUMNS = (
    Column.READINESS,
    Column.READINESS_EVIDENCE,
    Column.REWARD_SHARES,
    Column.OWNER_SHARES,
    Column.IS_FUNDED,
    Column.PROJECTS,
)
Cells = Mapping[Column, str]
NO_LONG_TERM_USE = LongTermUse(None, None)


@dataclass(frozen=True)
class EntryFacts:
    """The facts of an entry that files may bring, and what is needed to judge them."""

    trl: int | None = None
    trl_evidence: str = ""
    maturity_stage: MaturityStage | None = None
    completers: tuple[CompleterDraft, ...] = ()
    ownership_form: OwnershipForm | None = None
    shares: tuple[ShareDraft, ...] = ()
    is_fiscally_funded: bool | None = None
    projects: tuple[ProjectDraft, ...] = ()
    long_term_use: LongTermUse = NO_LONG_TERM_USE

    def draft(self, title: str, kind: AchievementKind) -> AchievementDraft:
        """As a person would have typed them."""
        return AchievementDraft(
            title=title, kind=kind, **{part.name: getattr(self, part.name) for part in fields(self)}
        )


NO_FACTS = EntryFacts()


def merged_facts(
    held: EntryFacts, cells: Cells, own_names: tuple[str, ...], title: str, kind: AchievementKind, today: date
) -> EntryFacts:
    """What the register says after the cells. Raises RowRefused, RegisterRefused for what cannot be."""
    given = {column: text for column, text in cells.items() if _plain(text) != _plain(said(held, column))}
    after = _with_readiness(held, given)
    if Column.REWARD_SHARES in given:
        after = replace(after, completers=_completers(held.completers, read_completers(given[Column.REWARD_SHARES])))
    if Column.OWNER_SHARES in given:
        after = _with_shares(after, given[Column.OWNER_SHARES], own_names)
    after = _with_funding(after, given)
    if after != held:
        for problem in achievement_problems(after.draft(title, kind), today):
            raise problem
    return after


def said(facts: EntryFacts, column: Column) -> str:
    """What the register's workbook says in the column."""
    if column is Column.READINESS:
        return str(facts.trl or "")
    if column is Column.READINESS_EVIDENCE:
        return facts.trl_evidence
    if column is Column.REWARD_SHARES:
        return completers_text(facts.completers)
    if column is Column.OWNER_SHARES:
        return shares_text(facts.shares)
    if column is Column.IS_FUNDED:
        return {None: "", True: "是", False: "否"}[facts.is_fiscally_funded]
    return projects_text(facts.projects)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _with_readiness(held: EntryFacts, given: Cells) -> EntryFacts:
    after = replace(held, trl_evidence=given.get(Column.READINESS_EVIDENCE, held.trl_evidence))
    if Column.READINESS not in given:
        return after
    trl = read_readiness(given[Column.READINESS])
    return after if trl == held.trl else replace(after, trl=trl, maturity_stage=STAGE_OF_TRL[trl])


def _completers(held: tuple[CompleterDraft, ...], given: tuple[CompleterDraft, ...]) -> tuple[CompleterDraft, ...]:
    known = {one.name: one for one in held}
    merged = []
    for one in given:
        former = known.get(one.name, one)
        share = former.reward_share if one.reward_share is None else one.reward_share
        merged.append(replace(former, reward_share=share))
    return tuple(merged)


def _with_shares(held: EntryFacts, text: str, own_names: tuple[str, ...]) -> EntryFacts:
    known = {one.name: one for one in held.shares}
    given = read_shares(text, own_names, {one.name for one in held.completers})
    shares = tuple(replace(known.get(one.name, one), holder_kind=one.holder_kind, share=one.share) for one in given)
    if any(
        one.consented_on not in {None, kept.consented_on} or not kept.is_consent_whole
        for one, kept in zip(given, shares, strict=True)
    ):
        raise RowRefused(
            "row.consent_by_hand", N_("共有人的同意要在成果页连同同意书一起登记，不能用表格导入；请在这一格只写份额。")
        )
    kinds = {one.holder_kind for one in shares}
    form = OwnershipForm.SOLE
    if ShareHolder.COMPLETER in kinds:
        form = OwnershipForm.EMPOWERED
    elif ShareHolder.CO_OWNER in kinds:
        form = OwnershipForm.CO_OWNED
    is_long_term = held.ownership_form is OwnershipForm.LONG_TERM_USE
    return replace(held, shares=shares, ownership_form=held.ownership_form if is_long_term else form)


def _with_funding(held: EntryFacts, given: Cells) -> EntryFacts:
    after = held
    if Column.PROJECTS in given:
        projects = read_projects(given[Column.PROJECTS])
        is_fiscal = any(project.level is not FundingLevel.OUTSIDE for project in projects)
        after = replace(after, projects=projects, is_fiscally_funded=True if is_fiscal else held.is_fiscally_funded)
    if Column.IS_FUNDED in given:
        after = replace(after, is_fiscally_funded=read_yes_or_no(given[Column.IS_FUNDED]))
    return after


def changed_facts(before: EntryFacts, after: EntryFacts) -> dict[str, dict[str, str | None]]:
    """The facts that differ, before and after in the words of the workbook, as a check shows them."""
    columns = {column.value: (said(before, column), said(after, column)) for column in ENTRY_COLUMNS}
    columns["ownership_form"] = (before.ownership_form or "", after.ownership_form or "")
    columns["maturity_stage"] = (before.maturity_stage or "", after.maturity_stage or "")
    return {name: {"before": old or None, "after": new or None} for name, (old, new) in columns.items() if old != new}


def told_facts(before: EntryFacts, after: EntryFacts) -> dict[str, dict[str, str | None]]:
    """The same for an event: of people it keeps how many, not who."""
    told = changed_facts(before, after)
    for column, old, new in (
        (Column.REWARD_SHARES, before.completers, after.completers),
        (Column.OWNER_SHARES, before.shares, after.shares),
        (Column.PROJECTS, before.projects, after.projects),
    ):
        if told.pop(column.value, None) is not None:
            told[_TOLD[column]] = {"before": str(len(old)), "after": str(len(new))}
    return told


_TOLD = {Column.REWARD_SHARES: "completers", Column.OWNER_SHARES: "shares", Column.PROJECTS: "projects"}


def fact_values(facts: EntryFacts) -> dict[str, Any]:
    """The columns of the entry that hold the facts."""
    return {
        "trl": facts.trl,
        "trl_evidence": facts.trl_evidence,
        "maturity_stage": facts.maturity_stage.value if facts.maturity_stage else None,
        "ownership_form": facts.ownership_form.value if facts.ownership_form else None,
        "is_fiscally_funded": facts.is_fiscally_funded,
    }


def held_facts(session: Session, achievement_ids: Iterable[int]) -> dict[int, EntryFacts]:
    """What the register says of the entries, one query a table (see `planning.held_rights`)."""
    ids = literal(sorted(set(achievement_ids)), ARRAY(BigInteger))
    completers: dict[int, list[CompleterDraft]] = {}
    shares: dict[int, list[ShareDraft]] = {}
    projects: dict[int, list[ProjectDraft]] = {}
    for person in session.scalars(
        select(Completer).where(Completer.achievement_id == any_(ids)).order_by(Completer.position)
    ):
        one = CompleterDraft(person.name, person.unit, person.reward_share, person.is_main)
        completers.setdefault(person.achievement_id, []).append(one)
    owned = select(OwnershipShare).where(OwnershipShare.achievement_id == any_(ids)).order_by(OwnershipShare.position)
    for row in session.scalars(owned):
        share = ShareDraft(
            ShareHolder(row.holder_kind), row.name, row.share, row.consented_on, row.consented_by,
            row.consent_document_id,
        )  # fmt: skip
        shares.setdefault(row.achievement_id, []).append(share)
    paid = select(FundingProject).where(FundingProject.achievement_id == any_(ids)).order_by(FundingProject.position)
    for held in session.scalars(paid):
        project = ProjectDraft(FundingLevel(held.level), held.number, held.name, held.amount_fen)
        projects.setdefault(held.achievement_id, []).append(project)
    entries = select(Achievement).where(Achievement.id == any_(ids)).execution_options(populate_existing=True)
    return {
        entry.id: _facts_of(entry, completers.get(entry.id, []), shares.get(entry.id, []), projects.get(entry.id, []))
        for entry in session.scalars(entries)
    }


def _facts_of(
    entry: Achievement, completers: list[CompleterDraft], shares: list[ShareDraft], projects: list[ProjectDraft]
) -> EntryFacts:
    return EntryFacts(
        trl=entry.trl,
        trl_evidence=entry.trl_evidence,
        maturity_stage=MaturityStage(entry.maturity_stage) if entry.maturity_stage else None,
        completers=tuple(completers),
        ownership_form=OwnershipForm(entry.ownership_form) if entry.ownership_form else None,
        shares=tuple(shares),
        is_fiscally_funded=entry.is_fiscally_funded,
        projects=tuple(projects),
        long_term_use=LongTermUse(entry.long_term_use_from, entry.long_term_use_years),
    )


def first_rights(session: Session, achievement_ids: Iterable[int]) -> set[int]:
    """The rights whose lines speak for their entries."""
    ids = literal(sorted(set(achievement_ids)), ARRAY(BigInteger))
    first = select(func.min(IPRight.id)).where(IPRight.achievement_id == any_(ids)).group_by(IPRight.achievement_id)
    return set(session.scalars(first))
