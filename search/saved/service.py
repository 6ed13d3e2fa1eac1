"""Save a search, name it, say how often it tells, look at what is new, give it up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.policy import Act, require
from market.accounts.rules import Actor
from market.kernel import jobs
from market.kernel.clock import local_date
from market.kernel.errors import N_
from market.kernel.locks import lock_row
from market.kernel.parameters import parameter
from search.saved import comparing
from search.saved.deriving import write_keys
from search.saved.errors import SavingRefused
from search.saved.models import SavedSearch, SavedSearchHit
from search.saved.question import LONGEST_NAME, Question
from search.saved.telling import derivation
from search.saved.vocabulary import Rhythm
from search.synonyms.current import current_dictionary

LIMIT_PARAMETER = "saved_search.limit"
MATCH, TELL = "search.match_saved", "search.tell_saved"
WAITING = 500
"""So many listings that are still to be compared are looked at when a search is saved, the latest ones."""
_WAITING = text(
    "SELECT DISTINCT (args->>'listing_id')::bigint AS listing_id FROM procrastinate_jobs"
    " WHERE task_name = :task AND status IN ('todo', 'doing') ORDER BY listing_id DESC LIMIT :number"
)


def waiting_listings(session: Session, number: int) -> list[int]:
    """Ids of listings that changed and wait to be compared, at most so many, the highest first."""
    return list(session.scalars(_WAITING, {"task": MATCH, "number": number}))


def save(
    session: Session, actor: Actor, question: Question, name: str, rhythm: Rhythm, *, now: datetime
) -> SavedSearch:
    """Keep the question for the person; she hears of what it finds from now on, not of what it finds already.

    Raises SavingRefused for a name or a question that she has already, and when she has as many as the bureau allows.
    """
    require(actor, Act.SAVE_SEARCHES)
    comparing.hold_off(session)
    lock_row(session, Person, actor.person_id)
    _require_room(session, actor, now)
    _require_new_question(session, actor, question)
    saved = SavedSearch(
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
        name=_free_name(session, actor, name),
        question=question.text,
        digest=question.digest,
        rhythm=rhythm.value,
        created_at=now,
        derivation=derivation(current_dictionary(session)),
    )
    session.add(saved)
    session.flush()
    write_keys(session, [(saved.id, saved.question)])
    comparing.remember_known(session, saved.id, saved.question, waiting_listings(session, WAITING), now=now)
    return saved


def change(session: Session, actor: Actor, saved: SavedSearch, name: str, rhythm: Rhythm, *, now: datetime) -> None:
    """Another name, another rhythm. What was found while she wanted to hear nothing is not told afterwards.

    Raises SavingRefused for a name that she has already.
    """
    require(actor, Act.SAVE_SEARCHES)
    lock_row(session, SavedSearch, saved.id)
    saved.name = _free_name(session, actor, name, but=saved.id)
    if saved.rhythm == Rhythm.OFF.value and rhythm is not Rhythm.OFF:
        found = (SavedSearchHit.saved_search_id == saved.id, SavedSearchHit.told_at.is_(None))
        session.execute(update(SavedSearchHit).where(*found, SavedSearchHit.is_new.is_(True)).values(told_at=now))
    saved.rhythm = rhythm.value
    session.flush()
    if rhythm is Rhythm.INSTANT:
        jobs.defer(session, TELL, lock=comparing.LOCK)


def look(session: Session, actor: Actor, saved: SavedSearch, through: int) -> None:
    """She has seen the hits up to this one; what came after it stays new."""
    require(actor, Act.SAVE_SEARCHES)
    highest = session.scalar(
        select(func.max(SavedSearchHit.id)).where(SavedSearchHit.saved_search_id == saved.id, SavedSearchHit.is_new)
    )
    saved.seen_through = max(saved.seen_through, min(through, highest or 0))
    session.flush()


def give_up(session: Session, actor: Actor, saved: SavedSearch) -> None:
    """Forget the search with everything that it found."""
    require(actor, Act.SAVE_SEARCHES)
    comparing.hold_off(session)
    session.delete(saved)
    session.flush()


def _require_room(session: Session, actor: Actor, now: datetime) -> None:
    limit = int(parameter(session, LIMIT_PARAMETER, local_date(now)))
    own = select(func.count(SavedSearch.id)).where(SavedSearch.person_id == actor.person_id)
    if (session.scalar(own) or 0) >= limit:
        sentence = N_("每人最多保存 %(limit)s 个检索，请先删除不用的。")
        raise SavingRefused("saved_search.limit", sentence, limit=limit)


def _require_new_question(session: Session, actor: Actor, question: Question) -> None:
    same = (SavedSearch.person_id == actor.person_id, SavedSearch.digest == question.digest)
    name = session.scalar(select(SavedSearch.name).where(*same))
    if name is not None:
        raise SavingRefused("saved_search.duplicate", N_("您已经保存过同样的检索：“%(name)s”。"), name=name)


def _free_name(session: Session, actor: Actor, name: str, but: int = 0) -> str:
    """The name as it is kept. Raises SavingRefused for an empty, a long or a used one."""
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST_NAME:
        sentence = N_("名称请填 1 到 %(number)s 个字。")
        raise SavingRefused("saved_search.name", sentence, field="name", number=LONGEST_NAME)
    same = (SavedSearch.person_id == actor.person_id, SavedSearch.name == wanted, SavedSearch.id != but)
    if session.scalar(select(SavedSearch.id).where(*same)) is not None:
        raise SavingRefused("saved_search.name_used", N_("您已有同名的检索，请换一个名称。"), field="name")
    return wanted
