"""What stays behind in an organisation when one of its members leaves: told before her membership is ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from market.accounts import membership_queries, queries
from market.accounts.membership_queries import MemberRow
from market.accounts.rules import Actor, Role
from market.achievements.models import ImportRun
from market.achievements.vocabulary import ImportState
from market.auctions.models import Lot, LotRegistration
from market.auctions.vocabulary import LotState
from market.deals.models import Application
from market.deals.vocabulary import ApplicationState
from market.enquiries.models import Enquiry, ListingQuestion
from market.enquiries.vocabulary import EnquiryState, QuestionState
from market.kernel.db import current_session
from market.kernel.errors import NotFound
from market.listings.models import Listing, ListingChange
from market.listings.vocabulary import ChangeState, ListingState
from market.operations.models import ParameterProposal
from market.web.tasks import Task, tasks_for

UNFINISHED = (ListingState.DRAFT, ListingState.CHECKING, ListingState.REJECTED)
IN_REVIEW = (ListingState.INSTITUTION_REVIEW, ListingState.PLATFORM_REVIEW)
BEFORE_THE_REGISTER = (ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED)


@dataclass(frozen=True)
class Leaving:
    """Who leaves and what stays: her own unfinished work, open tasks of her roles, roles that nobody else has."""

    member: MemberRow
    work: tuple[str, ...]
    tasks: tuple[Task, ...]
    lost_roles: tuple[Role, ...]
    is_self: bool


def leaving(actor: Actor, membership_id: int, now: datetime) -> Leaving:
    """What is told before the membership is ended. Raises NotFound for one of another organisation or one that ended."""
    members = membership_queries.members_of(actor.organisation_id)
    member = next((row for row in members if row.membership_id == membership_id), None)
    if member is None:
        raise NotFound
    person_id = membership_queries.person_of(membership_id)
    hers = queries.actor_for(person_id, membership_id)
    assert hers is not None
    others = {role for row in members if row is not member for role in row.roles}
    return Leaving(
        member=member,
        work=tuple(_work(hers, now)),
        tasks=tuple(tasks_for(hers, now)),
        lost_roles=tuple(role for role in member.roles if role not in others),
        is_self=membership_id == actor.membership_id,
    )


def _work(hers: Actor, now: datetime) -> list[str]:
    counted = ((text, count) for text, count in (step(hers, now) for step in _STEPS) if count)
    return [text for text, _count in counted]


def _drafts(hers: Actor, _now: datetime) -> tuple[str, int]:
    own = (Listing.organisation_id == hers.organisation_id, Listing.created_by_id == hers.person_id)
    count = _count(Listing.id, *own, Listing.state.in_(UNFINISHED))
    return ngettext(
        "%(num)d 条该成员编写、还没有提交或被退回的挂牌", "%(num)d 条该成员编写、还没有提交或被退回的挂牌", count
    ), count


def _in_review(hers: Actor, _now: datetime) -> tuple[str, int]:
    own = (Listing.organisation_id == hers.organisation_id, Listing.submitted_by_id == hers.person_id)
    count = _count(Listing.id, *own, Listing.state.in_(IN_REVIEW))
    return ngettext("%(num)d 条该成员提交、正在审核的挂牌", "%(num)d 条该成员提交、正在审核的挂牌", count), count


def _changes(hers: Actor, _now: datetime) -> tuple[str, int]:
    closed = (ChangeState.PUBLISHED, ChangeState.DISCARDED)
    statement = (
        select(func.count(ListingChange.id))
        .join(Listing, Listing.id == ListingChange.listing_id)
        .where(
            Listing.organisation_id == hers.organisation_id,
            ListingChange.created_by_id == hers.person_id,
            ListingChange.state.not_in(closed),
        )
    )
    count = current_session().scalar(statement) or 0
    return ngettext("%(num)d 份该成员编写的挂牌修改稿", "%(num)d 份该成员编写的挂牌修改稿", count), count


def _imports(hers: Actor, _now: datetime) -> tuple[str, int]:
    own = (ImportRun.organisation_id == hers.organisation_id, ImportRun.uploaded_by_id == hers.person_id)
    count = _count(ImportRun.id, *own, ImportRun.state.in_(BEFORE_THE_REGISTER))
    return ngettext(
        "%(num)d 个该成员上传、还没有写入台账的文件", "%(num)d 个该成员上传、还没有写入台账的文件", count
    ), count


def _applications(hers: Actor, _now: datetime) -> tuple[str, int]:
    own = (Application.applicant_organisation_id == hers.organisation_id, Application.applied_by_id == hers.person_id)
    count = _count(Application.id, *own, Application.state == ApplicationState.SUBMITTED)
    return ngettext("%(num)d 份该成员提交、等待答复的申请", "%(num)d 份该成员提交、等待答复的申请", count), count


def _lots(hers: Actor, now: datetime) -> tuple[str, int]:
    statement = (
        select(func.count(Lot.id))
        .join(LotRegistration, LotRegistration.lot_id == Lot.id)
        .where(
            LotRegistration.organisation_id == hers.organisation_id,
            LotRegistration.registered_by_id == hers.person_id,
            Lot.state == LotState.ANNOUNCED,
            Lot.closes_at > now,
        )
    )
    count = current_session().scalar(statement) or 0
    text = ngettext(
        "%(num)d 个该成员报名的竞价标的，已有的出价继续有效",
        "%(num)d 个该成员报名的竞价标的，已有的出价继续有效",
        count,
    )
    return text, count


def _conversations(hers: Actor, _now: datetime) -> tuple[str, int]:
    asked = (
        ListingQuestion.asker_organisation_id == hers.organisation_id,
        ListingQuestion.asked_by_id == hers.person_id,
        ListingQuestion.state == QuestionState.WAITING,
    )
    opened = (
        Enquiry.enquirer_organisation_id == hers.organisation_id,
        Enquiry.asked_by_id == hers.person_id,
        Enquiry.state != EnquiryState.CLOSED,
    )
    count = _count(ListingQuestion.id, *asked) + _count(Enquiry.id, *opened)
    return ngettext("%(num)d 件该成员提出的提问和咨询", "%(num)d 件该成员提出的提问和咨询", count), count


def _proposals(hers: Actor, _now: datetime) -> tuple[str, int]:
    own = (
        ParameterProposal.proposed_for_id == hers.organisation_id,
        ParameterProposal.proposed_by_id == hers.person_id,
    )
    count = _count(ParameterProposal.id, *own, ParameterProposal.state == "proposed")
    return ngettext(
        "%(num)d 项该成员提出、等待批准的参数变更", "%(num)d 项该成员提出、等待批准的参数变更", count
    ), count


_STEPS: tuple[Callable[[Actor, datetime], tuple[str, int]], ...] = (
    _drafts, _in_review, _changes, _imports, _applications, _lots, _conversations, _proposals,
)  # fmt: skip


def _count(column: object, *conditions: object) -> int:
    return current_session().scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]


def consequences(found: Leaving) -> list[str]:
    """The sentences above the confirmation."""
    name = found.member.person_name
    lines = [_("%(name)s从下一次点击起不能再以本单位名义办理任何事项；以前办理的记录保留。", name=name)]
    if found.is_self:
        lines.append(_("这是您自己：之后您不能再进入本单位，只有另一位管理员重新邀请才能回来。"))
    lines += [_("“%(role)s”这个角色之后没有人担任，请先交给别人。", role=_(role.label)) for role in found.lost_roles]
    return lines
