"""Listings side by side: which facts differ, how long a right still holds, and rows that other subjects add.

app.py hands the rows and the titles of classes in; the page knows neither the auctions nor the search.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from typing import Any

from market.listings.detail_queries import ListingView, RightView
from market.listings.page_parts import FilledPart
from market.listings.vocabulary import Pricing, TransferWay

DAYS_OF_A_YEAR = 365.25
FillRows = Callable[[Sequence[ListingView]], Mapping[str, Any] | None]
"""What a template of table rows reads as `part`; None when it has nothing to show."""
FindTitle = Callable[[str], str]
"""Symbol of a class → its title, empty for an unknown one."""

_rows: dict[str, FillRows] = {}
_titles: list[FindTitle] = []


def provide_rows(template: str, fill: FillRows) -> None:
    """Put rows below the facts of the listings (app.py only); the same template again replaces it."""
    _rows[template] = fill


def provide_class_titles(find: FindTitle) -> None:
    """Wire the titles of classes (app.py only); a later one replaces it."""
    _titles[:] = [find]


def rows_of(listings: Sequence[ListingView]) -> list[FilledPart]:
    """The rows that other subjects add for these listings."""
    filled = ((template, fill(listings)) for template, fill in _rows.items())
    return [FilledPart(template, values) for template, values in filled if values is not None]


def class_title(symbol: str) -> str:
    """Title of the class of a right; empty where none is known."""
    return _titles[0](symbol) if _titles and symbol else ""


def differing(listings: Sequence[ListingView], today: date) -> frozenset[str]:
    """Names of the facts that are not the same for all; texts, which always differ, are none."""
    facts = [_facts(listing, today) for listing in listings]
    return frozenset(name for name in (facts[0] if facts else ()) if len({one[name] for one in facts}) > 1)


def _facts(listing: ListingView, today: date) -> dict[str, Hashable]:
    trials = {offer.trial_months for offer in listing.offers if offer.pricing is Pricing.FREE_TRIAL}
    return {
        "state": listing.state,
        "stage": listing.maturity_stage,
        "trl": listing.trl,
        "level": listing.technical_level,
        "price": tuple(sorted((offer.way, offer.pricing, str(offer.price)) for offer in listing.offers)),
        "licence": listing.offer(TransferWay.OPEN_LICENCE) is not None,
        "trial": tuple(sorted(trials, key=str)),
        "kind": listing.kind,
        "status": tuple(sorted({_status(right, today) for right in listing.rights})),
        "term": tuple(sorted({right.expires_on for right in listing.rights if right.expires_on})),
        "class": tuple(sorted({right.main_class[:4] for right in listing.rights})),
        "ownership": listing.ownership_form,
        "field": (listing.technical_field, listing.industry),
        "institution": listing.organisation_code,
        "county": listing.county_code,
    }


def _status(right: RightView, today: date) -> str:
    return "expired" if right.expires_on and right.expires_on <= today else right.legal_status.value


def years_left(expires_on: date | None, today: date) -> str:
    """Years until the day, with one decimal; empty when the day is unknown or over."""
    days = (expires_on - today).days if expires_on else 0
    return f"{days / DAYS_OF_A_YEAR:.1f}" if days > 0 else ""
