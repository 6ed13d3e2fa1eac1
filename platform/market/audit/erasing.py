"""Make a person unknown without breaking the record (个人信息保护法 art. 47)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, String, delete, func, select, update
from sqlalchemy.orm import Session, aliased

from market.accounts.models import Membership, Organisation, Person
from market.accounts.rules import ERASED_DOMAIN
from market.auctions.models import Lot, LotRegistration
from market.auctions.vocabulary import LotState
from market.audit.personal_data import person_by_email
from market.deals.models import Application, Deal
from market.deals.vocabulary import ApplicationState, DealState
from market.kernel.errors import N_, Refusal
from market.kernel.events import EventDraft, record
from market.kernel.locks import lock_rows
from market.kernel.orm import Base
from market.notifications.models import Notice
from market.notifications.queries import ONLY_FOR
from market.reports.models import WrongReport

ERASED_NAME = N_("已注销人员")
NO_PASSWORD = "!"  # noqa: S105 - no hash: nothing matches it
RUNNING = (LotState.ANNOUNCED, LotState.SUSPENDED)
OVER = (DealState.CLOSED, DealState.CANCELLED)
OF_THE_PERSON_ALONE = (
    "sign_in_session",
    "sign_in_device",
    "second_factor",
    "recovery_code",
    "provider_identity",
    "passkey",
    "notification_preference",
    "muted_notice_kind",
    "notice_delivery",
    "unsaved_listing",
    "saved_search",
)
"""Tables whose rows are credentials, traces, unsaved typing and saved searches of one person: they go."""
ADDRESSES = ("email", "recipient")
"""Columns of other tables that hold an address; those tables' rows about her are unlinked from it."""


class ErasureRefused(Refusal):
    """Somebody else must first take over what only she can do."""


def erase(session: Session, email: str, *, now: datetime) -> int:
    """Name, address, password, credentials, notices to her alone go; memberships and sessions end; events keep their
    reference to the row.

    Returns the person's id. Raises NotFound for an unknown address and ErasureRefused while something depends on
    her, saying what.
    """
    person = person_by_email(session, email)
    lock_rows(session, Organisation, _organisations_of(session, person.id))
    lock_rows(session, Person, [person.id])
    duties = list(_duties(session, person.id))
    if duties:
        sentence = N_("暂时不能注销：%(duties)s。请先办完或交给同事。")
        raise ErasureRefused("person.duties", sentence, duties="；".join(duties))
    _forget_reporter(session, person.email)
    _forget_address(session, person.email, f"erased-{person.id}{ERASED_DOMAIN}")
    for name in OF_THE_PERSON_ALONE:
        table = Base.metadata.tables[name]
        session.execute(delete(table).where(table.c.person_id == person.id))
    session.execute(delete(Notice).where(Notice.params[ONLY_FOR] == [person.id]))
    ended = _end_memberships(session, person.id, now)
    person.email = f"erased-{person.id}{ERASED_DOMAIN}"
    person.display_name = ERASED_NAME
    person.password_hash = NO_PASSWORD
    person.is_enabled = False
    person.session_version += 1
    payload = {"membership_ids": ended}
    record(session, EventDraft("person", person.id, "person.erased", now, payload=payload))
    return person.id


def _organisations_of(session: Session, person_id: int) -> list[int]:
    active = (Membership.person_id == person_id, Membership.ended_at.is_(None))
    return list(session.scalars(select(Membership.organisation_id).where(*active)))


def _end_memberships(session: Session, person_id: int, now: datetime) -> list[int]:
    active = (Membership.person_id == person_id, Membership.ended_at.is_(None))
    ended = session.scalars(update(Membership).where(*active).values(ended_at=now).returning(Membership.id))
    return sorted(ended)


def _forget_address(session: Session, email: str, replacement: str) -> None:
    """In every other table: an address column that holds hers gets the replacement; mails to her go altogether."""
    for table in Base.metadata.sorted_tables:
        if table.name in {"person", "event"}:
            continue
        for name in ADDRESSES:
            column = table.c.get(name)
            if column is None or not isinstance(column.type, String):
                continue
            hers = func.lower(column) == email.lower()
            is_mail = table.name == "mail_message"
            session.execute(
                delete(table).where(hers) if is_mail else update(table).where(hers).values({name: replacement})
            )


def _forget_reporter(session: Session, email: str) -> None:
    """Her name in the reports of wrongs that bear her address; the address itself goes with the others."""
    hers = func.lower(WrongReport.email) == email.lower()
    session.execute(update(WrongReport).where(hers).values(reporter_name=None))


def _duties(session: Session, person_id: int) -> Iterator[str]:
    """What only she can do now, each as a Chinese phrase with its number or name."""
    organisations = _left_without(session, person_id, administrators_only=True)
    for name in organisations.values():
        yield f"是“{name}”唯一的管理员"
    bidding = (
        select(Lot.number)
        .join(LotRegistration, LotRegistration.lot_id == Lot.id)
        .where(LotRegistration.registered_by_id == person_id, Lot.state.in_(RUNNING))
    )
    yield from (f"标的 {number} 竞价未结束" for number in session.scalars(bidding.order_by(Lot.number)))
    waiting = select(Application.number).where(
        Application.applied_by_id == person_id, Application.state == ApplicationState.SUBMITTED
    )
    yield from (f"申请 {number} 等待答复" for number in session.scalars(waiting.order_by(Application.number)))
    alone = _left_without(session, person_id, administrators_only=False)
    deals = select(Deal.number).where(
        Deal.seller_organisation_id.in_(alone) | Deal.buyer_organisation_id.in_(alone), Deal.state.not_in(OVER)
    )
    yield from (f"交易 {number} 未结案且没有其他同事" for number in session.scalars(deals.order_by(Deal.number)))


def _left_without(session: Session, person_id: int, *, administrators_only: bool) -> dict[int, str]:
    """Her organisations (id → name) that nobody else belongs to, or administers, once she is gone."""
    other = aliased(Membership)
    others = (
        select(other.id)
        .join(Person, Person.id == other.person_id)
        .where(
            other.organisation_id == Membership.organisation_id,
            other.person_id != person_id,
            other.ended_at.is_(None),
            Person.is_enabled.is_(True),
        )
    )
    own: list[ColumnElement[bool]] = [Membership.person_id == person_id, Membership.ended_at.is_(None)]
    if administrators_only:
        others = others.where(other.is_administrator.is_(True))
        own.append(Membership.is_administrator.is_(True))
    statement = (
        select(Organisation.id, Organisation.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(*own, ~others.exists())
        .order_by(Organisation.id)
    )
    return {row.id: row.name for row in session.execute(statement)}
