"""待办: what needs this actor now, why, by which rule; one button each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.accounts.statement_queries import waiting_statements
from market.accounts.statement_rules import StatementState
from market.achievements.models import Achievement, ImportRun
from market.achievements.queries import fees_due
from market.achievements.reminding import last_working_day
from market.achievements.usage import RegisterState
from market.achievements.vocabulary import ImportState, OwnershipStatus
from market.deals.access import deals_of
from market.deals.models import Application, Deal
from market.deals.vocabulary import ApplicationState, DealState
from market.enquiries.queries import WaitingKind, waiting_for
from market.enquiries.reply_times import OVERDUE, overdue_conditions
from market.enquiries.vocabulary import EnquiryState, QuestionState
from market.kernel.clock import local_date
from market.kernel.db import current_session
from market.kernel.holidays import load_calendar
from market.listings.models import Listing
from market.listings.queries import count_changes
from market.listings.vocabulary import ChangeState, ListingState
from market.operations.queries import proposals_waiting_for
from market.web.due import REPLY, REVIEW, VERIFICATION, due_day, oldest_in_review
from market.web.waiting import is_declined, lots_outbid, organisations_to_verify

EXPIRY_NOTICE_DAYS = 30


@dataclass(frozen=True)
class Task:
    """One line: what to do, how many, by when, where."""

    text: str
    count: int
    address: str
    button: str
    due_on: date | None = None
    is_late: bool = False


TaskOf = Callable[[Actor], Task | None]
"""One kind of task of what stands above the market: None when the actor has nothing to do with it."""

_provided: list[TaskOf] = []


def provide_tasks(*kinds: TaskOf) -> None:
    """Wire the tasks of search (app.py only); later ones replace them."""
    _provided[:] = kinds


def tasks_for(actor: Actor, now: datetime) -> list[Task]:
    """The open tasks of the actor's roles; an empty list means that nothing waits."""
    tasks: list[Task | None] = []
    if may(actor, Act.APPROVE_LISTING):
        tasks += [_reviews_in_institution(actor), _changes(actor, ChangeState.INSTITUTION_REVIEW)]
    if may(actor, Act.WRITE_LISTING):
        tasks += [
            _rejected(actor),
            _changes(actor, ChangeState.REJECTED),
            _columns_to_confirm(actor),
            _ownership(actor),
            _expiring(actor, now),
        ]
        tasks.append(_fees(actor, now))
    if may(actor, Act.ANSWER_APPLICATION):
        tasks += [_applications(actor), _questions(actor), _enquiries(actor)]
    if may(actor, Act.PUBLISH_LISTING):
        tasks += [
            _reviews_on_platform(),
            _changes(actor, ChangeState.PLATFORM_REVIEW),
            _unverified(),
            _overdue_replies(actor, now),
        ]
    if may(actor, Act.BID):
        tasks.append(_outbid(actor, now))
    tasks.append(_declined(actor))
    if may(actor, Act.DECIDE_PARAMETER):
        tasks.append(_parameters(actor))
    tasks += [task_of(actor) for task_of in _provided]
    if may(actor, Act.DECIDE_PARTICULARS):
        tasks.append(_particulars())
    tasks.append(_signing(actor))
    today = local_date(now)
    open_tasks = [task for task in tasks if task is not None and task.count]
    return [replace(task, is_late=task.due_on is not None and task.due_on < today) for task in open_tasks]


def _count(column: object, *conditions: object) -> int:
    return current_session().scalar(select(func.count(column)).where(*conditions)) or 0  # type: ignore[arg-type]


def _reviews_in_institution(actor: Actor) -> Task:
    count = _count(
        Listing.id, Listing.organisation_id == actor.organisation_id, Listing.state == ListingState.INSTITUTION_REVIEW
    )
    text = ngettext("%(num)d 条挂牌等待本单位审核", "%(num)d 条挂牌等待本单位审核", count)
    due_on = due_day(oldest_in_review(ListingState.INSTITUTION_REVIEW, actor.organisation_id), REVIEW)
    return Task(text, count, url_for("listings.index", state=ListingState.INSTITUTION_REVIEW), _("去审核"), due_on)


def _rejected(actor: Actor) -> Task:
    count = _count(Listing.id, Listing.organisation_id == actor.organisation_id, Listing.state == ListingState.REJECTED)
    text = ngettext("%(num)d 条挂牌被退回，需要修改", "%(num)d 条挂牌被退回，需要修改", count)
    return Task(text, count, url_for("listings.index", state=ListingState.REJECTED), _("去修改"))


def _changes(actor: Actor, state: ChangeState) -> Task:
    count = count_changes(actor, state)
    texts = {
        ChangeState.INSTITUTION_REVIEW: ngettext(
            "%(num)d 份挂牌修改稿等待本单位审核", "%(num)d 份挂牌修改稿等待本单位审核", count
        ),
        ChangeState.PLATFORM_REVIEW: ngettext(
            "%(num)d 份挂牌修改稿等待平台审核", "%(num)d 份挂牌修改稿等待平台审核", count
        ),
        ChangeState.REJECTED: ngettext("%(num)d 份挂牌修改稿被退回", "%(num)d 份挂牌修改稿被退回", count),
    }
    button = _("去修改") if state is ChangeState.REJECTED else _("去审核")
    return Task(texts[state], count, url_for("listings.index", change=state), button)


def _columns_to_confirm(actor: Actor) -> Task:
    waiting = ImportRun.state.in_([ImportState.UPLOADED, ImportState.CHECKED])
    count = _count(ImportRun.id, ImportRun.organisation_id == actor.organisation_id, waiting)
    text = ngettext("%(num)d 个文件等待确认列或确认导入", "%(num)d 个文件等待确认列或确认导入", count)
    return Task(text, count, url_for("achievements.imports"), _("去确认"))


def _ownership(actor: Actor) -> Task:
    count = _count(
        Achievement.id,
        Achievement.organisation_id == actor.organisation_id,
        Achievement.ownership_status == OwnershipStatus.PENDING,
    )
    text = ngettext(
        "%(num)d 项成果权属待确认，说明依据后才能挂牌", "%(num)d 项成果权属待确认，说明依据后才能挂牌", count
    )
    return Task(text, count, url_for("achievements.register", ownership=OwnershipStatus.PENDING), _("去说明"))


def _fees(actor: Actor, now: datetime) -> Task:
    count, first = fees_due(actor.organisation_id, local_date(now))
    text = ngettext("%(num)d 项专利年费将到期或逾期", "%(num)d 项专利年费将到期或逾期", count)
    address = url_for("achievements.register", use=RegisterState.FEE_DUE, sort="fee", order="asc")
    due_on = last_working_day(load_calendar(current_session()), first) if first else None
    return Task(text, count, address, _("去查看"), due_on)


def _expiring(actor: Actor, now: datetime) -> Task:
    limit = local_date(now) + timedelta(days=EXPIRY_NOTICE_DAYS)
    conditions = (
        Listing.organisation_id == actor.organisation_id,
        Listing.state.in_([ListingState.PUBLISHED, ListingState.PAUSED]),
        Listing.expires_on <= limit,
    )
    first = current_session().scalar(select(func.min(Listing.expires_on)).where(*conditions))
    count = _count(Listing.id, *conditions)
    text = ngettext("%(num)d 条挂牌在 30 天内到期", "%(num)d 条挂牌在 30 天内到期", count)
    return Task(text, count, url_for("listings.index", state=ListingState.PUBLISHED), _("去查看"), first)


def _applications(actor: Actor) -> Task:
    conditions = (
        Application.seller_organisation_id == actor.organisation_id,
        Application.state == ApplicationState.SUBMITTED,
    )
    count = _count(Application.id, *conditions)
    text = ngettext("%(num)d 份企业申请等待答复", "%(num)d 份企业申请等待答复", count)
    since = current_session().scalar(select(func.min(Application.created_at)).where(*conditions))
    address = url_for("deals.applications", state=ApplicationState.SUBMITTED)
    return Task(text, count, address, _("去答复"), due_day(since, REPLY))


def _questions(actor: Actor) -> Task:
    count, due_on = waiting_for(actor.organisation_id, WaitingKind.QUESTION)
    text = ngettext("%(num)d 个公开提问等待回答", "%(num)d 个公开提问等待回答", count)
    return Task(text, count, url_for("enquiries.questions", state=QuestionState.WAITING), _("去回答"), due_on)


def _enquiries(actor: Actor) -> Task:
    count, due_on = waiting_for(actor.organisation_id, WaitingKind.ENQUIRY)
    text = ngettext("%(num)d 份企业咨询等待答复", "%(num)d 份企业咨询等待答复", count)
    return Task(text, count, url_for("enquiries.enquiries", state=EnquiryState.WAITING), _("去答复"), due_on)


def _overdue_replies(actor: Actor, now: datetime) -> Task:
    """For the operator, who reminds the institutions; without a day of its own."""
    count = OVERDUE.count(overdue_conditions(actor, local_date(now), "", ""))
    text = ngettext("%(num)d 件提问和咨询逾期未答复", "%(num)d 件提问和咨询逾期未答复", count)
    return Task(text, count, url_for("enquiries.overdue"), _("去查看"))


def _reviews_on_platform() -> Task:
    count = _count(Listing.id, Listing.state == ListingState.PLATFORM_REVIEW)
    text = ngettext("%(num)d 条挂牌等待平台审核", "%(num)d 条挂牌等待平台审核", count)
    due_on = due_day(oldest_in_review(ListingState.PLATFORM_REVIEW), REVIEW)
    return Task(text, count, url_for("listings.index", state=ListingState.PLATFORM_REVIEW), _("去审核"), due_on)


def _declined(actor: Actor) -> Task:
    count = int(is_declined(actor))
    return Task(_("平台核验没有通过，需要补充材料"), count, url_for("accounts.own_organisation"), _("去补充"))


def _outbid(actor: Actor, now: datetime) -> Task:
    count, closes_at = lots_outbid(actor, now)
    text = ngettext("%(num)d 个竞价标的已有更高出价", "%(num)d 个竞价标的已有更高出价", count)
    due_on = None if closes_at is None else local_date(closes_at)
    return Task(text, count, url_for("auctions.index"), _("去出价"), due_on)


def _unverified() -> Task:
    count, since = organisations_to_verify()
    text = ngettext("%(num)d 家机构等待核验", "%(num)d 家机构等待核验", count)
    return Task(
        text, count, url_for("accounts.organisations", verified="no"), _("去核验"), due_day(since, VERIFICATION)
    )


def _signing(actor: Actor) -> Task | None:
    if not may(actor, Act.READ_DEALS):
        return None
    count = _count(Deal.id, deals_of(actor), Deal.state == DealState.SIGNING)
    text = ngettext("%(num)d 笔成交等待签约", "%(num)d 笔成交等待签约", count)
    return Task(text, count, url_for("deals.deals", state=DealState.SIGNING), _("去查看"))


def _particulars() -> Task:
    count, since = waiting_statements()
    text = ngettext("%(num)d 项机构登记事项等待确认", "%(num)d 项机构登记事项等待确认", count)
    address = url_for("accounts.statement_list", state=StatementState.PROPOSED)
    return Task(text, count, address, _("去处理"), due_day(since, VERIFICATION))


def _parameters(actor: Actor) -> Task:
    count = proposals_waiting_for(actor.person_id)
    text = ngettext("%(num)d 项参数变更等待批准", "%(num)d 项参数变更等待批准", count)
    return Task(text, count, url_for("operations.parameters"), _("去处理"))
