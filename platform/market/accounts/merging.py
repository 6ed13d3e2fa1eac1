"""Two records of one organisation become one: people and names move, business stays where it is or refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, ForeignKeyConstraint, Table, func, or_, select, update
from sqlalchemy.orm import Session

from market.accounts import merging_particulars, service
from market.accounts.models import (
    Invitation,
    Membership,
    MembershipRole,
    Organisation,
    OrganisationName,
    OrganisationReview,
)
from market.accounts.policy import Act, require
from market.accounts.rules import Actor, ReviewState, normalise_name
from market.kernel.errors import N_, NotFound, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_rows
from market.kernel.orm import Base

NOT_BUSINESS = frozenset(
    {
        "organisation", "organisation_name", "organisation_relation", "organisation_review", "organisation_evidence",
        "membership", "invitation", "event", "notice", "organisation_statement", "saved_search",
    }
)  # fmt: skip
"""Tables that know an organisation without being its business."""

BUSINESS_NAMES = {
    "achievement": N_("成果"),
    "application": N_("申请"),
    "attachment_reading": N_("附件下载记录"),
    "synonym_change": N_("同义词修改"),
    "bid_refusal": N_("被拒绝的出价"),
    "deal": N_("交易"),
    "enquiry": N_("咨询"),
    "enquiry_message": N_("咨询消息"),
    "fact": N_("统计事实"),
    "import_run": N_("导入"),
    "listing": N_("挂牌"),
    "listing_comment": N_("审核意见"),
    "listing_question": N_("公开提问"),
    "lot": N_("竞价标的"),
    "lot_registration": N_("竞价报名"),
    "nda_consent": N_("保密承诺"),
    "parameter_proposal": N_("参数变更"),
    "publicity": N_("协议定价公示"),
    "publicity_objection": N_("公示异议"),
    "remembered_columns": N_("记住的列对应"),
    "stored_file": N_("上传的文件"),
    "watch": N_("关注"),
    "wrong_report": N_("举报"),
}
"""What the rows of a table are called when they keep an organisation from being merged."""


class MergeRefused(Refusal):
    """The two cannot become one like this."""


def merge(
    session: Session, actor: Actor, source_id: int, target_id: int, *, reason: str, now: datetime
) -> Organisation:
    """Make the source a name of the target: its members, names, credit code and related parties go over; it is listed no more.

    Raises MergeRefused when the source has business rows (naming them), for different kinds, for a merged one.
    """
    require(actor, Act.MERGE_ORGANISATIONS)
    others = merging_particulars.others_concerned(session, source_id)
    found = {row.id: row for row in lock_rows(session, Organisation, (source_id, target_id, *others))}
    source, target = found.get(source_id), found.get(target_id)
    if source is None or target is None:
        raise NotFound
    _check(session, source, target, actor, reason)
    _move_members(session, source, target, now)
    _move_names(session, source, target)
    _close_open_matters(session, source, actor, reason, now)
    related = merging_particulars.move(session, actor, source, target, reason=reason, now=now)
    credit, source.credit_code = source.credit_code, None
    session.flush()
    target.credit_code = target.credit_code or credit
    source.merged_into_id, source.merged_at = target.id, now
    session.flush()
    payload = {
        "source_id": source.id,
        "source_organisation_id": source.id,
        "target_id": target.id,
        "credit_code": credit,
        "related_organisation_ids": related,
    }
    _record(session, actor, payload, reason, now)
    return target


def _record(session: Session, actor: Actor, payload: dict[str, Any], reason: str, now: datetime) -> None:
    """In the streams of both."""
    for subject_id in (payload["source_id"], payload["target_id"]):
        draft = EventDraft(
            "organisation",
            subject_id,
            "organisation.merged",
            now,
            actor_person_id=actor.person_id,
            actor_organisation_id=actor.organisation_id,
            reason=reason.strip(),
            payload=dict(payload),
        )
        record(session, draft)


def _check(session: Session, source: Organisation, target: Organisation, actor: Actor, reason: str) -> None:
    if source.id == target.id:
        raise MergeRefused("merge.same", N_("不能把机构并入它自己。"), field="into")
    if source.merged_into_id is not None or target.merged_into_id is not None:
        raise MergeRefused("merge.merged", N_("其中一个机构已经并入别的机构。"), field="into")
    if source.id == actor.organisation_id or source.kind != target.kind:
        raise MergeRefused("merge.kind", N_("只能合并同一类型的机构，且不能并走您所在的机构。"), field="into")
    if not reason.strip():
        raise MergeRefused("merge.reason", N_("请填写理由。"), field="reason")
    held, others = business_rows(session, source.id), business_rows(session, target.id)
    if held and others:
        sentence = N_("两个机构都有业务记录，不能合并。%(source)s：%(held)s；%(target)s：%(others)s。")
        raise MergeRefused(
            "merge.both_have_business",
            sentence,
            source=source.name,
            held=_say(held),
            target=target.name,
            others=_say(others),
        )
    if held:
        sentence = N_("%(source)s有业务记录（%(held)s），请反过来把另一个机构并入它。")
        raise MergeRefused("merge.has_business", sentence, source=source.name, held=_say(held))


def business_rows(session: Session, organisation_id: int) -> dict[str, int]:
    """How many rows each table of business holds that points at the organisation; tables without any are left out."""
    counted = {}
    for table in Base.metadata.sorted_tables:
        columns = pointing(table)
        if columns and table.name not in NOT_BUSINESS:
            found = or_(*(table.c[name] == organisation_id for name in columns))
            counted[table.name] = session.scalar(select(func.count()).select_from(table).where(found)) or 0
    return {name: count for name, count in counted.items() if count}


def pointing(table: Table) -> list[str]:
    """The columns of a table that point at an organisation."""
    return [
        constraint.column_keys[0]
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint) and constraint.referred_table.name == "organisation"
    ]


def _say(counted: dict[str, int]) -> str:
    said = ((gettext(BUSINESS_NAMES.get(name, name)), count) for name, count in counted.items())
    return str(gettext("、")).join(gettext("%(name)s %(count)s 条", name=name, count=count) for name, count in said)


def _move_members(session: Session, source: Organisation, target: Organisation, now: datetime) -> None:
    there = {row.person_id: row for row in session.scalars(select(Membership).where(_of(target)))}
    for membership in session.scalars(select(Membership).where(_of(source), Membership.ended_at.is_(None))).all():
        other = there.get(membership.person_id)
        if other is None:
            membership.organisation_id = target.id
            membership.is_administrator = False  # the target's own administrator decides
            continue
        if other.ended_at is None:
            held = select(MembershipRole.role).where(MembershipRole.membership_id == other.id)
            extra = set(session.scalars(held))
            own = select(MembershipRole.role).where(MembershipRole.membership_id == membership.id)
            for role in sorted(set(session.scalars(own)) - extra):
                session.add(MembershipRole(membership_id=other.id, role=role))
        membership.ended_at, membership.is_administrator = now, False
    session.flush()
    _require_administrator(session, target)


def _require_administrator(session: Session, target: Organisation) -> None:
    """A target that nobody administered gets its longest-standing member as administrator, so that it is not orphaned."""
    active = select(Membership).where(_of(target), Membership.ended_at.is_(None)).order_by(Membership.id)
    members = session.scalars(active).all()
    if members and not any(member.is_administrator for member in members):
        members[0].is_administrator = True


def _of(organisation: Organisation) -> ColumnElement[bool]:
    return Membership.organisation_id == organisation.id


def _move_names(session: Session, source: Organisation, target: Organisation) -> None:
    held = {normalise_name(target.name)}
    held |= set(
        session.scalars(select(OrganisationName.normalised).where(OrganisationName.organisation_id == target.id))
    )
    former = session.scalars(select(OrganisationName).where(OrganisationName.organisation_id == source.id)).all()
    for name in former:
        if name.normalised in held:
            session.delete(name)
        else:
            name.organisation_id = target.id
            held.add(name.normalised)
    if normalise_name(source.name) not in held:
        service.add_former_name(session, target.id, source.name)
    session.flush()


def _close_open_matters(session: Session, source: Organisation, actor: Actor, reason: str, now: datetime) -> None:
    waiting = (OrganisationReview.organisation_id == source.id, OrganisationReview.state == ReviewState.WAITING.value)
    answer = {"state": ReviewState.REJECTED.value, "decided_by_id": actor.person_id, "decided_at": now}
    session.execute(update(OrganisationReview).where(*waiting).values(**answer, reason=reason.strip()))
    unanswered = (
        Invitation.organisation_id == source.id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    session.execute(update(Invitation).where(*unanswered).values(revoked_at=now))
