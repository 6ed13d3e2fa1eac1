"""公示公告: what has been announced, one statement over the tables that announcements come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, Subquery, func, literal, or_, select, union_all

from market.accounts.models import Organisation
from market.auctions.models import Lot
from market.auctions.vocabulary import LotState, SaleKind
from market.kernel.calendar import ONE_DAY, HolidayCalendar
from market.kernel.clock import SHANGHAI, local_date
from market.kernel.db import current_session
from market.kernel.holidays import load_calendar
from market.kernel.money import Money
from market.portal.vocabulary import AnnouncementKind

_ENDED = (LotState.UNSOLD, LotState.WITHDRAWN, LotState.TERMINATED)
_LIVE = (LotState.ANNOUNCED, LotState.SUSPENDED)


@dataclass(frozen=True)
class AnnouncementFilters:
    """What the board shows; None = all. Days are those of the announcement, in Shanghai."""

    kind: AnnouncementKind | None = None
    institution: str = ""
    text: str = ""
    from_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True)
class AnnouncementRow:
    """One announcement. `notice_ends_on`: the last day of the notice's period (民法典 arts 201, 203; rest days move it);
    `ends_at`: when bidding closes; `price`: what it sold for, or where bidding starts."""

    kind: AnnouncementKind
    number: str
    title: str
    institution_code: str
    institution_name: str
    announced_at: datetime
    notice_ends_on: date | None
    ends_at: datetime | None
    state: LotState
    sale_kind: SaleKind | None
    price: Money
    is_running: bool


def _board() -> Subquery:
    """Columns: kind, at, lot_id. A lot that sold or ended stands twice: as announced, and with its result."""
    announced = select(
        literal(AnnouncementKind.LOT.value).label("kind"), Lot.announced_at.label("at"), Lot.id.label("lot_id")
    )
    ended_at = func.coalesce(Lot.closed_at, Lot.closes_at)
    sold = select(literal(AnnouncementKind.LOT_RESULT.value), ended_at, Lot.id).where(Lot.state == LotState.SOLD.value)
    ended = select(literal(AnnouncementKind.LOT_ENDED.value), ended_at, Lot.id).where(
        Lot.state.in_([state.value for state in _ENDED])
    )
    return union_all(announced, sold, ended).subquery("board")


def _statement(filters: AnnouncementFilters) -> tuple[Select[Any], Subquery]:
    board = _board()
    statement = (
        select(board.c.kind, board.c.at, Lot, Organisation.code, Organisation.name)
        .join(Lot, Lot.id == board.c.lot_id)
        .join(Organisation, Organisation.id == Lot.seller_organisation_id)
    )
    if filters.kind is not None:
        statement = statement.where(board.c.kind == filters.kind.value)
    if filters.institution:
        statement = statement.where(Organisation.code == filters.institution)
    if filters.text:
        columns = (Lot.title, Lot.number, Organisation.name)
        statement = statement.where(or_(*(column.icontains(filters.text, autoescape=True) for column in columns)))
    if filters.from_on is not None:
        statement = statement.where(board.c.at >= _midnight(filters.from_on))
    if filters.until_on is not None:
        statement = statement.where(board.c.at < _midnight(filters.until_on + ONE_DAY))
    return statement, board


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


def count_announcements(filters: AnnouncementFilters) -> int:
    """How many announcements fit."""
    statement, _ = _statement(filters)
    return current_session().scalar(select(func.count()).select_from(statement.subquery())) or 0


def announcement_rows(
    filters: AnnouncementFilters, now: datetime, *, limit: int | None = None, offset: int = 0
) -> list[AnnouncementRow]:
    """Announcements, the newest first; the last day of each notice by the holiday table: two queries."""
    statement, board = _statement(filters)
    calendar = load_calendar(current_session())
    ordered = statement.order_by(board.c.at.desc(), board.c.lot_id.desc(), board.c.kind).limit(limit).offset(offset)
    return [
        _row(AnnouncementKind(kind), at, lot, code, name, calendar=calendar, now=now)
        for kind, at, lot, code, name in current_session().execute(ordered)
    ]


def _row(
    kind: AnnouncementKind, at: datetime, lot: Lot, code: str, name: str, *, calendar: HolidayCalendar, now: datetime
) -> AnnouncementRow:
    is_notice = kind is AnnouncementKind.LOT
    price = lot.high_fen if kind is AnnouncementKind.LOT_RESULT and lot.high_fen is not None else lot.start_price_fen
    return AnnouncementRow(
        kind=kind,
        number=lot.number,
        title=lot.title,
        institution_code=code,
        institution_name=name,
        announced_at=at,
        notice_ends_on=calendar.last_day(local_date(at), lot.notice_days) if is_notice else None,
        ends_at=lot.closes_at if is_notice else None,
        state=LotState(lot.state),
        sale_kind=SaleKind(lot.sale_kind) if lot.sale_kind and kind is AnnouncementKind.LOT_RESULT else None,
        price=Money(price, lot.currency),
        is_running=is_notice and lot.state in _LIVE and lot.closes_at > now,
    )


def announcing_institutions() -> list[tuple[str, str]]:
    """(code, name) of the institutions that announced something, for the filter."""
    statement = select(Organisation.code, Organisation.name).where(
        Organisation.id.in_(select(Lot.seller_organisation_id))
    )
    return [(code, name) for code, name in current_session().execute(statement.order_by(Organisation.name))]
