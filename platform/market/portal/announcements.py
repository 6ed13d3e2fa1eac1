"""公示公告: what has been announced, one statement over the tables that announcements come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, cast, func, literal, null, or_, select, union_all

from market.accounts.models import Organisation
from market.auctions.models import Lot
from market.auctions.vocabulary import LotState, SaleKind
from market.deals.publicity.models import Publicity
from market.deals.publicity.rules import is_over as is_publicity_over
from market.deals.publicity.vocabulary import PublicityState
from market.kernel.calendar import ONE_DAY, HolidayCalendar
from market.kernel.clock import SHANGHAI, local_date
from market.kernel.db import current_session
from market.kernel.holidays import load_calendar
from market.kernel.money import Money
from market.listings.vocabulary import TransferWay
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
    `ends_at`: when bidding closes; `price`: the intended one, what it sold for, or where bidding starts.

    `way` and `publicity_state` are those of an agreed price in publicity, `state` and `sale_kind` a lot's.
    """

    kind: AnnouncementKind
    number: str
    title: str
    institution_code: str
    institution_name: str
    announced_at: datetime
    notice_ends_on: date | None
    ends_at: datetime | None
    state: LotState | None
    sale_kind: SaleKind | None
    price: Money
    is_running: bool
    way: TransferWay | None = None
    publicity_state: PublicityState | None = None
    is_paused: bool = False


def _board() -> Subquery:
    """Columns: kind, at, lot_id, publicity_id. A lot that sold or ended stands twice: as announced, and as a result."""
    none = cast(null(), BigInteger)
    announced = select(
        literal(AnnouncementKind.LOT.value).label("kind"),
        Lot.announced_at.label("at"),
        Lot.id.label("lot_id"),
        none.label("publicity_id"),
    )
    ended_at = func.coalesce(Lot.closed_at, Lot.closes_at)
    sold = select(literal(AnnouncementKind.LOT_RESULT.value), ended_at, Lot.id, none).where(
        Lot.state == LotState.SOLD.value
    )
    ended = select(literal(AnnouncementKind.LOT_ENDED.value), ended_at, Lot.id, none).where(
        Lot.state.in_([state.value for state in _ENDED])
    )
    agreed = select(literal(AnnouncementKind.AGREED_PRICE.value), Publicity.started_at, none, Publicity.id).where(
        Publicity.started_at.is_not(None)
    )
    return union_all(announced, sold, ended, agreed).subquery("board")


def _statement(filters: AnnouncementFilters) -> tuple[Select[Any], Subquery]:
    board = _board()
    seller_id = func.coalesce(Lot.seller_organisation_id, Publicity.seller_organisation_id)
    statement = (
        select(board.c.kind, board.c.at, Lot, Publicity, Organisation.code, Organisation.name)
        .select_from(board)
        .outerjoin(Lot, Lot.id == board.c.lot_id)
        .outerjoin(Publicity, Publicity.id == board.c.publicity_id)
        .join(Organisation, Organisation.id == seller_id)
    )
    if filters.kind is not None:
        statement = statement.where(board.c.kind == filters.kind.value)
    if filters.institution:
        statement = statement.where(Organisation.code == filters.institution)
    if filters.text:
        columns = (Lot.title, Lot.number, Publicity.title, Publicity.number, Organisation.name)
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
    tie = func.coalesce(board.c.lot_id, board.c.publicity_id)
    ordered = statement.order_by(board.c.at.desc(), tie.desc(), board.c.kind).limit(limit).offset(offset)
    return [
        _publicity_row(at, publicity, code, name, now=now)
        if publicity is not None
        else _lot_row(AnnouncementKind(kind), at, lot, code, name, calendar=calendar, now=now)
        for kind, at, lot, publicity, code, name in current_session().execute(ordered)
    ]


def _publicity_row(at: datetime, publicity: Publicity, code: str, name: str, *, now: datetime) -> AnnouncementRow:
    ends_on = publicity.ends_on
    is_paused = publicity.state == PublicityState.RUNNING and publicity.paused_on is not None
    is_over = ends_on is None or is_publicity_over(ends_on, local_date(now))
    return AnnouncementRow(
        kind=AnnouncementKind.AGREED_PRICE,
        number=publicity.number,
        title=publicity.title,
        institution_code=code,
        institution_name=name,
        announced_at=at,
        notice_ends_on=ends_on,
        ends_at=None,
        state=None,
        sale_kind=None,
        price=Money(publicity.price_fen, publicity.currency),
        is_running=publicity.state == PublicityState.RUNNING and (is_paused or not is_over),
        way=TransferWay(publicity.transfer_way),
        publicity_state=PublicityState(publicity.state),
        is_paused=is_paused,
    )


def _lot_row(
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
        or_(
            Organisation.id.in_(select(Lot.seller_organisation_id)),
            Organisation.id.in_(select(Publicity.seller_organisation_id).where(Publicity.started_at.is_not(None))),
        )
    )
    return [(code, name) for code, name in current_session().execute(statement.order_by(Organisation.name))]
