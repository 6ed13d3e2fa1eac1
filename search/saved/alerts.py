"""Tell people of new hits: each hit once, in the transaction that marks it as told.

A person who wants to hear at once gets a notice for each saved search, one who wants a summary gets one for all of them.
Who acts for nobody any more, or is switched off, is told nothing until that changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.models import Membership, Person
from market.kernel.errors import N_
from market.listings.models import Listing
from market.listings.vocabulary import PUBLIC_STATES
from market.notifications import mailing
from market.notifications.models import Notice
from market.notifications.queries import ONLY_FOR
from market.notifications.vocabulary import NoticeKind
from search.saved.models import SavedSearch, SavedSearchHit
from search.saved.vocabulary import Rhythm

BATCH = 200
TITLES = 5
"""How many listings of one saved search a notice names; its page shows all."""
SEARCHES = 10
"""How many saved searches a summary names."""
LONGEST_TITLE = 40
TITLE = N_("保存的检索有新成果")
MESSAGE = N_("检索“%(name)s”有 %(count)s 项新成果：%(titles)s。")
MESSAGE_MORE = N_("检索“%(name)s”有 %(count)s 项新成果：%(titles)s 等，全部见链接。")
SUMMARY = N_("您保存的检索共有 %(count)s 项新成果：%(groups)s。")
SUMMARY_MORE = N_("您保存的检索共有 %(count)s 项新成果：%(groups)s 等，全部见链接。")
LIST_PATH = "/console/saved-searches"


@dataclass(frozen=True)
class Found:
    """A saved search with its hits that are still to be told: number of all, and the titles of the first, newest first."""

    id: int
    person_id: int
    name: str
    last_hit: int
    titles: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The titles that a notice has room for."""
        return tuple(_short(title) for title in self.titles[:TITLES])


def tell_instant(session: Session, *, now: datetime) -> int:
    """Notices for some of the saved searches that are told at once; returns how many searches, 0 when none waits."""
    rows = _waiting(session, Rhythm.INSTANT)
    for row in rows:
        found = _found(session, row)
        if found.titles:
            _notify(session, row, *_instant(found), key=f"saved_search:{row.id}:{found.last_hit}", now=now)
        _mark_told(session, [row.id], found.last_hit, now)
    return len(rows)


def tell_daily(session: Session, *, now: datetime) -> int:
    """One notice for each of some people who want a summary; returns how many saved searches, 0 when none waits."""
    rows = _waiting(session, Rhythm.DAILY)
    for _, group in groupby(rows, key=lambda row: (row.person_id, row.organisation_id)):
        searches = list(group)
        all_found = [_found(session, row) for row in searches]
        told = [one for one in all_found if one.titles]
        last = max(one.last_hit for one in all_found)
        if told:
            _notify(session, searches[0], *_summary(told), key=f"saved_searches:{told[0].person_id}:{last}", now=now)
        _mark_told(session, [row.id for row in searches], last, now)
    return len(rows)


def _untold(*conditions: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (SavedSearchHit.is_new.is_(True), SavedSearchHit.told_at.is_(None), *conditions)


def _waiting(session: Session, rhythm: Rhythm) -> list[Any]:
    """Saved searches with hits to tell, locked, each with the organisation in whose inbox its person is told.

    That is the one for which she saved it, or another one of hers when she has left that. Summaries of a person are
    never torn apart: whoever is in the batch is in it whole.
    """
    has_untold = exists().where(*_untold(SavedSearchHit.saved_search_id == SavedSearch.id))
    inbox = func.coalesce(_inbox(SavedSearch.organisation_id), _inbox()).label("organisation_id")
    is_enabled = exists().where(Person.id == SavedSearch.person_id, Person.is_enabled.is_(True))
    of_rhythm = (SavedSearch.rhythm == rhythm.value, has_untold, is_enabled, exists(_memberships()))
    people = select(SavedSearch.person_id).where(*of_rhythm).distinct().order_by(SavedSearch.person_id).limit(BATCH)
    statement = (
        select(SavedSearch.id, SavedSearch.person_id, SavedSearch.name, inbox)
        .where(*of_rhythm, SavedSearch.person_id.in_(people))
        .order_by(SavedSearch.person_id, inbox, SavedSearch.id)
        .with_for_update(of=SavedSearch)
    )
    return list(session.execute(statement))


def _memberships() -> Any:
    mine = (Membership.person_id == SavedSearch.person_id, Membership.ended_at.is_(None))
    return select(Membership.id).where(*mine).correlate(SavedSearch)


def _inbox(organisation_id: Any = None) -> Any:
    mine = (Membership.person_id == SavedSearch.person_id, Membership.ended_at.is_(None))
    statement = select(func.min(Membership.organisation_id)).where(*mine)
    if organisation_id is not None:
        statement = statement.where(Membership.organisation_id == organisation_id)
    return statement.correlate(SavedSearch).scalar_subquery()


def _found(session: Session, row: Any) -> Found:
    """What is to be told of one search; a listing that has left the market meanwhile is passed over."""
    statement = (
        select(SavedSearchHit.id, Listing.title, Listing.state)
        .join(Listing, Listing.id == SavedSearchHit.listing_id)
        .where(*_untold(SavedSearchHit.saved_search_id == row.id))
        .order_by(SavedSearchHit.id.desc())
    )
    hits = session.execute(statement).all()
    titles = tuple(hit.title for hit in hits if hit.state in PUBLIC_STATES)
    return Found(row.id, row.person_id, row.name, hits[0].id if hits else 0, titles)


def _instant(found: Found) -> tuple[str, dict[str, Any], str]:
    message = MESSAGE if len(found.titles) <= TITLES else MESSAGE_MORE
    params = {"name": found.name, "count": len(found.titles), "titles": "；".join(found.named)}
    return message, params, f"{LIST_PATH}/{found.id}"


def _summary(told: Sequence[Found]) -> tuple[str, dict[str, Any], str]:
    shown = told[:SEARCHES]
    is_whole = len(told) <= SEARCHES and all(len(one.titles) <= TITLES for one in told)
    groups = "\n".join(f"{one.name}（{len(one.titles)}）：{'；'.join(one.named)}" for one in shown)
    params = {"count": sum(len(one.titles) for one in told), "groups": f"\n{groups}"}
    return (SUMMARY if is_whole else SUMMARY_MORE), params, f"{LIST_PATH}?new=yes"


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"


def _notify(
    session: Session, row: Any, message: str, params: dict[str, Any], path: str, *, key: str, now: datetime
) -> None:
    values = {
        "organisation_id": row.organisation_id,
        "deduplication_key": key,
        "title": TITLE,
        "message": message,
        "params": params | {ONLY_FOR: [row.person_id]},
        "path": path,
        "created_at": now,
    }
    statement = insert(Notice).values(values).on_conflict_do_nothing(index_elements=["deduplication_key"])
    for notice in session.scalars(statement.returning(Notice)).all():
        mailing.schedule(session, notice, NoticeKind.SAVED_SEARCH, now=now)


def _mark_told(session: Session, saved_ids: Iterable[int], last_hit: int, now: datetime) -> None:
    """What was read is told; a hit that was found after the reading waits for the next time."""
    read = (SavedSearchHit.saved_search_id.in_(list(saved_ids)), SavedSearchHit.id <= last_hit)
    session.execute(update(SavedSearchHit).where(*_untold(*read)).values(told_at=now))
    session.flush()
