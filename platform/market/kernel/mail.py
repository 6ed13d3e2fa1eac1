"""Outgoing mail: written with the business row, sent by a job after its commit, once whatever the retries.

Without MAIL_SERVER nothing leaves: in development the page /mailbox shows what would have gone out.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy import DateTime, Integer, String, Text, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel import jobs
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_, Refusal
from market.kernel.jobs import RETRIES, job
from market.kernel.orm import Base, identity, moment

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("kezhuan.mail")
JOB = "kernel.send_mail"
TIMEOUT_SECONDS = 20
PERMANENT_FAILURE = 500
CONTROL_END = 32
DELETE = 127


class MailMessage(Base):
    """One mail in the outbox. The text of a mail that has gone is emptied: it may hold a link that opens a door."""

    __tablename__ = "mail_message"

    id: Mapped[identity]
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(String(60))
    deduplication_key: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[moment] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failure: Mapped[str | None] = mapped_column(String(300))


class MailRefused(Refusal):
    """An address or a subject that could smuggle headers into a mail."""


def queue_mail(
    session: Session,
    *,
    recipient: str,
    subject: str,
    body: str,
    template: str,
    deduplication_key: str,
    now: datetime,
) -> int | None:
    """Put one mail into the outbox and defer its sending in the same transaction; returns its id.

    The same key again writes nothing and returns None. Raises MailRefused for line breaks in address or subject.
    """
    _require_header(recipient)
    _require_header(subject)
    _address(recipient)
    row = {
        "recipient": recipient,
        "subject": subject[:200],
        "body": body,
        "template": template,
        "deduplication_key": deduplication_key,
        "created_at": now,
    }
    statement = insert(MailMessage).values(row).on_conflict_do_nothing(index_elements=["deduplication_key"])
    message_id = session.scalar(statement.returning(MailMessage.id))
    if message_id is not None:
        jobs.defer(session, JOB, message_id=message_id)
    return message_id


def absolute_url(path: str) -> str:
    """The address of a page as a mail carries it: from the setting PUBLIC_URL, never from the request's Host."""
    assert path.startswith("/")
    return _settings().public_url + path


def _require_header(text: str) -> None:
    if not text.strip() or any(ord(character) < CONTROL_END or ord(character) == DELETE for character in text):
        raise MailRefused("mail.header", N_("邮箱地址或邮件标题里有不允许的字符。"))


def _address(text: str) -> Address:
    try:
        if text.isascii():
            return Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        pass
    raise MailRefused("mail.address", N_("请填写有效的邮箱地址。"), field="email")


def compose(message: MailMessage, sender: str, host: str) -> EmailMessage:
    """The mail as it goes out; its Message-ID stays the same in every attempt, so that a double is recognised."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(sender)
    mail["To"] = _address(message.recipient)
    mail["Subject"] = message.subject
    mail["Date"] = message.created_at
    mail["Message-ID"] = f"<mail-{message.id}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail


@job(JOB)
def send_mail(message_id: int) -> None:
    """Send one mail that has not gone yet. A refusal for good is noted; any other failure is tried again."""
    if not _settings().mail_server:
        return
    try:
        with transaction() as session:
            message = session.scalar(select(MailMessage).where(MailMessage.id == message_id).with_for_update())
            if message is None or message.sent_at or message.failed_at:
                return
            _deliver(message)
            message.sent_at, message.attempts, message.failure = current_time(), message.attempts + 1, None
            message.body = ""
    except (OSError, smtplib.SMTPException) as problem:
        if not _note_failure(message_id, problem):
            raise


def _note_failure(message_id: int, problem: Exception) -> bool:
    """Write down why it did not go; True when no further attempt makes sense."""
    log.warning("mail %s was not taken: %s", message_id, type(problem).__name__)
    with transaction() as session:
        message = session.get_one(MailMessage, message_id)
        message.attempts += 1
        message.failure = str(problem)[:300]
        is_final = _is_permanent(problem) or message.attempts >= RETRIES
        if is_final:
            message.failed_at = current_time()
    return is_final


def _is_permanent(problem: Exception) -> bool:
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT_FAILURE for code, _ in problem.recipients.values())
    return isinstance(problem, smtplib.SMTPResponseException) and problem.smtp_code >= PERMANENT_FAILURE


def _deliver(message: MailMessage) -> None:
    settings = _settings()
    host = settings.mail_from.rpartition("@")[2]
    with _connection(settings) as server:
        server.send_message(compose(message, settings.mail_from, host))


@contextmanager
def _connection(settings: Settings) -> Iterator[smtplib.SMTP]:
    assert settings.mail_server is not None
    context = ssl.create_default_context()
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.mail_server, settings.mail_port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.mail_server, settings.mail_port, timeout=TIMEOUT_SECONDS)
    with server:
        if settings.mail_security == "starttls":
            server.starttls(context=context)
        if settings.mail_username:
            server.login(settings.mail_username, settings.mail_password or "")
        yield server


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["kezhuan_settings"])


def latest_mails(limit: int = 50) -> list[MailMessage]:
    """The newest mails of the outbox."""
    return list(current_session().scalars(select(MailMessage).order_by(MailMessage.id.desc()).limit(limit)))
