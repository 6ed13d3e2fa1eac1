"""Send a failed mail again: by an operator, once a click, whoever else clicks at the same moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.kernel import jobs
from market.kernel.errors import N_, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_row
from market.kernel.mail import JOB, MailMessage


class MailNotFailed(Refusal):
    """The mail has gone, or waits to go: sending it again would make two of it."""

    status = 422


def resend(session: Session, actor: Actor, message_id: int, *, now: datetime) -> None:
    """Give a mail that failed for good its attempts back. Raises NotFound, MailNotFailed.

    It keeps its Message-ID: should a server have taken it after all, the receiver's recognises the double.
    """
    require(actor, Act.OPERATE)
    message = lock_row(session, MailMessage, message_id)
    if message.failed_at is None:
        raise MailNotFailed("mail.not_failed", N_("只有发送失败的邮件才能重新发送；它的状态可能已经变了。"))
    attempts = message.attempts
    message.failed_at, message.failure, message.attempts = None, None, 0
    jobs.defer(session, JOB, message_id=message.id)
    draft = EventDraft(
        "mail",
        message.id,
        "mail.resent",
        now,
        actor_person_id=actor.person_id,
        actor_organisation_id=actor.organisation_id,
        payload={"template": message.template, "attempts": attempts},
    )
    record(session, draft)
