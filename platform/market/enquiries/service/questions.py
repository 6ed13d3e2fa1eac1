"""Public questions: ask, answer, hide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.membership_queries import person_ids_of
from market.accounts.policy import Act, require, require_other_person
from market.accounts.rules import Actor
from market.enquiries import rules
from market.enquiries.errors import AskingRefused
from market.enquiries.models import ListingQuestion
from market.enquiries.service.shared import (
    digest_of,
    due_day,
    listing_to_ask,
    public,
    record_step,
    take_turn,
)
from market.enquiries.vocabulary import QuestionAction, QuestionState
from market.kernel.errors import N_, NotFound
from market.kernel.locks import lock_row
from market.listings.models import Listing


def ask_question(session: Session, actor: Actor, number: str, text: str, *, now: datetime) -> ListingQuestion:
    """An enterprise asks about a public listing; everybody sees it once it is answered.

    The same words sent twice are one question. Raises NotFound for a listing that is not public, AskingRefused for
    one off the market or a text that may not stand in public, AskingTooMuch beyond the limits.
    """
    require(actor, Act.ASK_QUESTION)
    listing = listing_to_ask(session, number)
    kept = public(text)
    take_turn(session, actor, now)
    same = _same_question(session, listing, actor, digest_of(kept))
    if same is not None:
        return same
    _refuse_heap(session, listing, actor)
    question = ListingQuestion(
        listing_id=listing.id,
        seller_organisation_id=listing.organisation_id,
        asker_organisation_id=actor.organisation_id,
        asked_by_id=actor.person_id,
        state=QuestionState.WAITING,
        text=kept,
        text_digest=digest_of(kept),
        asked_at=now,
        due_on=due_day(session, now),
    )
    session.add(question)
    session.flush()
    _record(session, question, "question.asked", actor, now, None, digest=question.text_digest)
    return question


def _same_question(session: Session, listing: Listing, actor: Actor, digest: str) -> ListingQuestion | None:
    statement = select(ListingQuestion).where(
        ListingQuestion.listing_id == listing.id,
        ListingQuestion.asker_organisation_id == actor.organisation_id,
        ListingQuestion.text_digest == digest,
    )
    return session.scalar(statement)


def _refuse_heap(session: Session, listing: Listing, actor: Actor) -> None:
    waiting = session.scalar(
        select(func.count(ListingQuestion.id)).where(
            ListingQuestion.listing_id == listing.id,
            ListingQuestion.asker_organisation_id == actor.organisation_id,
            ListingQuestion.state == QuestionState.WAITING,
        )
    )
    if (waiting or 0) >= rules.UNANSWERED_ON_A_LISTING:
        raise AskingRefused("asking.heap", N_("贵单位对这项成果已有多个提问等待回答，请等机构回答后再问。"))


def answer_question(session: Session, actor: Actor, question_id: int, text: str, *, now: datetime) -> ListingQuestion:
    """The institution answers, once; question and answer become public. Raises NotFound for another's question."""
    require(actor, Act.ANSWER_QUESTION)
    question = lock_row(session, ListingQuestion, question_id)
    if question.seller_organisation_id != actor.organisation_id:
        raise NotFound
    asker_persons = person_ids_of(session, question.asker_organisation_id)
    require_other_person(actor.person_id, Act.ANSWER_QUESTION, asker_persons)
    before = QuestionState(question.state)
    state = rules.QUESTIONS.target(before, QuestionAction.ANSWER)
    question.answer = public(text)
    question.answered_by_id, question.answered_at = actor.person_id, now
    question.state = state
    _record(session, question, "question.answered", actor, now, before, digest=digest_of(question.answer))
    return question


def hide_question(session: Session, actor: Actor, question_id: int, reason: str, *, now: datetime) -> ListingQuestion:
    """The operator takes a question off the public page, for a reason that both sides learn."""
    require(actor, Act.HIDE_QUESTION)
    question = lock_row(session, ListingQuestion, question_id)
    before = QuestionState(question.state)
    state = rules.QUESTIONS.target(before, QuestionAction.HIDE)
    kept = reason.strip()
    if not kept:
        raise AskingRefused("question.reason", N_("请写明隐藏的理由，提问企业和机构都会看到。"), field="reason")
    question.state, question.hidden_reason = state, kept
    question.hidden_by_id, question.hidden_at = actor.person_id, now
    _record(session, question, "question.hidden", actor, now, before, reason=kept)
    return question


def _record(
    session: Session,
    question: ListingQuestion,
    action: str,
    actor: Actor,
    now: datetime,
    before: QuestionState | None,
    *,
    digest: str | None = None,
    reason: str | None = None,
) -> None:
    listing = session.get_one(Listing, question.listing_id)
    payload: dict[str, Any] = {
        "listing_id": listing.id,
        "achievement_id": listing.achievement_id,
        "seller_organisation_id": question.seller_organisation_id,
        "buyer_organisation_id": question.asker_organisation_id,
        "due_on": question.due_on.isoformat(),
    }
    if digest is not None:
        payload["text_sha256"] = digest
    states = (before.value if before else None, question.state)
    subject = ("question", question.id)
    record_step(session, subject, action, actor, now, states=states, payload=payload, reason=reason)
