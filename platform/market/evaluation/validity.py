"""When a listing counts as valid (rules.md 7.3): pure functions over the events of listings.

Counted: passed review, each patent number passed its check digit and is alive on the day, a price or a price formula or
先用后转 terms (面议 alone is no price), online for thirty days, a contact that answers (nothing that was asked about it is
overdue), and one achievement once per calendar year. A bundle is one listing, whatever number of achievements it offers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from market.achievements.vocabulary import PATENT_KINDS, LegalStatus
from market.evaluation.derivation import (
    ASKED,
    PUBLICATION,
    TALK_ENDED,
    FactDraft,
    MalformedEvent,
    SourceEvent,
    achievements_in,
    listing_fact,
)
from market.evaluation.vocabulary import FactKind
from market.kernel.clock import local_date
from market.listings.vocabulary import PUBLIC_STATES, Pricing, TransferWay

DAYS_ONLINE = 30
_PRICED = frozenset({Pricing.FIXED, Pricing.STARTING, Pricing.FORMULA, Pricing.FREE_TRIAL})
_PATENTS = frozenset(kind.value for kind in PATENT_KINDS)


@dataclass(frozen=True)
class Publication:
    """One publication, what happened to the same listing afterwards, and what was recorded of the achievement's rights.

    Both in the order of their streams. `talk`: what was asked about listings of the achievement, and what ended it.
    """

    event: SourceEvent
    later: tuple[SourceEvent, ...] = ()
    statuses: tuple[SourceEvent, ...] = ()
    talk: tuple[SourceEvent, ...] = ()


def publications_in(
    stream: Iterable[SourceEvent], statuses: Iterable[SourceEvent] = (), talk: Iterable[SourceEvent] = ()
) -> list[Publication]:
    """The publications in one listing's stream, whatever the order in which its events arrive."""
    ordered = sorted(stream, key=lambda event: event.sequence)
    recorded = tuple(sorted(statuses, key=lambda event: event.sequence))
    asked = tuple(talk)
    return [
        Publication(event, tuple(ordered[index + 1 :]), recorded, asked)
        for index, event in enumerate(ordered)
        if event.action == PUBLICATION
    ]


def valid_listings(publications: Iterable[Publication], now: datetime) -> list[FactDraft]:
    """The valid listings among all publications of some achievements, the earliest first.

    In a calendar year an achievement counts once: a listing is counted when it offers one that has not counted yet, so
    one achievement alone gives one listing a year, and a bundle gives one for all of them.
    A publication whose thirtieth day online lies after `now` is not counted yet.
    Raises MalformedEvent when a snapshot lacks what a publication promises.
    """
    completed = []
    for publication in publications:
        moment = _valid_at(publication)
        if moment is not None and moment <= now:
            completed.append((moment, publication.event.id, publication.event))
    counted: set[tuple[int, int]] = set()
    facts = []
    for moment, _, event in sorted(completed, key=lambda entry: entry[:2]):
        day = local_date(moment)
        offered = {(day.year, achievement_id) for achievement_id in achievements_in(event.payload)}
        if offered - counted:
            facts.append(_valid_fact(event, day))
        counted |= offered
    return facts


def _valid_at(publication: Publication) -> datetime | None:
    snapshot = publication.event.payload
    try:
        moment = thirtieth_day_online(publication.event, publication.later)
        if moment is None or not has_price(snapshot["offers"]):
            return None
        about_it = [event for event in publication.talk if event.payload["listing_id"] == publication.event.subject_id]
        moment = contact_answers_at(moment, about_it)
        if moment is None:
            return None
        rights = rights_at(snapshot["rights"], publication.statuses, moment)
        return moment if rights_are_alive(rights, local_date(moment)) else None
    except (KeyError, TypeError, ValueError) as problem:
        raise MalformedEvent(publication.event.id, problem) from problem


def _valid_fact(event: SourceEvent, day: date) -> FactDraft:
    rights = event.payload["rights"]
    extra: dict[str, Any] = {
        "published_on": local_date(event.occurred_at).isoformat(),
        "days_online": DAYS_ONLINE,
        "rights": [right["number"] for right in rights],
    }
    offered = achievements_in(event.payload)
    if len(offered) > 1:
        extra["achievement_ids"] = list(offered)
    return listing_fact(event, FactKind.LISTING_VALID, day, extra)


def thirtieth_day_online(published: SourceEvent, later: Sequence[SourceEvent]) -> datetime | None:
    """When thirty times 24 hours online were complete, or will be if nothing else happens; None while it is offline.

    Only time in a public state counts: a pause or a withdrawal stops the count, coming back goes on with it. A new
    review publishes anew and starts its own count.
    """
    remaining = timedelta(days=DAYS_ONLINE)
    online_since: datetime | None = published.occurred_at
    for event in later:
        if event.action == PUBLICATION:
            break
        if event.state_after is None:
            continue
        is_online = event.state_after in PUBLIC_STATES
        if online_since is not None:
            spent = event.occurred_at - online_since
            if spent >= remaining:
                break
            if not is_online:
                remaining, online_since = remaining - spent, None
        elif is_online:
            online_since = event.occurred_at
    return None if online_since is None else online_since + remaining


def contact_answers_at(moment: datetime, talk: Iterable[SourceEvent]) -> datetime | None:
    """The moment itself, or the later one at which the last overdue answer came; None while one is overdue.

    What is not due yet on that day does not count; a late answer is an answer. What the operator hid and what the
    asker closed is no longer waited for.
    """
    asked: dict[tuple[str, int], SourceEvent] = {}
    ended: dict[tuple[str, int], datetime] = {}
    for event in talk:
        subject = (event.subject_kind, event.subject_id)
        if event.action in ASKED:
            asked[subject] = event
        elif event.action in TALK_ENDED:
            ended[subject] = min(event.occurred_at, ended.get(subject, event.occurred_at))
    for subject, event in sorted(asked.items(), key=lambda item: (item[1].payload["due_on"], item[0])):
        if date.fromisoformat(event.payload["due_on"]) >= local_date(moment):
            continue
        if subject not in ended:
            return None
        moment = max(moment, ended[subject])
    return moment


def has_price(offers: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one offer has a price, a formula or 先用后转 terms; 面议 alone is none."""
    return any(offer["pricing"] in _PRICED or offer["way"] == TransferWay.TRY_FIRST for offer in offers)


def rights_at(
    rights: Iterable[Mapping[str, Any]], statuses: Iterable[SourceEvent], moment: datetime
) -> list[Mapping[str, Any]]:
    """The rights of a snapshot with the legal status that was last recorded until `moment`."""
    recorded = {event.payload["number"]: event.state_after for event in statuses if event.occurred_at <= moment}
    return [{**right, "legal_status": recorded.get(right["number"], right["legal_status"])} for right in rights]


def rights_are_alive(rights: Iterable[Mapping[str, Any]], on: date) -> bool:
    """Whether every right stands on that day; a result without rights (know-how) has none to lose.

    A patent number must have passed its check digit (numbers of 1985–88 have none and cannot be checked).
    """
    return all(_is_alive(right, on) for right in rights)


def _is_alive(right: Mapping[str, Any], on: date) -> bool:
    expires_on = right["expires_on"]
    is_checked = right["kind"] not in _PATENTS or bool(right["has_check_digit"])
    is_within_term = expires_on is None or date.fromisoformat(expires_on) > on
    return is_checked and is_within_term and right["legal_status"] != LegalStatus.LAPSED
