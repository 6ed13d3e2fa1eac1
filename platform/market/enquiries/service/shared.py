"""What questions and enquiries share: the text and its digest, the day of the answer, limits, the event rows."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.enquiries import rules
from market.enquiries.errors import AskingRefused, AskingTooMuch
from market.enquiries.models import EnquiryMessage, ListingQuestion
from market.kernel.clock import local_date
from market.kernel.errors import N_, NotFound
from market.kernel.events import EventDraft, record
from market.kernel.holidays import load_calendar
from market.kernel.locks import lock_name
from market.kernel.parameters import parameter
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES, READABLE_STATES

A_DAY = timedelta(hours=24)


def cleaned(text: str) -> str:
    """The text as it is kept. Raises AskingRefused when it is too short or too long."""
    kept = text.replace("\r\n", "\n").strip()
    if not rules.is_of_fair_length(kept):
        raise AskingRefused(
            "asking.length",
            N_("请写 %(minimum)d–%(maximum)d 个字。"),
            field="text",
            minimum=rules.TEXT_MINIMUM,
            maximum=rules.TEXT_MAXIMUM,
        )
    return kept


def public(text: str) -> str:
    """A cleaned text that everybody will read. Raises AskingRefused when it holds contacts or links."""
    kept = cleaned(text)
    if rules.names_contacts(kept):
        sentence = N_("公开的文字里不能写电话、邮箱或网址。需要联系时请用“咨询”，由机构同意后交换联系方式。")
        raise AskingRefused("asking.contacts", sentence, field="text")
    return kept


def digest_of(text: str) -> str:
    """SHA-256 of the words without white space: the same form sent twice has the same one."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


def listing_to_ask(session: Session, number: str) -> Listing:
    """The listing on the market. Raises NotFound for one that is not public, AskingRefused when it has left it."""
    listing = session.scalar(select(Listing).where(Listing.number == number))
    if listing is None or listing.state not in READABLE_STATES:
        raise NotFound
    if listing.state not in PUBLIC_STATES:
        raise AskingRefused("asking.closed", N_("这项挂牌已中止或成交，目前不接受提问和咨询。"))
    return listing


def due_day(session: Session, now: datetime) -> date:
    """The last day for an answer to what is asked now."""
    today = local_date(now)
    return load_calendar(session).working_days_after(today, int(parameter(session, rules.REPLY_DAYS, today)))


def take_turn(session: Session, actor: Actor, now: datetime) -> None:
    """Queue the organisation's asking and count it. Raises AskingTooMuch beyond the limits of a day."""
    lock_name(session, f"asking {actor.organisation_id}")
    since = now - A_DAY
    questions = select(func.count(ListingQuestion.id)).where(
        ListingQuestion.asker_organisation_id == actor.organisation_id, ListingQuestion.asked_at > since
    )
    messages = select(func.count(EnquiryMessage.id)).where(
        EnquiryMessage.organisation_id == actor.organisation_id, EnquiryMessage.written_at > since
    )
    asked_too_much = (session.scalar(questions) or 0) >= rules.QUESTIONS_A_DAY
    wrote_too_much = (session.scalar(messages) or 0) >= rules.MESSAGES_A_DAY
    if asked_too_much or wrote_too_much:
        raise AskingTooMuch("asking.too_much", N_("贵单位 24 小时内的提问和咨询已达上限，请明天再来。"))


def record_step(
    session: Session,
    subject: tuple[str, int],
    action: str,
    actor: Actor,
    now: datetime,
    *,
    states: tuple[str | None, str],
    payload: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Append the event; `payload` holds references and digests, never what somebody wrote."""
    session.flush()
    record(
        session,
        EventDraft(
            subject_kind=subject[0],
            subject_id=subject[1],
            action=action,
            occurred_at=now,
            actor_person_id=actor.person_id,
            actor_organisation_id=actor.organisation_id,
            state_before=states[0],
            state_after=states[1],
            reason=reason,
            payload=payload,
        ),
    )
