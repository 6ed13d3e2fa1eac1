"""Every route says who may use it, and docs/roles.md says the same."""

from __future__ import annotations

from flask import Flask

from tests.architecture.roles_table import routes, table, written_table


def test_every_route_declares_who_may_use_it(worker_app: Flask) -> None:
    with worker_app.app_context():
        undeclared = [rule.rule for rule, policy in routes(worker_app) if policy is None]

    assert undeclared == []


def test_a_route_without_declaration_is_found(worker_app: Flask) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/open-door", "open_door", lambda: "come in")

    with bare.app_context():
        undeclared = [rule.rule for rule, policy in routes(bare) if policy is None]

    assert undeclared == ["/open-door"]


def test_no_two_routes_answer_the_same_address_and_method(worker_app: Flask) -> None:
    seen = [
        (rule.rule, method)
        for rule in worker_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS"}
    ]

    assert sorted(seen) == sorted(set(seen))


def test_the_written_table_of_roles_is_what_the_views_declare(worker_app: Flask) -> None:
    # after a change: python -m tests.architecture.roles_table
    assert written_table() == table(worker_app)
