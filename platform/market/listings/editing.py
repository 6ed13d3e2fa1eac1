"""What surrounds the writing of a listing: typing that is not saved yet, how all stands, what is nearly the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from market.accounts.models import Organisation
from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.achievements.models import Achievement, IPRight
from market.achievements.rules import right_state
from market.achievements.vocabulary import AchievementKind, LegalStatus
from market.kernel.clock import local_date
from market.kernel.errors import NotFound
from market.listings.bundles import achievements_for
from market.listings.checks import facts_of
from market.listings.completeness import Facts, completeness
from market.listings.likeness import ALIKE, bands, likeness, shingles, text_of
from market.listings.models import Listing, ListingMember, Offer, UnsavedListing
from market.listings.offers import write_draft
from market.listings.preconditions import AchievementFacts
from market.listings.rules import ListingDraft, RightFacts
from market.listings.versions import draft_of_listing
from market.listings.vocabulary import PUBLIC_STATES, ListingState

Typed = Mapping[str, list[str]]
ALIKE_SHOWN = 5
CANDIDATES = 60
OWN_TITLES = 20_000
"""So many of an institution's newest entries are compared by title."""
TITLE_ALIKE = 0.6


@dataclass(frozen=True)
class Typing:
    """What was typed and not saved, when, and over which version of the listing (0: a new one)."""

    content: Typed
    base_version: int
    typed_at: datetime


@dataclass(frozen=True)
class Alike:
    """A listing or an entry of the own register that says nearly the same. `percent` is how nearly."""

    title: str
    percent: int
    is_own: bool
    organisation_name: str = ""
    listing_number: str | None = None
    is_public: bool = False
    achievement_id: int | None = None


def keep_typing(
    session: Session, actor: Actor, achievement_id: int, content: Typed, base_version: int, *, now: datetime
) -> None:
    """Keep what the officer has typed so far; what was kept before is replaced. Raises NotFound for another's entry."""
    require(actor, Act.WRITE_LISTING)
    _require_own(session, actor, achievement_id)
    values = {"base_version": base_version, "content": dict(content), "typed_at": now}
    row = insert(UnsavedListing).values(person_id=actor.person_id, achievement_id=achievement_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["person_id", "achievement_id"], set_=values))


def typing_of(session: Session, actor: Actor, achievement_id: int) -> Typing | None:
    """What this officer typed for the achievement and did not save."""
    row = session.get(UnsavedListing, (actor.person_id, achievement_id))
    return Typing(row.content, row.base_version, row.typed_at) if row else None


def forget_typing(session: Session, actor: Actor, achievement_id: int) -> None:
    """It was saved, or is not wanted any more."""
    require(actor, Act.WRITE_LISTING)
    session.execute(
        delete(UnsavedListing).where(
            UnsavedListing.person_id == actor.person_id, UnsavedListing.achievement_id == achievement_id
        )
    )


def unsaved_listing(
    session: Session, actor: Actor, achievement: Achievement, draft: ListingDraft, number: str, *, now: datetime
) -> Listing:
    """A listing with what the draft says that no session knows: for looking at, never for storing."""
    organisation = session.get_one(Organisation, achievement.organisation_id)
    listing = Listing(
        id=0,
        number=number,
        organisation_id=organisation.id,
        achievement_id=achievement.id,
        state=ListingState.DRAFT.value,
        county_code=organisation.county_code or "330300",
        version=0,
        created_at=now,
        updated_at=now,
    )
    facts = facts_of(session, achievements_for(session, achievement, draft), local_date(now))
    write_draft(listing, draft, facts, actor, now)
    for offer in listing.offers:
        offer.id = 0
    return listing


def scores(session: Session, numbers: Sequence[str], today: date) -> dict[str, int]:
    """Score by listing number for a page of a list; six queries, whatever their number."""
    statement = (
        select(Listing)
        .where(Listing.number.in_(numbers))
        .options(
            selectinload(Listing.offers).selectinload(Offer.preconditions),
            selectinload(Listing.bundled),
            joinedload(Listing.achievement),
        )
    )
    listings = session.scalars(statement).all()
    rights: dict[int, list[RightFacts]] = {}
    of_listed = IPRight.achievement_id.in_({one for listing in listings for one in listing.achievement_ids})
    for right in session.scalars(select(IPRight).where(of_listed).order_by(IPRight.id)):
        state = right_state(LegalStatus(right.legal_status), right.expires_on, today)
        facts = RightFacts(right.number, AchievementKind(right.kind), state, right.expires_on)
        rights.setdefault(right.achievement_id, []).append(facts)
    return {
        listing.number: _score(listing, [right for one in listing.achievement_ids for right in rights.get(one, [])])
        for listing in listings
    }


def _score(listing: Listing, rights: Sequence[RightFacts]) -> int:
    achievement = listing.achievement
    has_evidence = bool(achievement.trl_evidence.strip())
    facts = Facts(draft_of_listing(listing), AchievementFacts(tuple(rights)), achievement.trl, has_evidence)
    return completeness(facts).score


def alike(session: Session, actor: Actor, achievement: Achievement, draft: ListingDraft) -> list[Alike]:
    """Listings and own entries that say nearly the same, the likest first: own ones, and others' if public."""
    found = [
        *_alike_listings(session, actor, achievement.id, draft),
        *_alike_entries(session, achievement, draft.title),
    ]
    named: dict[Any, Alike] = {}
    for one in sorted(found, key=lambda one: -one.percent):
        named.setdefault(one.listing_number or one.achievement_id, one)
    return list(named.values())[:ALIKE_SHOWN]


def _alike_listings(session: Session, actor: Actor, achievement_id: int, draft: ListingDraft) -> list[Alike]:
    """Those that share a band of the signature, compared exactly (likeness.py says what this may miss)."""
    text = text_of(draft)
    marks = bands(text)
    if not marks:
        return []
    is_public = Listing.state.in_([state.value for state in PUBLIC_STATES])
    statement = (
        select(Listing, Organisation.name)
        .join(Organisation, Organisation.id == Listing.organisation_id)
        .where(
            Listing.fingerprint.overlap(marks),
            ~exists().where(
                ListingMember.listing_id == Listing.id,
                ListingMember.achievement_id.in_((achievement_id, *draft.members)),
            ),
            or_(Listing.organisation_id == actor.organisation_id, is_public),
        )
        .order_by(Listing.id.desc())
        .limit(CANDIDATES)
    )
    pieces = shingles(text)
    rows = [
        (listing, name, likeness(pieces, shingles(text_of(_texts_of(listing)))))
        for listing, name in session.execute(statement)
    ]
    return [
        Alike(
            title=listing.title,
            percent=round(100 * how),
            is_own=listing.organisation_id == actor.organisation_id,
            organisation_name=name,
            listing_number=listing.number,
            is_public=listing.state in PUBLIC_STATES,
        )
        for listing, name, how in rows
        if how >= ALIKE
    ]


def _texts_of(listing: Listing) -> ListingDraft:
    return ListingDraft(
        listing.title, listing.summary, listing.problem, listing.advantage, "", "", "", application=listing.application
    )


def _alike_entries(session: Session, achievement: Achievement, title: str) -> list[Alike]:
    """Own entries with nearly this title, or with a right published under the same number or of the same family."""
    own = (Achievement.organisation_id == achievement.organisation_id, Achievement.id != achievement.id)
    statement = select(Achievement.id, Achievement.title).where(*own).order_by(Achievement.id.desc()).limit(OWN_TITLES)
    pieces = shingles(title)
    scored = [(entry_id, text, likeness(pieces, shingles(text))) for entry_id, text in session.execute(statement)]
    same = _same_publication(session, achievement) | _same_family(session, achievement)
    return [
        Alike(title=text, percent=100 if entry_id in same else round(100 * how), is_own=True, achievement_id=entry_id)
        for entry_id, text, how in scored
        if how >= TITLE_ALIKE or entry_id in same
    ]


def _same_publication(session: Session, achievement: Achievement) -> set[int]:
    """Own entries with a right of the same publication number: an application and its patent, entered twice."""
    numbers = select(IPRight.publication_number).where(
        and_(IPRight.achievement_id == achievement.id, IPRight.publication_number.is_not(None))
    )
    statement = (
        select(IPRight.achievement_id)
        .join(Achievement, Achievement.id == IPRight.achievement_id)
        .where(
            Achievement.organisation_id == achievement.organisation_id,
            IPRight.achievement_id != achievement.id,
            IPRight.publication_number.in_(numbers),
        )
    )
    return set(session.scalars(statement))


def _same_family(session: Session, achievement: Achievement) -> set[int]:
    """Own entries with a right of the same patent family: one priority for both, or one the priority of the other."""
    own = select(IPRight.number, IPRight.priority_numbers).where(IPRight.achievement_id == achievement.id)
    family = sorted({one for row in session.execute(own) for one in (row.number, *row.priority_numbers)})
    if not family:
        return set()
    statement = (
        select(IPRight.achievement_id)
        .join(Achievement, Achievement.id == IPRight.achievement_id)
        .where(
            Achievement.organisation_id == achievement.organisation_id,
            IPRight.achievement_id != achievement.id,
            or_(IPRight.number.in_(family), IPRight.priority_numbers.overlap(family)),
        )
    )
    return set(session.scalars(statement))


def _require_own(session: Session, actor: Actor, achievement_id: int) -> None:
    statement = select(Achievement.id).where(
        Achievement.id == achievement_id, Achievement.organisation_id == actor.organisation_id
    )
    if session.scalar(statement) is None:
        raise NotFound
