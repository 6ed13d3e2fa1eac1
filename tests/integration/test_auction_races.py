"""Two real connections and one lot: the same price, a bid against the close, a worker that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.auctions import jobs, service
from market.auctions.errors import BidRefused
from market.auctions.models import Bid, Lot
from market.kernel import jobs as kernel_jobs
from market.kernel.db import db, transaction
from market.kernel.events import Event, verify_stream
from tests.factories.auctions import make_bidder, make_running_lot, move_times

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(committed_app: Flask) -> Iterator[tuple[Flask, int, list[Actor]]]:
    """A running lot with four bidders, committed."""
    with committed_app.app_context(), transaction() as session:
        lot = make_running_lot(session)
        bidders = [make_bidder(session, lot) for _ in range(4)]
        lot_id = lot.id
    yield committed_app, lot_id, bidders


def in_own_connection(app: Flask, step: Callable[[Session], object]) -> object:
    with app.app_context():
        try:
            with transaction() as session:
                return step(session)
        except BidRefused as refusal:
            return refusal.code
        finally:
            db.session.remove()


def try_bid(app: Flask, actor: Actor, lot_id: int, yuan: int, gate: threading.Barrier | None = None) -> object:
    def step(session: Session) -> int:
        if gate is not None:
            gate.wait(10)
        return service.place_bid(session, actor, lot_id, str(yuan), service.new_form_token()).sequence

    return in_own_connection(app, step)


@contextmanager
def lot_locked(app: Flask, lot_id: int) -> Iterator[Session]:
    """Hold the lot's row as a slow rival does; commits at the end."""
    with app.app_context():
        with transaction() as session:
            session.execute(text("SELECT 1 FROM lot WHERE id = :id FOR UPDATE"), {"id": lot_id})
            yield session
        db.session.remove()


def wait_until(
    condition: Callable[[], bool], seconds: float = 30, needs: subprocess.Popen[bytes] | None = None
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert needs is None or needs.poll() is None, "the worker ended by itself: its last words are above"
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def waiting_for_a_lock(app: Flask) -> int:
    def ask(session: Session) -> int:
        statement = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return session.scalar(text(statement)) or 0

    found = in_own_connection(app, ask)
    assert isinstance(found, int)
    return found


def placed(app: Flask, lot_id: int) -> list[tuple[int, int]]:
    with app.app_context():
        statement = select(Bid.sequence, Bid.price_fen).where(Bid.lot_id == lot_id).order_by(Bid.sequence)
        return [(row.sequence, row.price_fen) for row in db.session.execute(statement)]


def stream_of(app: Flask, lot_id: int) -> list[str]:
    with app.app_context():
        assert verify_stream(db.session(), f"lot:{lot_id}") == []
        return list(db.session.scalars(select(Event.action).where(Event.stream == f"lot:{lot_id}").order_by(Event.id)))


def test_of_two_bids_of_the_same_price_at_the_same_moment_one_is_accepted(world):
    app, lot_id, (one, two, *_) = world
    gate = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        rivals = [pool.submit(try_bid, app, actor, lot_id, 500_000, gate) for actor in (one, two)]
        results = [rival.result() for rival in rivals]
    assert sorted(map(str, results)) == ["1", "bid.not_above_high"]
    assert placed(app, lot_id) == [(1, 50_000_000)]


def test_the_rival_who_waited_for_the_lock_sees_the_price_that_was_made_meanwhile(world):
    app, lot_id, (one, two, *_) = world
    with ThreadPoolExecutor(1) as pool:
        with lot_locked(app, lot_id) as session:
            rival = pool.submit(try_bid, app, two, lot_id, 500_000)
            wait_until(lambda: waiting_for_a_lock(app) == 1)
            service.place_bid(session, one, lot_id, "500000", service.new_form_token())
        assert rival.result() == "bid.not_above_high"
    assert placed(app, lot_id) == [(1, 50_000_000)]


def test_many_bidders_at_once_leave_rising_prices_numbered_without_gaps_in_the_order_of_their_times(world):
    app, lot_id, bidders = world

    def climb(actor: Actor) -> None:
        for step in range(25):
            try_bid(app, actor, lot_id, 500_000 + 10_000 * step)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(climb, bidders))
    with app.app_context():
        bids = list(db.session.scalars(select(Bid).where(Bid.lot_id == lot_id).order_by(Bid.sequence)))
        lot = db.session.get_one(Lot, lot_id)
        assert [one.sequence for one in bids] == list(range(1, lot.bid_count + 1))
        assert [one.price_fen for one in bids] == sorted({one.price_fen for one in bids})
        assert [one.placed_at for one in bids] == sorted({one.placed_at for one in bids})
        assert (lot.high_fen, lot.leading_registration_id) == (bids[-1].price_fen, bids[-1].registration_id)
    assert stream_of(app, lot_id).count("lot.bid_accepted") == len(bids)


def test_the_same_form_sent_twice_at_the_same_moment_is_one_bid(world):
    app, lot_id, (one, *_) = world
    token = service.new_form_token()

    def send(_: int) -> object:
        return in_own_connection(app, lambda session: service.place_bid(session, one, lot_id, "500000", token).sequence)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(send, range(2))) == [1, 1]
    assert placed(app, lot_id) == [(1, 50_000_000)]


def end_now(app: Flask, lot_id: int) -> None:
    in_own_connection(
        app,
        lambda session: move_times(
            session, session.get_one(Lot, lot_id), opens_in=-timedelta(hours=2), closes_in=-timedelta(milliseconds=1)
        ),
    )


def test_a_bid_that_waits_for_the_lock_past_the_end_is_refused(world):
    app, lot_id, (one, *_) = world
    with ThreadPoolExecutor(1) as pool:
        with lot_locked(app, lot_id) as session:
            rival = pool.submit(try_bid, app, one, lot_id, 500_000)
            wait_until(lambda: waiting_for_a_lock(app) == 1)
            move_times(session, session.get_one(Lot, lot_id), opens_in=-timedelta(hours=1), closes_in=timedelta(0))
        assert rival.result() == "bid.after_end"
    assert placed(app, lot_id) == []


def test_a_close_that_waits_for_a_last_bid_finds_the_end_moved_and_leaves_the_lot_open(world):
    app, lot_id, (one, *_) = world
    with ThreadPoolExecutor(1) as pool:
        with lot_locked(app, lot_id) as session:
            lot = session.get_one(Lot, lot_id)
            move_times(session, lot, closes_in=timedelta(seconds=30))
            end = lot.closes_at
            closing = pool.submit(in_own_connection, app, lambda own: service.close_lot(own, lot_id, end))
            wait_until(lambda: waiting_for_a_lock(app) == 1)
            service.place_bid(session, one, lot_id, "500000", service.new_form_token())
        assert closing.result() == "announced"
    assert stream_of(app, lot_id)[-1] == "lot.bid_accepted"


def test_two_workers_closing_at_once_close_once(world):
    app, lot_id, (one, *_) = world
    assert try_bid(app, one, lot_id, 500_000) == 1
    end_now(app, lot_id)
    gate = threading.Barrier(2)

    def close(_: int) -> object:
        def step(session: Session) -> object:
            gate.wait(10)
            return service.close_lot(session, lot_id, service.bid_time(session))

        return in_own_connection(app, step)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(close, range(2))) == ["sold", "sold"]
    assert stream_of(app, lot_id).count("lot.sold") == 1


def test_the_sweep_passes_over_a_lot_that_somebody_works_on_and_closes_the_others(committed_app):
    app = committed_app
    with app.app_context(), transaction() as session:
        busy, free = make_running_lot(session).id, make_running_lot(session).id
    end_now(app, busy)
    end_now(app, free)

    def sweep() -> None:
        with app.app_context():
            jobs.close_due_lots()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool, lot_locked(app, busy):
        pool.submit(sweep).result(timeout=20)
    assert (stream_of(app, free)[-1], stream_of(app, busy)[-1]) == ("lot.unsold", "lot.announced")
    sweep()
    assert stream_of(app, busy)[-1] == "lot.unsold"


def test_the_job_at_the_announced_end_comes_back_when_bids_moved_it(world):
    app, lot_id, (one, *_) = world
    assert try_bid(app, one, lot_id, 500_000) == 1
    with app.app_context():
        db.session.execute(text("DELETE FROM procrastinate_jobs"))
        db.session.commit()
        jobs.close_lot(lot_id)
        rows = db.session.execute(text("SELECT task_name, scheduled_at FROM procrastinate_jobs")).all()
        assert [tuple(row) for row in rows] == [("auctions.close_lot", db.session.get_one(Lot, lot_id).closes_at)]


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_closing_leaves_nothing_half_done_and_the_next_one_closes_once(
    world, worker_environment
):
    app, lot_id, (one, two, *_) = world
    assert [try_bid(app, one, lot_id, 500_000), try_bid(app, two, lot_id, 520_000)] == [1, 2]
    end_now(app, lot_id)
    before = stream_of(app, lot_id)
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        kernel_jobs.defer(session, "auctions.close_lot", lot_id=lot_id)

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "flask", "worker", "run", "--concurrency", "1"]
        environment = worker_environment | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
        return subprocess.Popen(command, cwd=ROOT, env=environment)

    with lot_locked(app, lot_id):
        victim = start()
        wait_until(lambda: waiting_for_a_lock(app) >= 1, 60, victim)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
    assert stream_of(app, lot_id) == before
    heir = start()
    try:
        wait_until(lambda: stream_of(app, lot_id)[-1] == "lot.sold", 90, heir)
    finally:
        heir.terminate()
        heir.wait(20)
    assert stream_of(app, lot_id) == [*before, "lot.sold"]
    with app.app_context():
        lot = db.session.get_one(Lot, lot_id)
        assert (lot.state, lot.sale_kind, lot.high_fen) == ("sold", "competitive", 52_000_000)
