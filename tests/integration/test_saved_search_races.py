"""Saved searches when a worker is killed between any two steps, when two work at once, when somebody saves meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.kernel.db import transaction
from market.kernel.events import EventDraft, record
from market.kernel.mail import MailMessage
from market.listings.models import Listing
from market.notifications import mailing
from search.saved import comparing, jobs, service
from search.saved.models import SavedSearch, SavedSearchHit
from search.saved.vocabulary import Rhythm
from tests.conftest import NOW
from tests.factories.public_listings import make_public_listing
from tests.factories.saved_searches import make_reader, question, save_search, told
from tests.factories.world import actor_of

ROOT = Path(__file__).resolve().parents[2]
_WAITS = text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)")
STEPS = {
    "before the comparison is committed": "with transaction() as session:\n"
    "    comparing.compare(session, [{listing}], now=current_time())\n    die()",
    "after the comparison, before anybody is told": "jobs.match_saved({listing})\ndie()",
    "while somebody is told": "jobs.match_saved({listing})\nwith transaction() as session:\n"
    "    alerts.tell_instant(session, now=current_time())\n    die()",
    "after the notice": "jobs.match_saved({listing})\njobs.tell_saved()\ndie()",
    "between two summaries": "jobs.match_saved({listing})\nwith transaction() as session:\n"
    "    alerts.tell_daily(session, now=current_time())\n    die()",
}
KILLED = """
import os, signal
from app import create_app
from market.kernel.clock import current_time
from market.kernel.db import transaction
from search.saved import alerts, comparing, jobs

def die():
    os.kill(os.getpid(), signal.SIGKILL)

with create_app().app_context():
"""


def _killed_at(environment: dict[str, str], step: str, listing_id: int) -> None:
    code = KILLED + "".join(f"    {line}\n" for line in STEPS[step].format(listing=listing_id).splitlines())
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def _prepared(app: Flask, rhythm: Rhythm) -> tuple[int, int]:
    """Ids of a saved search and of a listing that came after it; its job waits."""
    with app.app_context(), transaction() as session:
        saved = save_search(session, make_reader(session), "密封环", rhythm=rhythm)
        return saved.id, _came(session).id


def _came(session: Session) -> Listing:
    listing = make_public_listing(session, "高温密封环")
    payload = {"listing_id": listing.id}
    record(session, EventDraft("listing", listing.id, "listing.platform_approve", NOW, payload=payload))
    return listing


def _hits(app: Flask) -> list[tuple[int, bool]]:
    with app.app_context(), transaction() as session:
        rows = session.execute(select(SavedSearchHit.listing_id, SavedSearchHit.told_at).order_by(SavedSearchHit.id))
        return [(listing_id, told_at is not None) for listing_id, told_at in rows]


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_everybody_is_told_exactly_once(
    committed_app: Flask, worker_environment: dict[str, str], step: str
) -> None:
    rhythm = Rhythm.DAILY if "summaries" in step else Rhythm.INSTANT
    _, listing_id = _prepared(committed_app, rhythm)
    _killed_at(worker_environment, step, listing_id)
    for _ in range(2):  # the job comes back, and once more
        with committed_app.app_context():
            jobs.match_saved(listing_id)
            jobs.sweep_saved()
            jobs.tell_saved_daily()
    assert _hits(committed_app) == [(listing_id, True)]
    with committed_app.app_context(), transaction() as session:
        assert len(told(session)) == 1
        mailing.send_due(session, now=told(session)[0].created_at)
        assert session.scalar(select(func.count()).select_from(MailMessage)) == 1


def test_two_workers_at_once_find_and_tell_once(committed_app: Flask) -> None:
    _, listing_id = _prepared(committed_app, Rhythm.INSTANT)
    start, failures = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        try:
            with committed_app.app_context():
                jobs.match_saved(listing_id)
                jobs.tell_saved()
        except BaseException as failure:  # told to the test
            failures.append(failure)
            raise

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    assert _hits(committed_app) == [(listing_id, True)]
    with committed_app.app_context(), transaction() as session:
        assert len(told(session)) == 1


def test_who_saves_while_a_listing_is_compared_comes_after_it_and_knows_it(committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as session:
        reader = actor_of(make_reader(session))
        save_search(session, make_reader(session), "密封环")
        listing_id = _came(session).id
    saved = threading.Event()

    def save() -> None:
        with committed_app.app_context(), transaction() as session:
            service.save(session, reader, question("高温密封"), "后来的", Rhythm.INSTANT, now=NOW)
        saved.set()

    with committed_app.app_context(), transaction() as session:
        comparing.compare(session, [listing_id], now=NOW)
        rival = threading.Thread(target=save)
        rival.start()
        while not session.scalar(_WAITS):
            assert rival.is_alive()
        assert not saved.is_set()
    rival.join(30)
    assert saved.is_set()
    with committed_app.app_context():
        jobs.match_saved(listing_id)
        jobs.sweep_saved()
        with transaction() as session:
            found = session.execute(
                select(SavedSearch.name, SavedSearchHit.is_new)
                .join(SavedSearchHit, SavedSearchHit.saved_search_id == SavedSearch.id)
                .order_by(SavedSearch.id)
            ).all()
    assert [tuple(row) for row in found] == [("密封环", True), ("后来的", False)]


def test_saving_waits_for_no_long_comparison_and_knows_what_is_being_compared(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "PAGE_WAITS", "50ms")
    with committed_app.app_context(), transaction() as session:
        reader = actor_of(make_reader(session))
        listing_id = _came(session).id

    def save() -> None:
        with committed_app.app_context(), transaction() as session:
            service.save(session, reader, question("高温密封"), "后来的", Rhythm.INSTANT, now=NOW)
            assert session.scalar(text("SELECT current_setting('lock_timeout')")) == "10s"

    with committed_app.app_context(), transaction() as session:
        comparing.compare(session, [listing_id], now=NOW)
        rival = threading.Thread(target=save)
        rival.start()
        rival.join(60)
        assert not rival.is_alive()
    with committed_app.app_context():
        jobs.match_saved(listing_id)
        jobs.sweep_saved()
        with transaction() as session:
            assert session.scalars(select(SavedSearch.name)).all() == ["后来的"]
            assert session.scalars(select(SavedSearchHit.is_new)).all() == [False]


def test_a_listing_that_comes_while_somebody_saves_is_told(committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as session:
        reader = actor_of(make_reader(session))
    with committed_app.app_context(), transaction() as session:
        service.save(session, reader, question("高温密封"), "先来的", Rhythm.INSTANT, now=NOW)
        listing_ids: list[int] = []

        def publish() -> None:
            with committed_app.app_context(), transaction() as other:
                listing_ids.append(_came(other).id)

        publisher = threading.Thread(target=publish)
        publisher.start()
        publisher.join(30)  # publishing waits for nobody
    with committed_app.app_context():
        jobs.match_saved(listing_ids[0])
        jobs.tell_saved()
    assert _hits(committed_app) == [(listing_ids[0], True)]


def test_the_events_of_a_listing_defer_one_job_each_and_one_run_takes_all_along(committed_app: Flask) -> None:
    with committed_app.app_context(), transaction() as session:
        save_search(session, make_reader(session), "密封环")
        ids = sorted(_came(session).id for _ in range(5))
    queued = text(
        "SELECT lock, (args->>'listing_id')::bigint FROM procrastinate_jobs WHERE task_name = :task ORDER BY 2"
    )
    with committed_app.app_context():
        with transaction() as session:
            assert [tuple(row) for row in session.execute(queued, {"task": service.MATCH})] == [
                ("search.saved", one) for one in ids
            ]
        jobs.match_saved(ids[2])
        with transaction() as session:
            found = session.scalars(select(SavedSearchHit.listing_id).order_by(SavedSearchHit.listing_id)).all()
            assert list(found) == ids
            assert [row[0] for row in session.execute(queued, {"task": service.TELL})] == ["search.saved"]
        jobs.match_saved(ids[0])
        with transaction() as session:
            assert len(session.execute(queued, {"task": service.TELL}).all()) == 1
