"""Verification of organisations: evidence, the operator's answer with reasons, names that look alike, merging doubles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.identity import file_type
from market.accounts.models import Organisation, OrganisationEvidence, OrganisationReview
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import Actor, ReviewState
from market.kernel.errors import N_, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row

MAXIMUM_BYTES = 10 * 1024 * 1024
MAXIMUM_FILES = 10


class EvidenceRefused(Refusal):
    """Not a PDF, JPEG or PNG by its content, empty, too large, or one too many."""


class ReviewRefused(Refusal):
    """There is nothing to decide, or the decision lacks its reason."""


@dataclass(frozen=True)
class EvidenceFile:
    """An upload: its name and what it holds."""

    name: str
    content: bytes


def submit(
    session: Session, organisation: Organisation, person_id: int, evidence: EvidenceFile | None, *, now: datetime
) -> OrganisationReview:
    """Ask the operator to verify the organisation; the caller holds or has just made its row."""
    if organisation.verified_at is not None or waiting_review(session, organisation.id) is not None:
        raise ReviewRefused("review.not_needed", N_("这个机构已经核验，或者正在等待核验。"))
    if evidence is not None:
        keep_evidence(session, organisation.id, person_id, evidence, now=now)
    review = OrganisationReview(
        organisation_id=organisation.id,
        state=ReviewState.WAITING.value,
        submitted_by_id=person_id,
        submitted_at=now,
    )
    session.add(review)
    session.flush()
    _record(session, organisation.id, "organisation.submitted", now, person_id, organisation.id)
    return review


def keep_evidence(
    session: Session, organisation_id: int, person_id: int, file: EvidenceFile, *, now: datetime
) -> OrganisationEvidence:
    """Keep a file whose content shows its type. Raises EvidenceRefused."""
    media_type = check_evidence(file)
    held = select(func.count(OrganisationEvidence.id)).where(OrganisationEvidence.organisation_id == organisation_id)
    if (session.scalar(held) or 0) >= MAXIMUM_FILES:
        raise EvidenceRefused("evidence.count", N_("证明文件已有 10 份，不能再添加。"), field="evidence")
    evidence = OrganisationEvidence(
        organisation_id=organisation_id,
        name=file.name[-255:] or "file",
        media_type=media_type,
        byte_size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content,
        uploaded_by_id=person_id,
        created_at=now,
    )
    session.add(evidence)
    session.flush()
    return evidence


def check_evidence(file: EvidenceFile) -> str:
    """The file's type by its content. Raises EvidenceRefused for another type and for a file that is too large."""
    media_type = file_type(file.content)
    if media_type is None:
        raise EvidenceRefused("evidence.type", N_("只收 PDF、JPG 或 PNG 文件，按内容判断。"), field="evidence")
    if len(file.content) > MAXIMUM_BYTES:
        raise EvidenceRefused("evidence.size", N_("证明文件不能超过 10 MB。"), field="evidence")
    return media_type


def waiting_review(session: Session, organisation_id: int) -> OrganisationReview | None:
    """The application that waits for the operator."""
    conditions = (
        OrganisationReview.organisation_id == organisation_id,
        OrganisationReview.state == ReviewState.WAITING.value,
    )
    return session.scalar(select(OrganisationReview).where(*conditions))


def reject(session: Session, actor: Actor, organisation_id: int, reason: str, *, now: datetime) -> None:
    """The operator says no, with a reason that the applicant reads. Raises ReviewRefused without reason or review."""
    require(actor, Act.VERIFY_ORGANISATION)
    organisation = lock_row(session, Organisation, organisation_id)
    if not reason.strip():
        raise ReviewRefused("review.reason", N_("请写明未通过的理由，申请人会看到。"), field="reason")
    review = waiting_review(session, organisation_id)
    if review is None:
        raise ReviewRefused("review.none", N_("没有等待核验的申请，可能已有人处理。"))
    close_review(review, actor, ReviewState.REJECTED, reason.strip(), now=now)
    record(
        session,
        EventDraft(
            "organisation",
            organisation_id,
            "organisation.rejected",
            now,
            actor_person_id=actor.person_id,
            actor_organisation_id=actor.organisation_id,
            reason=reason.strip(),
            payload={"organisation_id": organisation.id},
        ),
    )


def close_review(review: OrganisationReview, actor: Actor, state: ReviewState, reason: str, *, now: datetime) -> None:
    """Write the answer; the notice tells it to the organisation. Nobody answers her own application."""
    require_other_person(actor.person_id, Act.VERIFY_ORGANISATION, [review.submitted_by_id])
    review.state, review.reason = state.value, reason
    review.decided_by_id, review.decided_at = actor.person_id, now


def _record(
    session: Session, subject_id: int, action: str, now: datetime, person_id: int, organisation_id: int
) -> None:
    record(
        session,
        EventDraft(
            "organisation", subject_id, action, now, actor_person_id=person_id, actor_organisation_id=organisation_id
        ),
    )
