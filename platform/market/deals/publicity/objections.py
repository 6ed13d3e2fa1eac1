"""Objections to a publicity: raise, decide. While one is open the publicity's days do not count."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import Actor
from market.deals.models import Deal
from market.deals.publicity import rules
from market.deals.publicity.errors import PublicityRefused
from market.deals.publicity.models import Publicity, PublicityObjection
from market.deals.publicity.shared import end_publicity, locked_deal, open_objections, sold_deal
from market.deals.publicity.vocabulary import ObjectionAction, ObjectionState, PublicityState
from market.deals.service import record_deal
from market.deals.vocabulary import DealState
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.holidays import load_calendar


def raise_objection(
    session: Session, person_id: int, organisation_id: int | None, number: str, text: str, *, now: datetime
) -> PublicityObjection:
    """Somebody who is signed in objects to a running publicity; its days stop counting until that is decided.

    The same words sent twice are one objection. Raises NotFound, PublicityRefused for one that is over, a text that
    says nothing, and too many of one person.
    """
    deal_id = session.scalar(select(Publicity.deal_id).where(Publicity.number == number))
    if deal_id is None:
        raise NotFound
    _, deal = locked_deal(session, deal_id)
    publicity = session.scalars(
        select(Publicity).where(Publicity.number == number).execution_options(populate_existing=True)
    ).one()
    today = local_date(now)
    kept = text.replace("\r\n", "\n").strip()
    if not rules.is_fair_text(kept):
        raise PublicityRefused("objection.length", N_("请写 10–2000 个字，说明异议的内容和依据。"), field="text")
    digest = hashlib.sha256("".join(kept.split()).encode()).hexdigest()
    earlier = _earlier(session, publicity.id, person_id)
    same = next((each for each in earlier if each.text_digest == digest), None)
    if same is not None:
        return same
    _refuse_closed(publicity, today, paused=publicity.paused_on is not None)
    if len(earlier) >= rules.OBJECTIONS_OF_A_PERSON:
        raise PublicityRefused("objection.heap", N_("您对这项公示提出的异议已达上限，请等待处理结果。"))
    objection = PublicityObjection(
        publicity_id=publicity.id,
        raised_by_id=person_id,
        raised_by_organisation_id=organisation_id,
        state=ObjectionState.OPEN,
        text=kept,
        text_digest=digest,
        raised_at=now,
        due_on=load_calendar(session).working_days_after(today, rules.OBJECTION_WORKDAYS),
    )
    session.add(objection)
    publicity.paused_on = publicity.paused_on or today
    _record_raised(session, deal, publicity, objection, now)
    return objection


def _earlier(session: Session, publicity_id: int, person_id: int) -> list[PublicityObjection]:
    hers = (PublicityObjection.publicity_id == publicity_id, PublicityObjection.raised_by_id == person_id)
    return list(session.scalars(select(PublicityObjection).where(*hers)))


def _refuse_closed(publicity: Publicity, today: date, *, paused: bool) -> None:
    is_past = publicity.ends_on is not None and rules.is_over(publicity.ends_on, today) and not paused
    if publicity.state != PublicityState.RUNNING or is_past:
        raise PublicityRefused("objection.closed", N_("公示已经结束，不能再提出异议；可以用“举报”反映问题。"))


def _record_raised(
    session: Session, deal: Deal, publicity: Publicity, objection: PublicityObjection, now: datetime
) -> None:
    """Without the objector: she stands in her own row, which only the deciding institution reads."""
    session.flush()
    payload = {
        "number": deal.number,
        "seller_organisation_id": deal.seller_organisation_id,
        "publicity_number": publicity.number,
        "objection_id": objection.id,
        "text_sha256": objection.text_digest,
        "due_on": objection.due_on.isoformat(),
    }
    record(session, EventDraft("deal", deal.id, "deal.objection_raised", now, payload=payload, state_after=deal.state))


def decide_objection(
    session: Session, actor: Actor, objection_id: int, *, upholds: bool, reason: str, now: datetime
) -> PublicityObjection:
    """The institution decides, with a reason that everybody reads.

    Upheld: the publicity ends and the price is negotiated again. Rejected: its days go on, later by those on which an
    objection was open. Raises NotFound, NotAllowed for who confirmed the price, objected, or belongs to the buyer.
    """
    require(actor, Act.DECIDE_OBJECTION)
    deal_id, publicity_id = _place_of(session, objection_id)
    listing, deal = sold_deal(session, actor, deal_id)
    publicity = session.get_one(Publicity, publicity_id, populate_existing=True)
    objection = session.get_one(PublicityObjection, objection_id, populate_existing=True)
    insiders = {publicity.confirmed_by_id, objection.raised_by_id}
    insiders |= person_ids_of(session, deal.buyer_organisation_id)
    require_other_person(actor.person_id, Act.DECIDE_OBJECTION, insiders)
    if not reason.strip():
        raise PublicityRefused("objection.reason", N_("请写明处理的理由，理由会公开显示。"), field="reason")
    action = ObjectionAction.UPHOLD if upholds else ObjectionAction.REJECT
    objection.state = rules.OBJECTIONS.target(ObjectionState(objection.state), action)
    objection.decided_by_id, objection.decided_at = actor.person_id, now
    objection.decision_reason = reason.strip()
    session.flush()
    _record_decided(session, deal, publicity, objection, actor, now)
    if upholds:
        end_publicity(session, listing, deal, publicity, reason.strip(), actor, now, is_upheld=True)
    elif not open_objections(session, publicity.id):
        _count_on(session, publicity, now)
    return objection


def _place_of(session: Session, objection_id: int) -> tuple[int, int]:
    row = session.execute(
        select(Publicity.deal_id, Publicity.id)
        .join(PublicityObjection, PublicityObjection.publicity_id == Publicity.id)
        .where(PublicityObjection.id == objection_id)
    ).first()
    if row is None:
        raise NotFound
    return row.deal_id, row.id


def _count_on(session: Session, publicity: Publicity, now: datetime) -> None:
    """The clock runs again: its last day is later by the days on which it stood still."""
    assert publicity.paused_on is not None and publicity.started_at is not None and publicity.days is not None
    publicity.paused_days += (local_date(now) - publicity.paused_on).days
    publicity.paused_on = None
    calendar, started_on = load_calendar(session), local_date(publicity.started_at)
    publicity.ends_on = rules.last_day(calendar, started_on, publicity.days, publicity.paused_days)


def _record_decided(
    session: Session,
    deal: Deal,
    publicity: Publicity,
    objection: PublicityObjection,
    actor: Actor,
    now: datetime,
) -> None:
    action = f"deal.objection_{objection.state}"
    record_deal(
        session, deal, action, actor, now, DealState(deal.state), objection.decision_reason,
        publicity_number=publicity.number, objection_id=objection.id,
        holder_organisation_id=objection.raised_by_organisation_id,
    )  # fmt: skip
