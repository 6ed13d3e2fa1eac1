"""Everything that is told, of which event, to whom, as which kind of notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from market.auctions.texts import PUBLIC_TEXTS as LOT_TEXTS
from market.kernel.errors import N_
from market.listings.texts import PUBLIC_TEXTS as LISTING_TEXTS
from market.notifications import messages
from market.notifications.enquiry_messages import ENQUIRY_MESSAGES
from market.notifications.lot_messages import LOT_MESSAGES
from market.notifications.membership_messages import MEMBERSHIP_MESSAGES
from market.notifications.messages import NoticeDraft, NoticeSource
from market.notifications.publicity_messages import PUBLICITY_MESSAGES
from market.notifications.report_messages import REPORT_MESSAGES
from market.notifications.rules import kind_of
from market.notifications.texts import LABEL
from market.notifications.vocabulary import NoticeKind

TOLD_TO_WATCHERS = frozenset(LISTING_TEXTS) - {"listing.start_bidding"} | {"lot.announced"}
"""Changes of state, price and terms, and a new lot. What a lot's end does to its listing is told as the listing's change:
one notice for one thing that happened."""
_MORE_MESSAGES = ENQUIRY_MESSAGES | LOT_MESSAGES | MEMBERSHIP_MESSAGES | PUBLICITY_MESSAGES | REPORT_MESSAGES
WANTED_EVENTS = messages.WANTED_EVENTS | frozenset(_MORE_MESSAGES) | TOLD_TO_WATCHERS
"""Actions for which app.py defers `notifications.deliver`."""


@dataclass(frozen=True)
class Told:
    """A notice and the kind by which a person chooses her mails."""

    kind: NoticeKind
    draft: NoticeDraft


def told_of(source: NoticeSource, watchers: Iterable[int] = ()) -> list[Told]:
    """The notices that an event deserves; `watchers`: ids of the organisations that watch what it is about."""
    build = _MORE_MESSAGES.get(source.action)
    drafts = build(source) if build else messages.notices_for(source)
    told = [Told(kind_of(source.action), draft) for draft in drafts]
    if not _matters_to_watchers(source):
        return told
    parties = {draft.organisation_id for draft in drafts}
    return told + [Told(NoticeKind.WATCH, _changed(source, one)) for one in watchers if one not in parties]


def _matters_to_watchers(source: NoticeSource) -> bool:
    """A new text alone is not told; a new price, way or scope of rights is."""
    if source.action == "listing.changed":
        return bool(source.payload.get("material"))
    return source.action in TOLD_TO_WATCHERS


def _changed(source: NoticeSource, organisation_id: int) -> NoticeDraft:
    title, message = N_("关注的成果有变化"), N_("您关注的“%(title)s”（%(number)s）：%(label)s。")
    label = {**LISTING_TEXTS, **LOT_TEXTS}[source.action]
    params = {"title": source.title, "number": source.number, LABEL: label}
    hall = "lots" if source.action.startswith("lot.") else "listings"
    return NoticeDraft(organisation_id, title, message, params, f"/{hall}/{source.number}")
