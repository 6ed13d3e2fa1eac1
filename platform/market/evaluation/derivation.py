"""Facts from event rows, and from nothing else: pure functions, so the same events always give the same facts.

Four kinds follow from one event each. A valid listing (rules.md 7.3) follows from a publication and from what happened
to the listing in the thirty days after it; that one is decided in `validity.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from market.evaluation.vocabulary import FactKind
from market.kernel.clock import local_date
from market.kernel.money import CNY
from market.listings.vocabulary import ListingAction, TransferWay

PUBLICATION = f"listing.{ListingAction.PLATFORM_APPROVE.value}"
STATUS_CONFIRMED = "achievement.status_confirmed"
ASKED = frozenset({"question.asked", "enquiry.asked"})
TALK_ENDED = frozenset({"question.answered", "question.hidden", "enquiry.answered", "enquiry.closed"})
TALK_ACTIONS = ASKED | TALK_ENDED
"""What enterprises asked about a listing, and what ended the waiting: an answer, the operator or the asker herself."""
LISTING_ACTIONS_AFTER_PUBLICATION = frozenset(
    f"listing.{action.value}"
    for action in (
        ListingAction.PAUSE,
        ListingAction.RESUME,
        ListingAction.START_NEGOTIATION,
        ListingAction.START_PUBLICITY,
        ListingAction.START_BIDDING,
        ListingAction.START_TRIAL,
        ListingAction.FALL_BACK,
        ListingAction.SELL,
        ListingAction.START_REGISTRATION,
        ListingAction.COMPLETE,
        ListingAction.WITHDRAW,
        ListingAction.EXPIRE,
        ListingAction.TERMINATE,
        ListingAction.RENEW,
    )
)


@dataclass(frozen=True)
class SourceEvent:
    """What the derivation reads of one event row."""

    id: int
    sequence: int
    subject_kind: str
    subject_id: int
    action: str
    occurred_at: datetime
    state_after: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FactDraft:
    """One row of the fact table, without a database. Amounts in fen; counties are GB/T 2260 codes."""

    event_id: int
    kind: FactKind
    occurred_on: date
    institution_id: int
    institution_county: str | None
    subject_kind: str
    subject_id: int
    details: dict[str, Any]
    buyer_id: int | None = None
    buyer_county: str | None = None
    transfer_way: str | None = None
    bidder_count: int | None = None
    amount_fen: int | None = None
    currency: str = CNY
    achievement_id: int | None = None


class MalformedEvent(Exception):  # noqa: N818 - said of the row, in the house's words
    """The event row does not say what its action promises; a program wrote it wrongly."""

    def __init__(self, event_id: int, problem: Exception) -> None:
        super().__init__(f"event {event_id}: {problem!r}")


def fact_of(event: SourceEvent) -> FactDraft | None:
    """The fact that this single event is, or None for an event that is none by itself.

    Raises MalformedEvent when the payload lacks what the action promises.
    """
    derive = _DERIVATIONS.get(event.action)
    if derive is None:
        return None
    try:
        return derive(event)
    except (KeyError, TypeError, ValueError) as problem:
        raise MalformedEvent(event.id, problem) from problem


def achievements_in(snapshot: Mapping[str, Any]) -> tuple[int, ...]:
    """What a publication offered, the leading achievement first: several when it was a bundle (打包挂牌)."""
    return tuple(map(int, snapshot.get("achievement_ids") or (snapshot["achievement_id"],)))


def listing_fact(event: SourceEvent, kind: FactKind, on: date, extra: Mapping[str, Any] | None = None) -> FactDraft:
    """A fact about a publication, from its snapshot.

    The offers of a listing are alternatives: the amount is the highest price asked, and each way is named in
    `details["ways"]`; `transfer_way` is set where there is only one.
    """
    snapshot = event.payload
    offers: Sequence[Mapping[str, Any]] = snapshot["offers"]
    prices = [int(offer["price_fen"]) for offer in offers if offer.get("price_fen") is not None]
    ways = _ways(offers)
    return FactDraft(
        event_id=event.id,
        kind=kind,
        occurred_on=on,
        institution_id=int(snapshot["organisation_id"]),
        institution_county=snapshot["organisation_county"],
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        transfer_way=ways[0] if len(ways) == 1 else None,
        amount_fen=max(prices, default=None),
        currency=next((offer["currency"] for offer in offers if offer.get("currency")), CNY),
        achievement_id=int(snapshot["achievement_id"]),
        details={
            "ways": ways,
            "listing_ids": [int(snapshot["listing_id"])],
            "number": snapshot["number"],
            "title": snapshot["title"],
            "technical_field": snapshot.get("technical_field"),
            "industry": snapshot.get("industry"),
            **(extra or {}),
        },
    )


def _ways(offers: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(TransferWay(offer["way"]).value for offer in offers))


def _published(event: SourceEvent) -> FactDraft:
    return listing_fact(event, FactKind.LISTING_PUBLISHED, local_date(event.occurred_at))


def _lot(event: SourceEvent, kind: FactKind, amount_fen: int, details: dict[str, Any], **more: Any) -> FactDraft:
    payload = event.payload
    offers = payload["offers"]
    achievements = {int(offer["achievement_id"]) for offer in offers}
    return FactDraft(
        event_id=event.id,
        kind=kind,
        occurred_on=local_date(event.occurred_at),
        institution_id=int(payload["seller_organisation_id"]),
        institution_county=payload["seller_county"],
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        transfer_way=TransferWay.AUCTION.value,
        amount_fen=amount_fen,
        currency=payload["currency"],
        achievement_id=achievements.pop() if len(achievements) == 1 else None,
        details={
            "ways": [TransferWay.AUCTION.value],
            "listing_ids": [int(offer["listing_id"]) for offer in offers],
            "start_price_fen": int(payload["start_price_fen"]),
            **details,
        },
        **more,
    )


def _lot_offered(event: SourceEvent) -> FactDraft:
    times = {"opens_at": event.payload["opens_at"], "closes_at": event.payload["closes_at"]}
    return _lot(event, FactKind.LOT_OFFERED, int(event.payload["start_price_fen"]), times)


def _lot_sold(event: SourceEvent) -> FactDraft:
    payload = event.payload
    return _lot(
        event,
        FactKind.LOT_SOLD,
        int(payload["price_fen"]),
        {"sale_kind": payload["sale_kind"], "all_bidder_count": int(payload["bidder_count"])},
        buyer_id=int(payload["buyer_organisation_id"]),
        buyer_county=payload["buyer_county"],
        bidder_count=int(payload["independent_bidder_count"]),
    )


def _application_accepted(event: SourceEvent) -> FactDraft:
    payload = event.payload
    way = TransferWay(payload["transfer_way"]).value
    return FactDraft(
        event_id=event.id,
        kind=FactKind.APPLICATION_ACCEPTED,
        occurred_on=local_date(event.occurred_at),
        institution_id=int(payload["seller_organisation_id"]),
        institution_county=payload["seller_county"],
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        buyer_id=int(payload["buyer_organisation_id"]),
        buyer_county=payload["buyer_county"],
        transfer_way=way,
        amount_fen=None if payload["price_fen"] is None else int(payload["price_fen"]),
        currency=payload["currency"],
        achievement_id=int(payload["achievement_id"]),
        details={"ways": [way], "listing_ids": [int(payload["listing_id"])]},
    )


_DERIVATIONS: dict[str, Callable[[SourceEvent], FactDraft]] = {
    PUBLICATION: _published,
    "lot.announced": _lot_offered,
    "lot.sold": _lot_sold,
    "application.accepted": _application_accepted,
}

SINGLE_EVENT_ACTIONS = frozenset(_DERIVATIONS)
"""Actions of which each event is one fact by itself."""

SOURCE_ACTIONS = SINGLE_EVENT_ACTIONS | LISTING_ACTIONS_AFTER_PUBLICATION | {STATUS_CONFIRMED} | TALK_ACTIONS
"""Actions after which facts may change: app.py defers `evaluation.derive_facts` for them."""
