"""Rows of the hits that a page shows, read from PostgreSQL: three queries, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.accounts.rules import split_names
from market.achievements.claims import claims_column
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import RightState, right_state
from market.achievements.vocabulary import Industry, LegalStatus, MaturityStage, TechnicalField
from market.kernel.clock import current_time, local_date
from market.kernel.db import plain_rows
from market.kernel.money import Money
from market.listings.attachments.queries import cover_id
from market.listings.models import Listing, ListingMember
from market.listings.vocabulary import PUBLIC_STATES, Pricing, TransferWay
from search.among import among, named
from search.classification import levels_of, titles_of
from search.source import OFFERS

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
    trl: int | None = None


def hit_rows(session: Session, ids: Sequence[int]) -> dict[int, HitRow]:
    """Rows by id. A listing that left the market since the index was written is not among them."""
    if not ids:
        return {}
    found = plain_rows(session, _LISTINGS, named(ids)).all()
    offers = _offers(session, ids)
    offered = _offered(session, ids)
    return {row.id: _hit_row(row, tuple(offers[row.id]), offered[row.id]) for row in found}


_LISTINGS = (
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
    )
    .join(Organisation, Organisation.id == Listing.organisation_id)
    .where(among(Listing.id), Listing.state.in_(PUBLIC_STATES))
)


def _hit_row(row: Any, offers: tuple[OfferRow, ...], offered: _Offered) -> HitRow:
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
        trl=offered.trl,
        published_at=row.published_at,
        offers=offers,
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
    return tuple(dict.fromkeys(value for value in values if value))


def _offers(session: Session, ids: Sequence[int]) -> dict[int, list[OfferRow]]:
    found: dict[int, list[OfferRow]] = defaultdict(list)
    for listing_id, way, pricing, price_fen, currency in plain_rows(session, OFFERS, named(ids)):
        price = None if price_fen is None else Money(price_fen, currency)
        found[listing_id].append(OfferRow(TransferWay(way), Pricing(pricing), price))
    return found


def _offered(session: Session, ids: Sequence[int]) -> dict[int, _Offered]:
    """By listing: what it offers, the leading achievement first; the title of what is bundled stands among the texts."""
    today = local_date(current_time())
    found: dict[int, _Offered] = defaultdict(_Offered)
    for row in plain_rows(session, _OFFERED, named(ids)):
        one = found[row.listing_id]
        if not one.titles:
            one.trl = row.trl
        one.titles.append(row.title)
        one.abstracts.append(row.abstract)
        one.people += split_names(row.completers)
        if row.number is not None:
            one.titles.append(row.right_title)
            one.abstracts.append(row.right_abstract)
            one.claims.append(row.claims)
            one.numbers.append(row.number)
            one.publications.append(row.publication_number or "")
            one.states.append(right_state(LegalStatus(row.legal_status), row.expires_on, today))
            one.symbols.append(row.main_class)
            one.people += split_names(row.inventors)
    return found


_OFFERED = (
    select(
        ListingMember.listing_id,
        Achievement.title,
        Achievement.completers,
        Achievement.abstract,
        Achievement.trl,
        IPRight.number,
        IPRight.publication_number,
        IPRight.legal_status,
        IPRight.expires_on,
        IPRight.main_class,
        IPRight.title.label("right_title"),
        IPRight.abstract.label("right_abstract"),
        func.left(claims_column(), READ_OF_CLAIMS).label("claims"),
        IPRight.inventors,
    )
    .join(Achievement, Achievement.id == ListingMember.achievement_id)
    .outerjoin(IPRight, IPRight.achievement_id == Achievement.id)
    .where(among(ListingMember.listing_id))
    .order_by(ListingMember.listing_id, ListingMember.position, IPRight.id)
)


def institution_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Name by code, for the facet of institutions."""
    if not codes:
        return {}
    return {row.code: row.name for row in plain_rows(session, _INSTITUTIONS, {"codes": list(codes)})}


_INSTITUTIONS = select(Organisation.code, Organisation.name).where(
    Organisation.code == func.any(bindparam("codes", type_=ARRAY(Text)))
)
