"""Writing a listing's offers with their preconditions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from market.accounts.rules import Actor
from market.kernel.money import Money
from market.listings import rules
from market.listings.models import Listing, Offer, OfferPrecondition
from market.listings.rules import OfferDraft, RightFacts
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay


def write_offers(
    listing: Listing, drafts: Sequence[OfferDraft], facts: Sequence[RightFacts], actor: Actor, now: datetime
) -> None:
    """Make the offers what the drafts say. An offer keeps its identity by way, so that references to it stay good."""
    kept = {offer.transfer_way: offer for offer in listing.offers}
    for way in kept.keys() - {draft.way.value for draft in drafts}:
        listing.offers.remove(kept[way])
    for position, draft in enumerate(drafts, 1):
        offer = kept.get(draft.way.value) or Offer(transfer_way=draft.way.value)
        if draft.way.value not in kept:
            listing.offers.append(offer)
        _fill(offer, position, draft)
        _write_preconditions(offer, draft, facts, actor, now)


def _fill(offer: Offer, position: int, draft: OfferDraft) -> None:
    is_priced = draft.pricing in (Pricing.FIXED, Pricing.STARTING)
    offer.position = position
    offer.pricing = draft.pricing.value
    offer.price_fen = draft.price.minor_units if is_priced and draft.price else None
    offer.currency = draft.price.currency if draft.price else "CNY"
    offer.price_basis = draft.basis.value if draft.basis else None
    offer.price_note = draft.price_note.strip()
    offer.terms = {"trial_months": draft.trial_months} if draft.trial_months else {}


def _write_preconditions(
    offer: Offer, draft: OfferDraft, facts: Sequence[RightFacts], actor: Actor, now: datetime
) -> None:
    needed = {item.kind: item for item in rules.preconditions_of(draft.way, facts)}
    present = {row.kind: row for row in offer.preconditions}
    for kind in present.keys() - needed.keys():
        offer.preconditions.remove(present[kind])
    for kind, item in needed.items():
        row = present.get(kind) or OfferPrecondition(kind=kind)
        if kind not in present:
            offer.preconditions.append(row)
        row.article = item.article
        if row.evidence != draft.evidence.strip():
            row.evidence = draft.evidence.strip()
            row.confirmed_by_id = actor.person_id
            row.confirmed_at = now


def draft_of(offer: Offer) -> OfferDraft:
    """The stored offer as the checks see it."""
    evidence = next((row.evidence for row in offer.preconditions if row.evidence), "")
    return OfferDraft(
        way=TransferWay(offer.transfer_way),
        pricing=Pricing(offer.pricing),
        price=Money(offer.price_fen, offer.currency) if offer.price_fen else None,
        basis=PriceBasis(offer.price_basis) if offer.price_basis else None,
        price_note=offer.price_note,
        trial_months=offer.terms.get("trial_months"),
        evidence=evidence,
    )
