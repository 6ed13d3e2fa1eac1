"""What the feeds carry: new listings, of all or of one institution, and new lots."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from market.accounts.models import Organisation
from market.achievements.vocabulary import TechnicalField
from market.auctions.models import Lot
from market.kernel.clock import SHANGHAI
from market.kernel.db import current_session
from market.kernel.mail import absolute_url
from market.kernel.money import Money
from market.listings.models import Listing
from market.portal.atom import Entry
from market.portal.institutions import FRESH, ON_MARKET

LONGEST = 50


def new_listings(organisation_id: int | None = None) -> list[Entry]:
    """The listings that were published last and are on the market: one query."""
    statement = (
        select(
            Listing.number, Listing.title, Listing.summary, Listing.technical_field,
            Listing.published_at, Listing.updated_at, Organisation.name,
        )
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .where(ON_MARKET, Listing.published_at.is_not(None))
        .order_by(*FRESH)
        .limit(LONGEST)
    )  # fmt: skip
    if organisation_id is not None:
        statement = statement.where(Listing.organisation_id == organisation_id)
    return [
        Entry(
            address=absolute_url(url_for("listings.detail", number=number)),
            title=title,
            summary=summary,
            author=name,
            published=published_at,
            updated=max(updated_at, published_at),
            categories=(_(TechnicalField(field).label),),
        )
        for number, title, summary, field, published_at, updated_at, name in current_session().execute(statement)
        if published_at is not None
    ]


def new_lots() -> list[Entry]:
    """The lots that were announced last: one query."""
    statement = (
        select(Lot, Organisation.name)
        .join(Organisation, Organisation.id == Lot.seller_organisation_id)
        .order_by(Lot.announced_at.desc(), Lot.id.desc())
        .limit(LONGEST)
    )
    return [_lot_entry(lot, name) for lot, name in current_session().execute(statement)]


def _lot_entry(lot: Lot, seller: str) -> Entry:
    summary = _(
        "起拍价 %(price)s，%(opens)s 开始竞价，%(closes)s 截止。",
        price=Money(lot.start_price_fen, lot.currency),
        opens=f"{lot.opens_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        closes=f"{lot.announced_closes_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
    )
    return Entry(
        address=absolute_url(url_for("auctions.lot", number=lot.number)),
        title=lot.title,
        summary=summary,
        author=seller,
        published=lot.announced_at,
        updated=lot.closed_at or lot.announced_at,
    )
