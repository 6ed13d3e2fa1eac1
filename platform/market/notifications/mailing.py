"""Notices by mail: whom, when, and one mail for whatever is due together."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask_babel import force_locale, gettext
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Person
from market.kernel.clock import SHANGHAI
from market.kernel.mail import MailRefused, absolute_url, queue_mail
from market.notifications.models import MutedKind, Notice, NoticeDelivery, NotificationPreference
from market.notifications.queries import NOT_FOR, ONLY_FOR
from market.notifications.rules import STALE_AFTER, MailChoice, mail_due
from market.notifications.texts import sentence
from market.notifications.vocabulary import NoticeKind

log = logging.getLogger("kezhuan.notifications")
BATCH = 500


@dataclass(frozen=True)
class _Due:
    """A notice that a person is to have by mail now."""

    person_id: int
    email: str
    language: str
    notice: Notice


def choice_of(session: Session, person_id: int) -> MailChoice:
    """What the person chose; everything at once when she chose nothing."""
    row = session.get(NotificationPreference, person_id)
    muted = session.scalars(select(MutedKind.kind).where(MutedKind.person_id == person_id))
    kinds = frozenset(NoticeKind(kind) for kind in muted)
    return MailChoice(kinds) if row is None else MailChoice(kinds, row.is_digest, row.quiet_from, row.quiet_until)


def choose(session: Session, person_id: int, choice: MailChoice) -> None:
    """Keep what the person wants from now on; what is already due for her stays due."""
    values = {"is_digest": choice.is_digest, "quiet_from": choice.quiet_from, "quiet_until": choice.quiet_until}
    statement = insert(NotificationPreference).values(person_id=person_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))
    session.execute(delete(MutedKind).where(MutedKind.person_id == person_id))
    session.add_all(MutedKind(person_id=person_id, kind=kind.value) for kind in sorted(choice.muted))
    session.flush()


def schedule(session: Session, notice: Notice, kind: NoticeKind, *, now: datetime) -> None:
    """Plan the mails of a new notice for everybody who acts for the organisation."""
    if now - notice.created_at > STALE_AFTER:
        return
    members = (
        select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id == notice.organisation_id,
            Membership.ended_at.is_(None),
            Person.is_enabled.is_(True),
            Person.id != notice.params.get(NOT_FOR, 0),
        )
    )
    if ONLY_FOR in notice.params:
        members = members.where(Person.id.in_(notice.params[ONLY_FOR]))
    for person_id in session.scalars(members).all():
        due_at = mail_due(choice_of(session, person_id), kind, now, SHANGHAI)
        if due_at is not None:
            session.add(NoticeDelivery(notice_id=notice.id, person_id=person_id, due_at=due_at))
    session.flush()


def send_due(session: Session, *, now: datetime) -> int:
    """Put one mail for each person with due notices into the outbox; returns how many. Safe to run twice.

    A notice that somebody has read meanwhile, or that a person may no longer see, is not mailed.
    """
    claimed = (
        select(NoticeDelivery)
        .where(NoticeDelivery.due_at <= now)
        .order_by(NoticeDelivery.person_id, NoticeDelivery.notice_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    deliveries = session.scalars(claimed).all()
    due = [found for row in deliveries if (found := _still_due(session, row)) is not None]
    mails = sum(_mail(session, list(rows), now) for _, rows in groupby(due, key=lambda row: row.person_id))
    for row in deliveries:
        session.delete(row)
    session.flush()
    return mails


def _still_due(session: Session, row: NoticeDelivery) -> _Due | None:
    statement = (
        select(Person.email, Person.language, Notice)
        .join(Membership, Membership.person_id == Person.id)
        .join(Notice, Notice.organisation_id == Membership.organisation_id)
        .where(Notice.id == row.notice_id, Person.id == row.person_id)
        .where(Notice.read_at.is_(None), Membership.ended_at.is_(None), Person.is_enabled.is_(True))
    )
    found = session.execute(statement).one_or_none()
    return None if found is None else _Due(row.person_id, found[0], found[1], found[2])


def _mail(session: Session, rows: Sequence[_Due], now: datetime) -> bool:
    first = rows[0]
    with force_locale(first.language):
        title = gettext(first.notice.title)
        subject = title if len(rows) == 1 else gettext("您有 %(count)s 条新通知", count=len(rows))
        body = "\n\n".join(
            [_text(row.notice) for row in rows] + [gettext("在“通知”里可以选择哪些事项发邮件、什么时候发。")]
        )
    try:
        message_id = queue_mail(
            session,
            recipient=first.email,
            subject=subject,
            body=body,
            template="notice" if len(rows) == 1 else "digest",
            deduplication_key=f"notices:{first.person_id}:{first.notice.id}:{rows[-1].notice.id}",
            now=now,
        )
    except MailRefused as refusal:
        log.warning("no mail to person %s: %s", first.person_id, refusal.code)
        return False
    return message_id is not None


def _text(notice: Notice) -> str:
    lines = [
        gettext(notice.title),
        sentence(notice.message, notice.params),
    ]
    if notice.due_on is not None:
        lines.append(gettext("请在 %(day)s 前办理。", day=notice.due_on.isoformat()))
    return "\n".join([*lines, absolute_url(notice.path)])
