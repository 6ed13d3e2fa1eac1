"""What search machines read of a public page: schema.org as JSON-LD. Nothing that the page itself does not say."""

from __future__ import annotations

from typing import Any

from market.listings.detail_queries import ListingView, OfferView
from market.listings.vocabulary import PUBLIC_STATES

CONTEXT = "https://schema.org"


def product(listing: ListingView, address: str, way_labels: dict[str, str]) -> dict[str, Any]:
    """A Product with one Offer a way. A price stands only where there is a number; a way by agreement has none."""
    return {
        "@context": CONTEXT,
        "@type": "Product",
        "name": listing.title,
        "description": listing.summary,
        "sku": listing.number,
        "url": address,
        "category": listing.technical_field.label,
        "brand": {"@type": "Organization", "name": listing.organisation_name},
        "offers": [_offer(listing, offer, address, way_labels) for offer in listing.offers],
    }


def _offer(listing: ListingView, offer: OfferView, address: str, way_labels: dict[str, str]) -> dict[str, Any]:
    is_open = listing.state in PUBLIC_STATES
    found: dict[str, Any] = {
        "@type": "Offer",
        "name": way_labels[offer.way.value],
        "url": f"{address}#offer-{offer.way.value}",
        "availability": f"{CONTEXT}/{'InStock' if is_open else 'SoldOut'}",
        "seller": {"@type": "Organization", "name": listing.organisation_name},
    }
    if offer.price is not None:
        found |= {"price": f"{offer.price.yuan:.2f}", "priceCurrency": offer.price.currency}
    return found


def breadcrumbs(steps: list[tuple[str, str]]) -> dict[str, Any]:
    """The way to a page: (name, absolute address) from the first to the page itself."""
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": address}
            for position, (name, address) in enumerate(steps, 1)
        ],
    }
