"""Rows of the hits that a page shows, read from PostgreSQL: one query, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from typing import Any

from flask import current_app
from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import split_names
from market.achievements.claims import claims_column
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import RightState, right_state
from market.achievements.vocabulary import Industry, LegalStatus, MaturityStage, TechnicalField
from market.kernel.clock import current_time, local_date
from market.kernel.db import plain_rows
from market.kernel.facts import fact, provide_fact
from market.kernel.money import Money
from market.listings.attachments.queries import cover_id
from market.listings.models import Listing, ListingMember, Offer
from market.listings.vocabulary import PUBLIC_STATES, Pricing, TransferWay
from search.among import among, named
from search.classification import levels_of, titles_of

READ_OF_CLAIMS = 8_000
"""Characters of each right's claims that a passage and reasons are looked for in."""


@dataclass(frozen=True)
class OfferRow:
    """One way of transfer on offer; `price` None where it is by agreement, by formula or free."""

    way: TransferWay
    pricing: Pricing
    price: Money | None


@dataclass(frozen=True)
class HitRow:
    """A public listing as the result list shows it.

    `texts` (the summary among them, the claims last) are searched for the best passage, best source first; `class_titles`
    (class and subclass of each right) only when nothing else matches. `described` are the texts without the claims.
    `patent_numbers` are application numbers, `publication_numbers` those of publications.
    """

    id: int
    number: str
    title: str
    summary: str
    described: tuple[str, ...]
    institution_code: str
    institution_name: str
    county_code: str
    field: TechnicalField
    industry: Industry
    stage: MaturityStage
    trl: int | None
    published_at: datetime | None
    offers: tuple[OfferRow, ...]
    patent_numbers: tuple[str, ...]
    publication_numbers: tuple[str, ...]
    right_states: tuple[RightState, ...]
    subclasses: tuple[str, ...]
    class_titles: tuple[str, ...]
    people: tuple[str, ...]
    cover_id: int | None
    claims: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that is told of what is offered."""
        return (*self.described, *self.claims)


@dataclass
class _Offered:
    """What the achievements of one listing and their rights say, in their order."""

    titles: list[str] = field(default_factory=list)
    abstracts: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    publications: list[str] = field(default_factory=list)
    states: list[RightState] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    def add(self, row: Any, today: date) -> None:
        """One achievement and one of its rights, or none; an achievement comes again with each right."""
        self.titles.append(row.part_title)
        self.abstracts.append(row.part_abstract)
        self.people += split_names(row.completers)
        if row.right_number is not None:
            self.titles.append(row.right_title)
            self.abstracts.append(row.right_abstract)
            self.claims.append(row.claims)
            self.numbers.append(row.right_number)
            self.publications.append(row.publication_number or "")
            self.states.append(right_state(LegalStatus(row.legal_status), row.expires_on, today))
            self.symbols.append(row.main_class)
            self.people += split_names(row.inventors)


def hit_rows(session: Session, ids: Sequence[int]) -> dict[int, HitRow]:
    """Rows by id. A listing that left the market since the index was written is not among them."""
    if not ids:
        return {}
    today = local_date(current_time())
    told: dict[int, Any] = {}
    offered: dict[int, _Offered] = defaultdict(_Offered)
    for row in plain_rows(session, _HITS, named(ids)):
        told.setdefault(row.id, row)
        offered[row.id].add(row, today)
    return {listing_id: _hit_row(row, offered[listing_id]) for listing_id, row in told.items()}


_OFFERS = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(Offer.transfer_way, Offer.pricing, Offer.price_fen, Offer.currency),
                Offer.position,
            )
        )
    )
    .where(Offer.listing_id == Listing.id)
    .correlate(Listing)
    .scalar_subquery()
)
_HITS = (
    select(
        Listing.id,
        Listing.number,
        Listing.title,
        Listing.summary,
        Listing.problem,
        Listing.advantage,
        Listing.application,
        Listing.abstract.label("listing_abstract"),
        Listing.county_code,
        Listing.technical_field,
        Listing.industry,
        Listing.maturity_stage,
        Listing.published_at,
        Organisation.code,
        Organisation.name,
        cover_id().label("cover"),
        _OFFERS.label("offers"),
        Achievement.title.label("part_title"),
        Achievement.completers,
        Achievement.abstract.label("part_abstract"),
        Achievement.trl,
        IPRight.number.label("right_number"),
        IPRight.publication_number,
        IPRight.legal_status,
        IPRight.expires_on,
        IPRight.main_class,
        IPRight.title.label("right_title"),
        IPRight.abstract.label("right_abstract"),
        func.left(claims_column(), READ_OF_CLAIMS).label("claims"),
        IPRight.inventors,
    )
    .join(Organisation, Organisation.id == Listing.organisation_id)
    .join(ListingMember, ListingMember.listing_id == Listing.id)
    .join(Achievement, Achievement.id == ListingMember.achievement_id)
    .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
    .where(among(Listing.id), Listing.state.in_(PUBLIC_STATES))
    .order_by(Listing.id, ListingMember.position, IPRight.id)
)
"""A row for each right, or achievement without one, of each public listing, the leading achievement first.

One statement: three would wait for the server three times.
"""


def _hit_row(row: Any, offered: _Offered) -> HitRow:
    told = (row.summary, row.problem, row.advantage, row.application, row.listing_abstract)
    return HitRow(
        id=row.id,
        number=row.number,
        title=row.title,
        summary=row.summary,
        described=_distinct(
            one for one in (*told, *offered.abstracts[:1], *offered.titles, *offered.abstracts) if one != row.title
        ),
        institution_code=row.code,
        institution_name=row.name,
        county_code=row.county_code,
        field=TechnicalField(row.technical_field),
        industry=Industry(row.industry),
        stage=MaturityStage(row.maturity_stage),
        trl=row.trl,
        published_at=row.published_at,
        offers=tuple(_offer(*one) for one in row.offers or ()),
        patent_numbers=_distinct(offered.numbers),
        publication_numbers=_distinct(offered.publications),
        right_states=tuple(offered.states),
        subclasses=_distinct(levels[-1] for one in offered.symbols if (levels := levels_of(one))),
        class_titles=_distinct(title for one in offered.symbols for title in titles_of(one)),
        people=_distinct(offered.people),
        cover_id=row.cover,
        claims=_distinct(offered.claims),
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def _offer(way: str, pricing: str, price_fen: int | None, currency: str) -> OfferRow:
    price = None if price_fen is None else Money(price_fen, currency)
    return OfferRow(TransferWay(way), Pricing(pricing), price)


@dataclass
class _Names:
    """Names of institutions as they were read; organisations up to `newest` were known then."""

    newest: int | None = None
    until: float = 0.0
    by_code: dict[str, str] = field(default_factory=dict)


NAMES = "kezhuan_institution_names"
KEPT_SECONDS = 5.0
"""A new name is shown after so long at the latest; the index follows it no sooner."""


def institution_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Name by code, for the facet of institutions."""
    newest, now = fact(session, NEWEST_ORGANISATION), monotonic()
    kept: _Names = current_app.extensions.get(NAMES) or _Names()
    if kept.newest != newest or now > kept.until:
        kept = current_app.extensions[NAMES] = _Names(newest, now + KEPT_SECONDS)
    unknown = [code for code in codes if code not in kept.by_code]
    if unknown:
        kept.by_code |= {row.code: row.name for row in plain_rows(session, _INSTITUTIONS, {"codes": unknown})}
    return {code: kept.by_code[code] for code in codes if code in kept.by_code}


_INSTITUTIONS = select(Organisation.code, Organisation.name).where(
    Organisation.code == func.any(bindparam("codes", type_=ARRAY(Text)))
)
NEWEST_ORGANISATION = "newest_organisation"
provide_fact(NEWEST_ORGANISATION, select(func.max(Organisation.id)).scalar_subquery())
