"""Who was outbid is told: one notice for each bid of hers that was overtaken, however often others bid after that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, String, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.auctions.models import Bid, Lot, LotRegistration
from market.auctions.vocabulary import LotState
from market.kernel.clock import SHANGHAI, local_date
from market.kernel.errors import N_
from market.kernel.money import Money
from market.notifications import mailing
from market.notifications.models import Notice
from market.notifications.vocabulary import NoticeKind

PAUSE = timedelta(minutes=10)
"""In a quick exchange of bids an enterprise is told once in so long; who still lags behind after that is told again."""
TITLE = N_("出价已被超过")
MESSAGE = N_(
    "标的“%(title)s”（%(number)s）已有更高出价，当前最高价 %(price)s。"
    "还要竞价的，请在 %(closes_at)s（北京时间）截止前再次出价；不再竞价的不必办理。"
)


def tell_outbid(session: Session, *, now: datetime) -> int:
    """Tell everybody who has bid in a running lot and does not lead any more; returns how many. Safe to run twice.

    `now` is the time of bids (the database's). The notice says the price, never who leads.
    """
    written = 0
    for row in session.execute(_overtaken(now)).all():
        statement = (
            insert(Notice).values(_notice(row, now)).on_conflict_do_nothing(index_elements=["deduplication_key"])
        )
        for notice in session.scalars(statement.returning(Notice)).all():
            mailing.schedule(session, notice, NoticeKind.LOT, now=now)
            written += 1
    return written


def _overtaken(now: datetime) -> Any:
    """Lot, the enterprise and the key of the notice for each last bid that was overtaken and not yet told of."""
    last = (
        select(func.max(Bid.sequence)).where(Bid.registration_id == LotRegistration.id).correlate(LotRegistration)
    ).scalar_subquery()
    of_registration = literal("outbid:") + cast(Lot.id, String) + ":" + cast(LotRegistration.id, String) + ":"
    key = of_registration + cast(last, String)
    told = (Notice.organisation_id == LotRegistration.organisation_id,)
    is_told = select(Notice.id).where(*told, Notice.deduplication_key == key).exists()
    lately = (Notice.deduplication_key.startswith(of_registration), Notice.created_at > now - PAUSE)
    is_told_lately = select(Notice.id).where(*told, *lately).exists()
    is_running = (Lot.state == LotState.ANNOUNCED.value, Lot.opens_at <= now, Lot.closes_at > now)
    return (
        select(Lot, LotRegistration.organisation_id, key.label("key"))
        .join(LotRegistration, LotRegistration.lot_id == Lot.id)
        .where(*is_running, Lot.leading_registration_id != LotRegistration.id, last.is_not(None))
        .where(~is_told, ~is_told_lately)
        .order_by(LotRegistration.id)
    )


def _notice(row: Row[Any], now: datetime) -> dict[str, Any]:
    lot: Lot = row[0]
    assert lot.high_fen is not None
    return {
        "organisation_id": row.organisation_id,
        "deduplication_key": row.key,
        "title": TITLE,
        "message": MESSAGE,
        "params": {
            "title": lot.title,
            "number": lot.number,
            "price": str(Money(lot.high_fen, lot.currency)),
            "closes_at": lot.closes_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        },
        "path": f"/lots/{lot.number}",
        "created_at": now,
        "due_on": local_date(lot.closes_at),
    }
