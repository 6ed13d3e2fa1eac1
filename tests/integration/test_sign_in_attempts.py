"""Attempts to sign in: counted before the password is looked at, over processes, without locking the owner out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from market.accounts.security import attempts
from market.accounts.security.attempts import Visit
from market.accounts.security.digests import token_hash
from market.accounts.security.models import SignInCounter, SignInDevice
from market.accounts.security.rules import ACCOUNT_FROM_NETWORK, NETWORK, TooManyAttempts
from market.kernel.db import transaction
from tests.conftest import NOW
from tests.factories.world import make_person

HERE = Visit("203.0.113.0/24", "Firefox · Linux")
ELSEWHERE = Visit("198.51.100.0/24", "Chrome · Windows")


def knocks(session, account, visit, number, now=NOW):
    """How many of so many attempts were let through to the password."""
    let_in = 0
    for _ in range(number):
        try:
            attempts.begin(session, account, visit, now)
            let_in += 1
        except TooManyAttempts:
            continue
    return let_in


def test_of_ten_thousand_attempts_in_a_moment_five_reach_the_password(session):
    assert knocks(session, "a@example.test", HERE, 10_000) == ACCOUNT_FROM_NETWORK.free
    assert session.scalar(select(func.count()).select_from(SignInCounter)) == 2


def test_who_waits_is_let_in_once_and_then_waits_twice_as_long(session):
    knocks(session, "a@example.test", HERE, 10)

    with pytest.raises(TooManyAttempts) as refused:
        attempts.begin(session, "a@example.test", HERE, NOW)
    assert refused.value.seconds == 30
    later = NOW + timedelta(seconds=30)
    assert knocks(session, "a@example.test", HERE, 3, later) == 1
    with pytest.raises(TooManyAttempts) as refused:
        attempts.begin(session, "a@example.test", HERE, later)
    assert refused.value.seconds == 60


def test_a_known_and_an_unknown_address_are_counted_alike(session):
    person = make_person(session)

    let_in = {account: knocks(session, account, HERE, 20) for account in (person.email, "nobody@example.test")}

    assert set(let_in.values()) == {ACCOUNT_FROM_NETWORK.free}


def test_the_spelling_of_the_address_gives_no_further_attempts(session):
    spellings = ["a@example.test", "A@Example.Test", "  a@example.test "]

    assert sum(knocks(session, account, HERE, 5) for account in spellings) == ACCOUNT_FROM_NETWORK.free


def test_wrong_passwords_from_one_network_do_not_hold_up_another(session):
    knocks(session, "a@example.test", HERE, 1000)

    assert knocks(session, "a@example.test", ELSEWHERE, 1) == 1


def test_a_known_device_passes_while_its_network_is_held_up(session):
    person = make_person(session)
    session.add(SignInDevice(person_id=person.id, token_hash=token_hash("hers"), created_at=NOW))
    session.flush()
    assert knocks(session, person.email, HERE, 50) == ACCOUNT_FROM_NETWORK.free

    own = Visit(HERE.network, HERE.device, "hers")
    assert knocks(session, person.email, own, 1) == 1


def test_a_device_known_for_one_person_is_a_stranger_for_another(session):
    person, other = make_person(session), make_person(session)
    session.add(SignInDevice(person_id=person.id, token_hash=token_hash("hers"), created_at=NOW))
    session.flush()
    own = Visit(HERE.network, HERE.device, "hers")
    knocks(session, other.email, HERE, 50)

    assert knocks(session, other.email, own, 1) == 0


def test_trying_one_password_on_many_accounts_holds_the_network_up(session):
    let_in = sum(knocks(session, f"person{number}@example.test", HERE, 1) for number in range(200))

    assert let_in == NETWORK.free


def test_a_success_begins_the_count_anew(session):
    for _ in range(20):
        attempts.succeed(session, attempts.begin(session, "a@example.test", HERE, NOW))

    assert knocks(session, "a@example.test", HERE, 20) == ACCOUNT_FROM_NETWORK.free


def test_old_counts_are_forgotten(session):
    knocks(session, "a@example.test", HERE, 20)

    attempts.forget_old(session, NOW + timedelta(days=2))

    assert session.scalar(select(func.count()).select_from(SignInCounter)) == 0


def test_attempts_at_the_same_moment_on_many_connections_are_counted_one_by_one(committed_app: Flask):
    threads, gate = 8, threading.Barrier(8)

    def knock(_: int) -> int:
        let_in = 0
        with committed_app.app_context():
            gate.wait(timeout=30)
            for _attempt in range(10):
                try:
                    with transaction() as session:
                        attempts.begin(session, "a@example.test", HERE, NOW)
                    let_in += 1
                except TooManyAttempts:
                    continue
        return let_in

    with ThreadPoolExecutor(threads) as pool:
        assert sum(pool.map(knock, range(threads))) == ACCOUNT_FROM_NETWORK.free
