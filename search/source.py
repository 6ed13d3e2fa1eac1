"""Reads public listings from the database and makes documents of them: one query per table for a block of ids."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from market.accounts.models import Organisation, OrganisationName
from market.achievements.claims import claims_column
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import right_state
from market.achievements.vocabulary import Industry, LegalStatus, TechnicalField
from market.auctions.models import Lot, LotItem
from market.auctions.vocabulary import LotState
from market.enquiries.models import Watch
from market.kernel.clock import current_time, local_date
from market.kernel.db import transaction
from market.kernel.money import CNY
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import PUBLIC_STATES, Pricing
from search.among import among, named
from search.classification import titles_of
from search.documents import NEVER_PUBLISHED, ListingDocument
from search.engines.base import Change, Removal
from search.meaning.embedder import MODEL
from search.models import SearchEntry
from search.prices import band_of

GONE = (1 << 62) - 1  # version of a listing that has no row: nothing is newer
_bundled = aliased(Achievement)
_BUNDLED_VERSIONS = (
    select(func.coalesce(func.sum(_bundled.version), 0))
    .join(ListingMember, ListingMember.achievement_id == _bundled.id)
    .where(ListingMember.listing_id == Listing.id, ListingMember.position > 0)
    .correlate(Listing)
    .scalar_subquery()
)
_FORMER_NAMES = (
    select(func.count(OrganisationName.id))
    .where(OrganisationName.organisation_id == Listing.organisation_id)
    .correlate(Listing)
    .scalar_subquery()
)
_VECTOR = (
    select(SearchEntry.vector)
    .where(SearchEntry.listing_id == Listing.id, SearchEntry.vector_model == MODEL)
    .correlate(Listing)
    .scalar_subquery()
)
_REVISION = (
    select(func.coalesce(func.sum(SearchEntry.revision), 0))
    .where(SearchEntry.listing_id == Listing.id)
    .correlate(Listing)
    .scalar_subquery()
)
_WATCHERS = (
    select(func.count(Watch.organisation_id)).where(Watch.listing_id == Listing.id).correlate(Listing).scalar_subquery()
)
CONTENT_VERSION: ColumnElement[int] = (
    Listing.version + Achievement.version + Listing.departed_versions + _BUNDLED_VERSIONS + _FORMER_NAMES
)
"""Version of what a listing says: rises when it or one of its achievements changes, comes or goes, and when its institution
gets a former name (who has listings loses none).
"""
VERSION: ColumnElement[int] = CONTENT_VERSION + _REVISION
"""Version of what the index holds: rises with what the listing says, and with the revision of its `SearchEntry`: auctions,
watchers, vectors.
"""
_BETWEEN_NAMES = re.compile(r"[;；,，、\n]+")


@dataclass
class _Collected:
    """What hangs on one listing in other tables."""

    ways: list[str] = field(default_factory=list)
    former_names: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    further_symbols: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    prices: list[int] = field(default_factory=list)
    bands: list[str] = field(default_factory=list)
    has_free_trial: bool = False
    kinds: list[str] = field(default_factory=list)
    legal_statuses: list[str] = field(default_factory=list)
    lots: list[tuple[datetime, datetime]] = field(default_factory=list)


class DatabaseSource:
    """Implements indexing.Source. Each call is a short transaction of its own: an index build holds none open."""

    def versions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        """(id, version) of the next public listings by id."""
        statement = _public(select(Listing.id, VERSION)).where(Listing.id > after_id).order_by(Listing.id).limit(limit)
        with transaction() as session:
            return [(listing_id, version) for listing_id, version in session.execute(statement)]

    def documents(self, ids: Sequence[int]) -> list[ListingDocument]:
        """Documents of those of the listings that are public, by id."""
        with transaction() as session:
            return load_documents(session, ids, local_date(current_time()))

    def change(self, listing_id: int) -> Change:
        """What the index should hold of the listing now: its document, or that it is not public."""
        with transaction() as session:
            found = load_documents(session, [listing_id], local_date(current_time()))
            if found:
                return found[0]
            statement = select(VERSION).join(Achievement, Achievement.id == Listing.achievement_id)
            version = session.scalar(statement.where(Listing.id == listing_id))
        return Removal(listing_id, GONE if version is None else version)


def _public(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.join(Achievement, Achievement.id == Listing.achievement_id).where(Listing.state.in_(PUBLIC_STATES))


def load_documents(session: Session, ids: Sequence[int], today: date) -> list[ListingDocument]:
    """Documents of those of the listings that are public, by id, with their rights as they stand on the day.

    Five queries, whatever their number.
    """
    rows = session.execute(_LISTINGS, named(ids)).all()
    collected = _collect(session, rows, today)
    return [_document(row, collected[row.id]) for row in rows]


_LISTINGS: Select[*tuple[Any, ...]] = (
    _public(
        select(
            Listing.id,
            VERSION.label("version"),
            _VECTOR.label("vector"),
            Listing.number,
            Listing.title,
            Listing.summary,
            Listing.problem,
            Listing.advantage,
            Listing.application,
            Listing.abstract.label("listing_abstract"),
            Listing.organisation_id,
            Listing.county_code,
            Listing.technical_field,
            Listing.industry,
            Listing.maturity_stage,
            Listing.published_at,
            Achievement.title.label("achievement_title"),
            Achievement.abstract,
            Achievement.completers,
            Achievement.trl,
            _WATCHERS.label("watchers"),
            Organisation.code.label("organisation_code"),
            Organisation.name.label("organisation_name"),
        )
    )
    .join(Organisation, Organisation.id == Listing.organisation_id)
    .where(among(Listing.id))
    .order_by(Listing.id)
)


def _collect(session: Session, rows: Sequence[Row[Any]], today: date) -> dict[int, _Collected]:
    collected: dict[int, _Collected] = {row.id: _Collected() for row in rows}
    of_organisation = defaultdict(list)
    for row in rows:
        of_organisation[row.organisation_id].append(collected[row.id])
    for offer in session.execute(_OFFERS, named(collected)):
        _add_offer(collected[offer.listing_id], offer)
    for listing_id, opens_at, closes_at in session.execute(_LOTS, named(collected)):
        collected[listing_id].lots.append((opens_at, closes_at))
    for organisation_id, name in session.execute(_NAMES, named(of_organisation)):
        for one in of_organisation[organisation_id]:
            one.former_names.append(name)
    seen = set()
    for row in session.execute(_OFFERED, named(collected)):
        one, part = collected[row.listing_id], (row.listing_id, row.position)
        if row.position > 0 and part not in seen:
            seen.add(part)
            one.texts += [row.part_title, row.part_abstract]
            one.names += _names(row.part_completers)
        one.kinds.append(row.part_kind)
        if row.number is not None:
            _add_right(one, row, today)
    return collected


_OFFERS: Select[*tuple[Any, ...]] = (
    select(Offer.listing_id, Offer.transfer_way, Offer.pricing, Offer.price_fen, Offer.currency)
    .where(among(Offer.listing_id))
    .order_by(Offer.listing_id, Offer.position)
)
"""What listings offer, each in its order; needs `named`."""
_NAMES = (
    select(OrganisationName.organisation_id, OrganisationName.name)
    .where(among(OrganisationName.organisation_id))
    .order_by(OrganisationName.id)
)
_LOTS: Select[*tuple[Any, ...]] = (
    select(Offer.listing_id, Lot.opens_at, Lot.closes_at)
    .join(LotItem, LotItem.offer_id == Offer.id)
    .join(Lot, Lot.id == LotItem.lot_id)
    .where(Lot.state == LotState.ANNOUNCED, among(Offer.listing_id))
    .order_by(Lot.closes_at, Lot.id)
)
"""Lots that take bids or will, by listing: those suspended or over are none."""


_OFFERED: Select[*tuple[Any, ...]] = (
    select(
        ListingMember.listing_id,
        ListingMember.position,
        Achievement.kind.label("part_kind"),
        Achievement.title.label("part_title"),
        Achievement.abstract.label("part_abstract"),
        Achievement.completers.label("part_completers"),
        IPRight.number,
        IPRight.publication_number,
        IPRight.main_class,
        IPRight.further_classes,
        IPRight.legal_status,
        IPRight.expires_on,
        IPRight.title,
        IPRight.abstract,
        claims_column().label("claims"),
        IPRight.inventors,
    )
    .join(Achievement, Achievement.id == ListingMember.achievement_id)
    .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
    .where(among(ListingMember.listing_id))
    .order_by(ListingMember.listing_id, ListingMember.position, IPRight.id)
)
"""Everything that listings offer, leading achievement first, with its rights."""


def _add_offer(one: _Collected, offer: Row[Any]) -> None:
    one.ways.append(offer.transfer_way)
    pricing = Pricing(offer.pricing)
    price_fen = offer.price_fen if offer.currency == CNY else None
    one.bands.append(band_of(pricing, price_fen))
    one.has_free_trial |= pricing is Pricing.FREE_TRIAL
    if price_fen is not None:
        one.prices.append(price_fen)


def _add_right(one: _Collected, right: Row[Any], today: date) -> None:
    one.numbers.append(right.number)
    if right.publication_number:
        one.numbers.append(right.publication_number)
    if right.main_class:
        one.symbols.append(right.main_class)
    one.further_symbols += right.further_classes
    one.legal_statuses.append(right_state(LegalStatus(right.legal_status), right.expires_on, today))
    one.texts += [right.title, right.abstract]
    one.claims.append(right.claims)
    one.names += _names(right.inventors)


def _names(text: str) -> list[str]:
    return [name.strip() for name in _BETWEEN_NAMES.split(text) if name.strip()]


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def _document(row: Row[Any], collected: _Collected) -> ListingDocument:
    titles = _distinct(title for symbol in collected.symbols for title in titles_of(symbol))
    opens_at, closes_at = collected.lots[-1] if collected.lots else (None, None)
    texts = (row.application, row.listing_abstract, row.achievement_title, row.abstract, *collected.texts)
    return ListingDocument(
        id=row.id,
        version=row.version,
        number=row.number,
        title=row.title,
        summary=row.summary,
        problem=row.problem,
        advantage=row.advantage,
        abstract="\n".join(_distinct(texts)),
        claims="\n".join(_distinct(collected.claims)),
        institution_id=row.organisation_id,
        institution_code=row.organisation_code,
        institution_name=row.organisation_name,
        institution_former_names=_distinct(collected.former_names),
        county_code=row.county_code,
        tech_field=row.technical_field,
        tech_field_name=TechnicalField(row.technical_field).label,
        industry=Industry(row.industry).label,
        industry_code=row.industry,
        ways=_distinct(collected.ways),
        patent_numbers=_distinct(collected.numbers),
        ipc_symbols=_distinct(collected.symbols),
        further_ipc_symbols=_distinct(collected.further_symbols),
        ipc_titles=titles,
        completers=_distinct((*_names(row.completers), *collected.names)),
        published_at=row.published_at or NEVER_PUBLISHED,
        stage=row.maturity_stage,
        trl=row.trl,
        kinds=_distinct(collected.kinds),
        legal_statuses=_distinct(collected.legal_statuses),
        price_bands=_distinct(collected.bands),
        price_fen=min(collected.prices, default=None),
        has_free_trial=collected.has_free_trial,
        lot_opens_at=opens_at,
        lot_closes_at=closes_at,
        watchers=row.watchers,
        vector=row.vector or b"",
    )
