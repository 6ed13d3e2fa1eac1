"""Event payloads as the subjects write them, for tests of what is derived from events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from market.evaluation.derivation import PUBLICATION, SourceEvent

PUBLISHED_AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
"""Noon in Wenzhou."""


def a_right(number: str = "201710601862.3", **changed: Any) -> dict[str, Any]:
    """A patent that stands for long."""
    right = {
        "number": number,
        "kind": "invention",
        "has_check_digit": True,
        "legal_status": "alive",
        "expires_on": "2037-07-21",
    }
    return right | changed


def an_offer(way: str = "assignment", pricing: str = "fixed", price_fen: int | None = 50_000_000) -> dict[str, Any]:
    """An offer with a price; other pricing than fixed and starting has none."""
    price = price_fen if pricing in ("fixed", "starting") else None
    return {"offer_id": 1, "way": way, "pricing": pricing, "price_fen": price, "currency": "CNY"}


def a_snapshot(**changed: Any) -> dict[str, Any]:
    """What a publication leaves in the record."""
    snapshot = {
        "listing_id": 7,
        "number": "G2026-0007",
        "title": "低温固化的眼科粘合剂",
        "achievement_id": 70,
        "organisation_id": 3,
        "organisation_county": "330304",
        "technical_field": "biomedicine",
        "industry": "SM",
        "offers": [an_offer()],
        "rights": [a_right()],
    }
    return snapshot | changed


def a_publication(
    event_id: int = 1, *, at: datetime = PUBLISHED_AT, sequence: int = 5, listing_id: int = 7, **changed: Any
) -> SourceEvent:
    """A listing goes public."""
    payload = a_snapshot(listing_id=listing_id, **changed)
    return SourceEvent(event_id, sequence, "listing", listing_id, PUBLICATION, at, "published", payload)


def a_lot_sale(**changed: Any) -> dict[str, Any]:
    """A lot sold to one of three bidders, two of them independent."""
    payload = {
        "seller_organisation_id": 3,
        "seller_county": "330304",
        "buyer_organisation_id": 9,
        "buyer_county": "330324",
        "start_price_fen": 89_500_000,
        "price_fen": 123_000_000,
        "currency": "CNY",
        "bidder_count": 3,
        "independent_bidder_count": 2,
        "sale_kind": "competitive",
        "offers": [{"offer_id": 1, "listing_id": 7, "achievement_id": 70}],
    }
    return payload | changed


def an_announcement(**changed: Any) -> dict[str, Any]:
    """A lot of one offer is announced."""
    payload = {
        "seller_organisation_id": 3,
        "seller_county": "330304",
        "start_price_fen": 89_500_000,
        "currency": "CNY",
        "opens_at": "2026-03-20T02:00:00+00:00",
        "closes_at": "2026-03-21T02:00:00+00:00",
        "offers": [{"offer_id": 1, "listing_id": 7, "achievement_id": 70}],
    }
    return payload | changed


def an_application(**changed: Any) -> dict[str, Any]:
    """An application on an ordinary licence."""
    payload = {
        "seller_organisation_id": 3,
        "seller_county": "330304",
        "buyer_organisation_id": 9,
        "buyer_county": "330382",
        "transfer_way": "ordinary_licence",
        "price_fen": 8_000_000,
        "currency": "CNY",
        "offer_id": 1,
        "listing_id": 7,
        "achievement_id": 70,
    }
    return payload | changed
