"""What would become of each row: compared with the register, with the rest of the file, and with other institutions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, undefer

from market.accounts.models import Organisation
from market.accounts.queries import names_of
from market.accounts.rules import names_include
from market.achievements.errors import NumberRefused, RegisterRefused, RowRefused
from market.achievements.importing.details import NOTHING, RightDetails, changed_details, details_of, merged_details
from market.achievements.importing.entry_facts import (
    ENTRY_COLUMNS,
    NO_FACTS,
    EntryFacts,
    changed_facts,
    first_rights,
    held_facts,
    merged_facts,
    told_facts,
)
from market.achievements.importing.headings import Column
from market.achievements.importing.numbers import publication_variants, read_publication
from market.achievements.importing.rows import FileRow, RefusedRow, RowDraft, read_row
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import RightContent, changed_fields, ownership_after_import, without_claims
from market.achievements.vocabulary import OwnershipStatus, RowOutcome
from market.kernel.errors import N_


@dataclass(frozen=True)
class ImportContext:
    """Into whose register the rows go, what the columns mean, and the day that counts as today."""

    organisation_id: int
    own_names: tuple[str, ...]
    columns: Mapping[Column, int]
    today: date

    @property
    def has_entry_columns(self) -> bool:
        """Whether the file says anything of entries beside their rights."""
        return any(column in self.columns for column in ENTRY_COLUMNS)

    def is_own(self, applicants: str) -> bool:
        """Whether the institution, under its name or a former one, is among the applicants."""
        return names_include(applicants, self.own_names)


@dataclass(frozen=True)
class HeldRight:
    """A right that some register holds already, or a result without one (`right_id` None)."""

    right_id: int | None
    number: str
    achievement_id: int
    organisation_id: int
    organisation_name: str
    content: RightContent
    ownership: OwnershipStatus
    details: RightDetails = NOTHING
    is_status_confirmed: bool = False
    entry: EntryFacts = NO_FACTS
    speaks_for_entry: bool = True

    @property
    def basis(self) -> str:
        """A digest of what the register holds, to notice a change between the check and the import."""
        return hashlib.sha256(
            f"{self.content.digest}:{self.ownership}:{self.number}:{self.details}:{self.entry}".encode()
        ).hexdigest()


@dataclass(frozen=True)
class PlannedRow:
    """What becomes of one row. `draft` is None for a refused row; `held` is what the register has."""

    row_number: int
    outcome: RowOutcome
    number: str
    title: str
    draft: RowDraft | None = None
    held: HeldRight | None = None
    content: RightContent | None = None
    details: RightDetails = NOTHING
    entry: EntryFacts = NO_FACTS
    ownership: OwnershipStatus | None = None
    reason_code: str | None = None
    reason: str | None = None

    @property
    def basis(self) -> str | None:
        """On what the outcome rests; None where the register had nothing, or the row does not come in."""
        return self.held.basis if self.held and self.outcome is RowOutcome.CHANGED else None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that a changed row changes, each with its value before and after."""
        return self._changes(changed_facts)

    @property
    def told_changes(self) -> dict[str, Any]:
        """The same as the event keeps them."""
        return without_claims(self._changes(told_facts))

    def _changes(self, of_entry: Callable[[EntryFacts, EntryFacts], dict[str, Any]]) -> dict[str, Any]:
        if self.outcome is not RowOutcome.CHANGED:
            return {}
        assert self.held is not None
        assert self.content is not None
        assert self.ownership is not None
        fields: dict[str, Any] = dict(changed_fields(self.held.content, self.content))
        fields |= changed_details(self.held.details, self.details) | of_entry(self.held.entry, self.entry)
        if self.number != self.held.number:
            fields["number"] = {"before": self.held.number, "after": self.number}
        if self.ownership is not self.held.ownership:
            fields["ownership_status"] = {"before": self.held.ownership.value, "after": self.ownership.value}
        return fields


def context_for(organisation_id: int, columns: Mapping[Column, int], today: date) -> ImportContext:
    """The context of an import into the institution's register."""
    return ImportContext(organisation_id, tuple(names_of(organisation_id)), columns, today)


def plan(session: Session, context: ImportContext, rows: Sequence[FileRow], seen: dict[str, int]) -> list[PlannedRow]:
    """What would become of the rows, in their order. `seen` (number → row) grows by what this file has named."""
    readings = [read_row(row, context.columns, context.today) for row in rows]
    first_ones = [_first_of_its_number(reading, seen) for reading in readings]
    drafts = [item for item in first_ones if isinstance(item, RowDraft)]
    held = held_entries(session, context.organisation_id, drafts)
    if context.has_entry_columns:
        held = _with_entries(session, context, held)
    return [
        _refused(item) if isinstance(item, RefusedRow) else _decided(context, item, held.get(item.row_number), seen)
        for item in first_ones
    ]


def _with_entries(session: Session, context: ImportContext, held: Mapping[int, HeldRight]) -> dict[int, HeldRight]:
    """The own entries with what the register says beside their rights."""
    entries = {one.achievement_id for one in held.values() if one.organisation_id == context.organisation_id}
    facts, speakers = held_facts(session, entries), first_rights(session, entries)
    return {
        row: replace(
            one,
            entry=facts.get(one.achievement_id, NO_FACTS),
            speaks_for_entry=one.right_id is None or one.right_id in speakers,
        )
        for row, one in held.items()
    }


def _decided(context: ImportContext, draft: RowDraft, held: HeldRight | None, seen: dict[str, int]) -> PlannedRow:
    """The decision; a row that is refused for what it says of its entry leaves its number to a later one."""
    try:
        return decide(context, draft, held)
    except (RegisterRefused, RowRefused) as refusal:
        seen.pop(draft.key, None)
        number = draft.number.normal if draft.number else ""
        return _refused(RefusedRow(draft.row_number, number, draft.content.title, refusal))


def _first_of_its_number(reading: RowDraft | RefusedRow, seen: dict[str, int]) -> RowDraft | RefusedRow:
    if isinstance(reading, RefusedRow):
        return reading
    former = seen.setdefault(reading.key, reading.row_number)
    if former == reading.row_number:
        return reading
    if reading.number is None:
        refusal = RowRefused(
            "row.same_title", N_("与第 %(row)s 行的类型和名称相同，已按第 %(row)s 行处理。"), row=former
        )
        return RefusedRow(reading.row_number, "", reading.content.title, refusal)
    refusal = RowRefused("row.duplicate", N_("与第 %(row)s 行的申请号重复，已按第 %(row)s 行处理。"), row=former)
    return RefusedRow(reading.row_number, reading.number.normal, reading.content.title, refusal)


def _refused(row: RefusedRow) -> PlannedRow:
    return PlannedRow(
        row.row_number,
        RowOutcome.REFUSED,
        row.number,
        row.title,
        reason_code=row.refusal.code,
        reason=row.refusal.sentence,
    )


def decide(context: ImportContext, draft: RowDraft, held: HeldRight | None) -> PlannedRow:
    """New, changed, same, or refused because another institution holds the number.

    Raises RowRefused, RegisterRefused for what cannot be said of the entry.
    """
    number = draft.number.normal if draft.number else ""
    if held is None:
        is_own = context.is_own(draft.applicants) or not draft.applicants
        ownership = OwnershipStatus.OWN if is_own else OwnershipStatus.PENDING
        return PlannedRow(
            draft.row_number, RowOutcome.NEW, number, draft.content.title,
            draft=draft, content=draft.content, details=draft.details, ownership=ownership,
            entry=_facts(context, draft, NO_FACTS),
        )  # fmt: skip
    if held.organisation_id != context.organisation_id:
        refusal = RowRefused(
            "row.held_by_another",
            N_("申请号 %(number)s 已登记在 %(holder)s 名下，不能收入；请核实权属后与对方协商。确认导入时会通知双方。"),
            number=number,
            holder=held.organisation_name,
        )
        return _refused(RefusedRow(draft.row_number, number, draft.content.title, refusal))
    content = merged(held.content, draft.content)
    entry = _facts(context, draft, held.entry) if held.speaks_for_entry else held.entry
    if held.right_id is None:
        content = replace(content, inventors=_names_of(entry) or content.inventors)
        return _compared(draft, held, "", content, held.ownership, entry)
    ownership = ownership_after_import(
        held.ownership,
        is_own=context.is_own(content.applicants),
        have_applicants_changed=content.applicants != held.content.applicants,
    )
    is_completed = is_publication(held.number) and not is_publication(number)
    return _compared(draft, held, number if is_completed else held.number, content, ownership, entry)


def _facts(context: ImportContext, draft: RowDraft, held: EntryFacts) -> EntryFacts:
    if not draft.entry_cells:
        return held
    return merged_facts(held, draft.entry_cells, context.own_names, draft.content.title, draft.kind, context.today)


def _names_of(entry: EntryFacts) -> str:
    """The completers as a text; where they are known one by one they outweigh what a file calls them."""
    return "；".join(completer.name for completer in entry.completers)


def is_publication(number: str) -> bool:
    """Whether a right goes by its publication number, its application number being unknown."""
    return number.startswith("CN") and number[2:].isdigit()


def _compared(
    draft: RowDraft,
    held: HeldRight,
    number: str,
    content: RightContent,
    ownership: OwnershipStatus,
    entry: EntryFacts,
) -> PlannedRow:
    details = merged_details(held.details, draft.details, is_status_confirmed=held.is_status_confirmed)
    after = (content, ownership, number, details, entry)
    is_same = after == (held.content, held.ownership, held.number, held.details, held.entry)
    return PlannedRow(
        draft.row_number, RowOutcome.SAME if is_same else RowOutcome.CHANGED, number, content.title,
        draft=draft, held=held, content=content, details=details, entry=entry, ownership=ownership,
    )  # fmt: skip


def merged(held: RightContent, given: RightContent) -> RightContent:
    """What the register says after the file: a blank cell or missing column erases nothing."""
    return replace(
        held,
        title=given.title,
        applicants=given.applicants,
        inventors=given.inventors or held.inventors,
        filing_date=given.filing_date or held.filing_date,
        publication_number=given.publication_number or held.publication_number,
        main_class=given.main_class or held.main_class,
        abstract=given.abstract or held.abstract,
        claims=held.claims if _says_all(held.claims, given.claims) else given.claims,
    )


def _says_all(held: str, given: str) -> bool:
    """Whether the given text is nothing, or one claim alone that the held text has too, however it is punctuated.

    A file that has the first claim alone takes nothing from all of them; one that has several says how many there are now.
    """
    return not given or (not _SECOND_CLAIM.search(given) and _letters(given) in _letters(held))


_SECOND_CLAIM = re.compile(r"(?m)^\s*2\s*[.．、,，]|[。；;]\s*2\s*[.．、](?!\d)")


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text))


def content_of(right: IPRight) -> RightContent:
    """What the register says of the right, as an office file would."""
    return RightContent(
        right.title,
        right.applicants,
        right.inventors,
        right.filing_date,
        right.publication_number,
        right.main_class,
        right.abstract,
        right.claims,
    )


def held_entries(session: Session, organisation_id: int, drafts: Sequence[RowDraft]) -> dict[int, HeldRight]:
    """What the register holds of each row, by row number.

    By the application number; by the publication number where one side knows only that; by kind and title for a
    result without a right.
    """
    numbered = [draft for draft in drafts if draft.number is not None]
    bases = {draft.row_number: base for draft in numbered if (base := _publication_base(draft))}
    rights = held_rights(session, {*(draft.key for draft in numbered), *bases.values()})
    found = {
        draft.row_number: right
        for draft in numbered
        if (right := rights.get(draft.key) or rights.get(bases.get(draft.row_number, "")))
    }
    unknown = {
        draft.key: draft.row_number for draft in numbered if draft.row_number not in found and is_publication(draft.key)
    }
    if unknown:
        found |= {unknown[base]: right for base, right in _held_by_publication(session, unknown).items()}
    return found | _held_without_right(session, organisation_id, [draft for draft in drafts if draft.number is None])


def _publication_base(draft: RowDraft) -> str | None:
    try:
        return read_publication(draft.publication or "")[0]
    except NumberRefused:
        return None


def _held_by_publication(session: Session, bases: Iterable[str]) -> dict[str, HeldRight]:
    """Rights whose application number is known, found by their publication number."""
    variants = {variant: base for base in bases for variant in publication_variants(base)}
    statement = select(IPRight.publication_number, IPRight.number).where(IPRight.publication_number.in_(list(variants)))
    numbers = {number: variants[publication or ""] for publication, number in session.execute(statement)}
    return {numbers[number]: right for number, right in held_rights(session, numbers).items()}


def _held_without_right(session: Session, organisation_id: int, drafts: Sequence[RowDraft]) -> dict[int, HeldRight]:
    """Results of the institution without a right, found by kind and title."""
    if not drafts:
        return {}
    statement = select(Achievement).where(
        Achievement.organisation_id == organisation_id,
        Achievement.title.in_({draft.content.title for draft in drafts}),
        Achievement.kind.in_({draft.kind.value for draft in drafts}),
        ~exists().where(IPRight.achievement_id == Achievement.id),
    )
    known = {
        (entry.kind, entry.title): entry
        for entry in session.scalars(statement.execution_options(populate_existing=True))
    }
    found = {}
    for draft in drafts:
        entry = known.get((draft.kind.value, draft.content.title))
        if entry is not None:
            content = RightContent(entry.title, "", entry.completers, None, None, "", entry.abstract)
            found[draft.row_number] = HeldRight(
                None, "", entry.id, organisation_id, "", content, OwnershipStatus(entry.ownership_status)
            )
    return found


def held_rights(session: Session, numbers: Iterable[str]) -> dict[str, HeldRight]:
    """Which of the numbers some register holds, and what it says of them.

    One table a query: in the middle of an import the planner knows nothing of the rows just written, and a join of
    tables that it takes for empty has run for minutes.
    """
    statement = select(IPRight).options(undefer(IPRight.claims)).where(IPRight.number.in_(list(numbers)))
    rights = session.scalars(statement.execution_options(populate_existing=True)).all()
    owners = {
        achievement_id: (organisation_id, OwnershipStatus(status))
        for achievement_id, organisation_id, status in session.execute(
            select(Achievement.id, Achievement.organisation_id, Achievement.ownership_status).where(
                Achievement.id.in_({right.achievement_id for right in rights})
            )
        )
    }
    known = select(Organisation.id, Organisation.name).where(
        Organisation.id.in_({owner for owner, _ in owners.values()})
    )
    names = {row.id: row.name for row in session.execute(known)}
    held = {}
    for right in rights:
        owner, ownership = owners[right.achievement_id]
        held[right.number] = HeldRight(
            right.id, right.number, right.achievement_id, owner, names[owner], content_of(right), ownership,
            details_of(right), right.legal_status_confirmed_by_id is not None,
        )  # fmt: skip
    return held
