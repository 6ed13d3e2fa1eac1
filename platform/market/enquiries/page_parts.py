"""What this subject puts on a listing's public page: answered questions, ways to ask, the button to watch."""

from __future__ import annotations

from typing import Any

from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.enquiries import queries
from market.listings.detail_queries import ListingView
from market.listings.page_parts import Slot, provide_part
from market.listings.vocabulary import PUBLIC_STATES

SHOWN_QUESTIONS = 20


def _questions(listing: ListingView, actor: Actor | None) -> dict[str, Any] | None:  # noqa: ARG001 - a part's signature
    shown = queries.public_questions(listing.id, SHOWN_QUESTIONS)
    return {"questions": shown} if shown else None


def _ask(listing: ListingView, actor: Actor | None) -> dict[str, Any] | None:
    if listing.state not in PUBLIC_STATES or (actor is not None and not may(actor, Act.ASK_QUESTION)):
        return None
    return {"number": listing.number, "is_visitor": actor is None}


def _watch(listing: ListingView, actor: Actor | None) -> dict[str, Any] | None:
    if actor is None:
        return {"number": listing.number, "is_visitor": True, "is_watched": False, "count": None}
    if may(actor, Act.WATCH):
        is_watched = queries.is_watched(actor, listing.id)
        return {"number": listing.number, "is_visitor": False, "is_watched": is_watched, "count": None}
    if actor.organisation_id == listing.organisation_id:
        return {"number": listing.number, "count": queries.watch_count(listing.id)}
    return None


def provide_parts() -> None:
    """Fill the page's slots (app.py only)."""
    provide_part(Slot.QUESTIONS, "enquiries/_questions.html", _questions)
    provide_part(Slot.ASK, "enquiries/_ask.html", _ask)
    provide_part(Slot.ACTIONS, "enquiries/_watch.html", _watch)
