"""Public listings written straight into the tables, for tests of search that need many or odd ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.models import Achievement, IPRight
from market.listings.models import Listing, Offer
from tests.factories.world import make_organisation, make_person

START = datetime(2026, 11, 1, tzinfo=UTC)
_numbers = count(1)


def make_public_listing(
    session: Session,
    title: str,
    *,
    organisation: Organisation | None = None,
    ways: tuple[str, ...] = ("assignment",),
    patent_numbers: tuple[str, ...] = (),
    abstract: str = "",
    completers: str = "",
    main_class: str = "F16J15/06",
    **fields: Any,
) -> Listing:
    """A published listing of `organisation` (default: a new institution); `fields` are columns of the listing."""
    number = next(_numbers)
    organisation = organisation or make_organisation(session)
    person = make_person(session, organisation)
    at = START + timedelta(minutes=number)
    achievement = Achievement(
        organisation_id=organisation.id,
        kind="invention",
        title=title,
        abstract=abstract,
        completers=completers,
        trl=6,
        ownership_status="own",
        created_at=at,
        updated_at=at,
    )
    achievement.rights = [_right(one, title, main_class, at) for one in patent_numbers]
    columns: dict[str, Any] = {
        "number": f"WZ2026009{number:05d}7",
        "state": "published",
        "summary": "",
        "technical_field": "materials",
        "industry": "BF",
        "maturity_stage": "pilot",
        "county_code": organisation.county_code,
        "published_at": at,
    }
    listing = Listing(
        title=title,
        organisation_id=organisation.id,
        achievement=achievement,
        created_by_id=person.id,
        created_at=at,
        updated_at=at,
        **(columns | fields),
    )
    listing.offers = [_offer(position, way) for position, way in enumerate(ways)]
    session.add(listing)
    session.flush()
    return listing


def _right(number: str, title: str, main_class: str, at: datetime) -> IPRight:
    return IPRight(
        kind="invention",
        number=number,
        number_as_given=number,
        has_check_digit="." in number,
        title=title,
        applicants="温州大学",
        main_class=main_class,
        legal_status="alive",
        content_digest="0" * 64,
        created_at=at,
    )


def _offer(position: int, way: str) -> Offer:
    is_auction = way == "auction"
    return Offer(
        position=position,
        transfer_way=way,
        pricing="starting" if is_auction else "negotiable",
        price_fen=50_000_000 if is_auction else None,
        price_basis="agreement" if is_auction else None,
        terms={},
    )
