"""A listing's texts and offers: writing what a draft says, and the draft that a stored offer was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from market.accounts.rules import Actor
from market.kernel.money import Money
from market.listings.likeness import bands, text_of
from market.listings.models import Listing, ListingMember, Offer, OfferPrecondition
from market.listings.preconditions import AchievementFacts, confirmable
from market.listings.rules import ListingDraft, OfferDraft
from market.listings.vocabulary import PriceBasis, Pricing, TransferWay

TEXTS = (
    "title", "summary", "problem", "advantage", "application", "abstract", "technical_level_report",
    "contact_name", "contact_role", "contact_phone",
)  # fmt: skip
CODES = ("technical_field", "industry", "maturity_stage")
SECRECY_TEXTS = ("title", "summary", "problem", "advantage", "application", "abstract")
"""What the confirmation that nothing is a state secret was given for: a change of one of them asks for it anew."""


def write_draft(listing: Listing, draft: ListingDraft, facts: AchievementFacts, actor: Actor, now: datetime) -> None:
    """Make the listing what the draft says; `facts` are those of its achievements today."""
    _write_texts(listing, draft, actor, now)
    _write_members(listing, draft.members)
    _write_offers(listing, draft.offers, facts, actor, now)
    listing.fingerprint = bands(text_of(draft))


def _write_texts(listing: Listing, draft: ListingDraft, actor: Actor, now: datetime) -> None:
    """Make the listing's own columns what the draft says, and keep who confirmed that it holds no secret, and when."""
    before = [getattr(listing, name, None) for name in SECRECY_TEXTS]
    for name in TEXTS:
        setattr(listing, name, getattr(draft, name).strip())
    for name in CODES:
        setattr(listing, name, getattr(draft, name))
    listing.technical_level = draft.technical_level if listing.technical_level_report else None
    listing.applied_industries = list(draft.applied_industries)
    is_as_before = before == [getattr(listing, name) for name in SECRECY_TEXTS]
    if not draft.confirms_no_secret:
        listing.no_secret_by_id = listing.no_secret_at = None
    elif listing.no_secret_by_id is None or not is_as_before:
        listing.no_secret_by_id, listing.no_secret_at = actor.person_id, now


def _write_members(listing: Listing, achievement_ids: Sequence[int]) -> None:
    """Make the bundled achievements these, in this order; the versions of what leaves stay in the sum of the index."""
    kept = {row.achievement_id: row for row in listing.bundled}
    for achievement_id in kept.keys() - set(achievement_ids):
        listing.departed_versions += kept[achievement_id].achievement.version
        listing.bundled.remove(kept[achievement_id])
    for position, achievement_id in enumerate(achievement_ids, 1):
        if achievement_id in kept:
            kept[achievement_id].position = position
        else:
            listing.bundled.append(ListingMember(achievement_id=achievement_id, position=position))


def _write_offers(
    listing: Listing, drafts: Sequence[OfferDraft], facts: AchievementFacts, actor: Actor, now: datetime
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
    offer.terms = dict(draft.terms) | ({"trial_months": draft.trial_months} if draft.trial_months else {})


def _write_preconditions(offer: Offer, draft: OfferDraft, facts: AchievementFacts, actor: Actor, now: datetime) -> None:
    """Keep the papers that confirm what the register does not hold, with who named them and when."""
    confirmed = {
        kind: (article, paper)
        for kind, article in confirmable(draft, facts).items()
        if (paper := draft.confirmations.get(kind, "").strip())
    }
    present = {row.kind: row for row in offer.preconditions}
    for kind in present.keys() - confirmed.keys():
        offer.preconditions.remove(present[kind])
    for kind, (article, paper) in confirmed.items():
        row = present.get(kind) or OfferPrecondition(kind=kind)
        if kind not in present:
            offer.preconditions.append(row)
        row.article = article
        if row.evidence != paper:
            row.evidence = paper
            row.confirmed_by_id = actor.person_id
            row.confirmed_at = now


def draft_of(offer: Offer) -> OfferDraft:
    """The stored offer as the checks see it."""
    return OfferDraft(
        way=TransferWay(offer.transfer_way),
        pricing=Pricing(offer.pricing),
        price=Money(offer.price_fen, offer.currency) if offer.price_fen else None,
        basis=PriceBasis(offer.price_basis) if offer.price_basis else None,
        price_note=offer.price_note,
        trial_months=offer.terms.get("trial_months"),
        terms={name: value for name, value in offer.terms.items() if name != "trial_months"},
        confirmations={row.kind: row.evidence for row in offer.preconditions},
    )
