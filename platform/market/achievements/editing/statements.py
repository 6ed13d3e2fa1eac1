"""What the institution states around an entry: encumbrances of its rights, use outside the platform, the open list, papers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.identity import file_type
from market.accounts.rules import Actor
from market.achievements.editing.entries import own_achievement, own_right, record_event, touch
from market.achievements.errors import RegisterRefused
from market.achievements.models import (
    Achievement,
    AchievementDocument,
    Encumbrance,
    Implementation,
    OpenListEntry,
    StoredFile,
)
from market.achievements.rules import checked_reason
from market.achievements.vocabulary import DocumentPurpose, EncumbranceKind, ImplementationKind, OpenListDecision
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_row

MAXIMUM_BYTES = 10 * 1024 * 1024
MAXIMUM_DOCUMENTS = 30


@dataclass(frozen=True)
class EncumbranceDraft:
    """A limit on disposing of a right; `until_on` None runs until it is ended."""

    kind: EncumbranceKind
    holder: str
    from_on: date
    until_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class ImplementationDraft:
    """Use or disposal outside the platform."""

    kind: ImplementationKind
    since: date
    partner: str = ""
    note: str = ""


@dataclass(frozen=True)
class DocumentDraft:
    """A paper with its file."""

    purpose: DocumentPurpose
    title: str
    file_name: str
    content: bytes


def record_encumbrance(
    session: Session, actor: Actor, right_id: int, draft: EncumbranceDraft, *, now: datetime
) -> Encumbrance:
    """Keep that a right is pledged, exclusively licensed or preserved. Raises RegisterRefused for impossible days."""
    achievement, right = own_right(session, actor, right_id)
    if not draft.holder:
        raise RegisterRefused("encumbrance.holder", N_("请填写质权人、被许可人或申请保全的单位。"), field="holder")
    if draft.from_on > local_date(now):
        raise RegisterRefused("encumbrance.future", N_("起始日在今天之后，请在发生后登记。"), field="from_on")
    if draft.until_on is not None and draft.until_on < draft.from_on:
        raise RegisterRefused("encumbrance.until", N_("截止日早于起始日。"), field="until_on")
    if right.expires_on is not None and draft.until_on is not None and draft.until_on > right.expires_on:
        raise RegisterRefused(
            "encumbrance.after_term",
            N_("截止日晚于保护期届满日 %(expires_on)s（民法典第八百六十五条）。"),
            field="until_on",
            expires_on=str(right.expires_on),
        )
    row = Encumbrance(
        right_id=right.id,
        kind=draft.kind.value,
        holder=draft.holder,
        from_on=draft.from_on,
        until_on=draft.until_on,
        note=draft.note,
        recorded_by_id=actor.person_id,
        recorded_at=now,
    )
    session.add(row)
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.encumbered", now,
        kind=draft.kind.value, right_id=right.id, number=right.number, encumbrance_id=row.id,
        from_on=draft.from_on.isoformat(), until_on=draft.until_on.isoformat() if draft.until_on else None,
    )  # fmt: skip
    return row


def end_encumbrance(
    session: Session, actor: Actor, encumbrance_id: int, ended_on: date, *, now: datetime
) -> Achievement:
    """Keep that an encumbrance ended. Raises NotFound, RegisterRefused when it ended before or for an impossible day."""
    right_id = session.scalar(select(Encumbrance.right_id).where(Encumbrance.id == encumbrance_id))
    if right_id is None:
        raise NotFound
    achievement, right = own_right(session, actor, right_id)
    row = lock_row(session, Encumbrance, encumbrance_id)
    if row.ended_on is not None:
        raise RegisterRefused("encumbrance.ended", N_("这项权利负担已经登记解除。"))
    if not row.from_on <= ended_on <= local_date(now):
        raise RegisterRefused("encumbrance.end_day", N_("解除日应在起始日之后、今天以前。"), field="ended_on")
    row.ended_on = ended_on
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.released", now,
        kind=row.kind, right_id=right.id, number=right.number, encumbrance_id=row.id, ended_on=ended_on.isoformat(),
    )  # fmt: skip
    return achievement


def record_implementation(
    session: Session, actor: Actor, achievement_id: int, draft: ImplementationDraft, *, now: datetime
) -> Implementation:
    """Keep that the achievement is used or was disposed of outside the platform; it counts as unused no more."""
    achievement = own_achievement(session, actor, achievement_id)
    if draft.since > local_date(now):
        raise RegisterRefused("implementation.future", N_("开始日期在今天之后，请在发生后登记。"), field="since")
    if draft.kind is not ImplementationKind.OWN_USE and not draft.partner:
        raise RegisterRefused("implementation.partner", N_("请填写对方单位。"), field="partner")
    row = Implementation(
        achievement_id=achievement.id,
        kind=draft.kind.value,
        since=draft.since,
        partner=draft.partner,
        note=draft.note,
        recorded_by_id=actor.person_id,
        recorded_at=now,
    )
    session.add(row)
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.implemented", now,
        kind=draft.kind.value, since=draft.since.isoformat(), implementation_id=row.id,
    )  # fmt: skip
    return row


def withdraw_implementation(
    session: Session, actor: Actor, implementation_id: int, *, reason: str, now: datetime
) -> Achievement:
    """Take back a record of use that was wrong; the event keeps it. Raises NotFound, RegisterRefused without reason."""
    achievement_id = session.scalar(select(Implementation.achievement_id).where(Implementation.id == implementation_id))
    if achievement_id is None:
        raise NotFound
    achievement = own_achievement(session, actor, achievement_id)
    stated = checked_reason(reason)
    row = lock_row(session, Implementation, implementation_id)
    session.delete(row)
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.implementation_withdrawn", now,
        reason=stated, kind=row.kind, since=row.since.isoformat(), implementation_id=row.id,
    )  # fmt: skip
    return achievement


def decide_open_list(
    session: Session, actor: Actor, achievement_id: int, decision: OpenListDecision, text: str, *, now: datetime
) -> OpenListEntry:
    """Set way and fee of an achievement on the 公开实施清单, or the good reason why it is not on it."""
    achievement = own_achievement(session, actor, achievement_id)
    stated = checked_reason(text, "text")
    entry = session.get(OpenListEntry, achievement.id)
    before = entry.decision if entry else None
    if entry is None:
        entry = OpenListEntry(achievement_id=achievement.id)
        session.add(entry)
    is_offer = decision is OpenListDecision.OFFERED
    entry.decision = decision.value
    entry.terms, entry.reason = (stated, "") if is_offer else ("", stated)
    entry.decided_by_id, entry.decided_at = actor.person_id, now
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.open_list_decided", now,
        state_after=decision.value, reason=stated, before=before,
    )  # fmt: skip
    return entry


def add_document(
    session: Session, actor: Actor, achievement_id: int, draft: DocumentDraft, *, now: datetime
) -> AchievementDocument:
    """Keep a paper with the entry; its content must show that it is PDF, JPG or PNG. Raises RegisterRefused."""
    achievement = own_achievement(session, actor, achievement_id)
    media_type = file_type(draft.content)
    if media_type is None:
        raise RegisterRefused("document.type", N_("只收 PDF、JPG 或 PNG 文件，按内容判断。"), field="file")
    if len(draft.content) > MAXIMUM_BYTES:
        raise RegisterRefused("document.size", N_("单个文件不能超过 10 MB。"), field="file")
    held = session.scalar(
        select(func.count(AchievementDocument.id)).where(AchievementDocument.achievement_id == achievement.id)
    )
    if (held or 0) >= MAXIMUM_DOCUMENTS:
        raise RegisterRefused(
            "document.count", N_("一项成果最多保存 %(maximum)s 份材料。"), field="file", maximum=MAXIMUM_DOCUMENTS
        )
    stored = StoredFile(
        organisation_id=achievement.organisation_id,
        name=draft.file_name[-255:] or "-",
        media_type=media_type,
        byte_size=len(draft.content),
        sha256=hashlib.sha256(draft.content).hexdigest(),
        content=draft.content,
        created_at=now,
    )
    session.add(stored)
    session.flush()
    row = AchievementDocument(
        achievement_id=achievement.id,
        stored_file_id=stored.id,
        purpose=draft.purpose.value,
        title=draft.title or draft.file_name[:200],
        added_by_id=actor.person_id,
        added_at=now,
    )
    session.add(row)
    touch(session, achievement, now)
    record_event(
        session, actor, achievement, "achievement.document_added", now,
        purpose=draft.purpose.value, document_id=row.id, sha256=stored.sha256,
    )  # fmt: skip
    return row
