"""Every route names an act of the policy, every act has its door and its guard, docs/roles.md says the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from market.accounts.bans import BANS, MARKET_WRITES, SEPARATION_PROOFS, TWO_PERSONS
from market.accounts.policy import POLICY, SEPARATIONS, Act, Audience
from market.accounts.rules import Role
from tests.architecture.roles_table import DOCUMENT, document, routes

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for folder in ("platform", "search") for path in sorted((ROOT / folder).rglob("*.py"))]
PROOFS = sorted(
    {proof for ban in BANS for proof in ban.proofs}
    | {proof for line in TWO_PERSONS for proof in line.proofs}
    | set(SEPARATION_PROOFS.values())
)


def test_every_route_names_an_act_of_the_policy(worker_app: Flask) -> None:
    # declare it: @allowed(Act.…) of market.accounts.access, with a line in market.accounts.policy
    with worker_app.app_context():
        without = [rule.rule for rule, policy in routes(worker_app) if policy is None]

    assert without == []


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


def test_whatever_takes_a_form_names_an_act_that_changes_something(worker_app: Flask) -> None:
    with worker_app.app_context():
        found = [(rule, policy.grant) for rule, policy in routes(worker_app) if policy is not None]

    assert [rule.rule for rule, grant in found if "POST" in (rule.methods or set()) and not grant.writes] == []
    only_read = [(rule, grant) for rule, grant in found if "POST" not in (rule.methods or set())]
    assert [rule.rule for rule, grant in only_read if grant.writes and not grant.is_housekeeping] == []


def test_every_act_has_a_line_in_the_policy_and_a_door(worker_app: Flask) -> None:
    with worker_app.app_context():
        behind_doors = {policy.act for _, policy in routes(worker_app) if policy is not None}

    assert set(POLICY) == set(Act)
    assert set(Act) - behind_doors == set()


def test_every_act_that_changes_the_market_is_required_by_its_service_too() -> None:
    required = {
        ast.unparse(call.args[1])
        for path in SOURCES
        if "views" not in path.name and "views" not in path.parts
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("require", "policy.require")
    }

    assert {f"Act.{act.name}" for act in MARKET_WRITES} - required == set()


def test_nobody_but_the_policy_asks_for_a_role() -> None:
    asking = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        if path.name not in ("rules.py", "policy.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\.(has|require)\(\*?(Role\.|[A-Z_]+\))|for_roles", line)
    ]

    assert asking == []


def test_a_role_decides_or_the_audience_does() -> None:
    assert [act for act, grant in POLICY.items() if (grant.audience is Audience.ROLES) != bool(grant.rows)] == []
    assert [act for act, grant in POLICY.items() if (grant.reaches is None) != bool(grant.rows)] == []


def test_the_policy_grants_no_role_what_it_may_never_do() -> None:
    granted = [(ban.role, act) for ban in BANS for act in ban.never if ban.role in POLICY[act].roles]

    assert granted == []


def test_every_role_has_its_may_not() -> None:
    assert {ban.role for ban in BANS} == set(Role)
    assert [ban.what for ban in BANS if not ban.proofs and not ban.comes_with] == []
    assert [line.what for line in TWO_PERSONS if line.act is None and not line.comes_with] == []
    assert set(SEPARATION_PROOFS) == set(SEPARATIONS)
    assert [line.what for line in TWO_PERSONS if line.act is not None and line.act not in SEPARATIONS] == []


@pytest.mark.parametrize("proof", PROOFS)
def test_the_test_that_a_rule_names_exists(proof: str) -> None:
    path, name = proof.split("::")
    functions = {
        node.name for node in ast.parse((ROOT / path).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    }

    assert name in functions


def test_the_page_of_roles_is_what_policy_and_routes_say(worker_app: Flask) -> None:
    # after a change: python -m tests.architecture.roles_table
    assert DOCUMENT.read_text("utf-8") == document(worker_app)
