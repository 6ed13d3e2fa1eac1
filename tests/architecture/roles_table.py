"""docs/roles.md, made from the policy and the routes: `python -m tests.architecture.roles_table` writes it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from app import create_app
from config import load_settings
from market.accounts.access import RoutePolicy, declared_policy
from market.accounts.bans import BANS, SEPARATION_PROOFS, TWO_PERSONS
from market.accounts.policy import POLICY, SEPARATIONS, Act, Audience, Grant
from market.accounts.rules import ROLES_OF_KIND, Role

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "roles.md"

HEAD = """# Who may do what

Generated from `market/accounts/policy.py`, `market/accounts/bans.py` and the routes by `python -m tests.architecture.roles_table`;
a test holds the page and the code together. What the policy means is decided there, after rules.md section 12.

A person signs in once and acts for one organisation at a time, in the roles that she has there. The kind of an organisation decides
which roles it can give. Two locks guard each page:

- The **route** names an act (`@allowed(Act.…)`), and the act's line in the policy says who may do it: a visitor is sent to the sign-in
  page, somebody in another role gets 403. The service behind it requires the same act.
- The **row** comes through a loader that takes the acting person (`access.py` of each subject) and asks the policy how far the act
  reaches. "Not yours" looks like "not there": both are the same 404.

A role begins and ends with the next request: the roles are read anew each time, and a person whose account is switched off is signed
out. An institution, broker, fund or insurer that signed up by itself gives no role before the operator verified it; an enterprise may
look around, but applies and bids only once it is verified.

`tests/functional/test_access_matrix.py` tries every route as every role on an own, a foreign and a missing row.
"""


def routes(app: Flask) -> list[tuple[Rule, RoutePolicy | None]]:
    """Every rule but the static files with what its view declares (None = nothing), by address."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    return [
        (rule, declared_policy(rule.endpoint)) for rule in sorted(rules, key=lambda rule: (rule.rule, methods(rule)))
    ]


def methods(rule: Rule) -> str:
    """`GET, POST`."""
    return ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def who(grant: Grant) -> str:
    """To whom an act is open, in the order of the roles, with the rows where they differ."""
    if grant.audience is not Audience.ROLES:
        return grant.audience.value
    return ", ".join(f"`{role.value}`" for role in Role if role in grant.roles)


def reach(grant: Grant) -> str:
    """The rows of an act: one answer, or one for each role."""
    if grant.reaches is not None:
        return grant.reaches.value
    found = {
        rows: [role for role in Role if grant.rows.get(role) is rows] for rows in dict.fromkeys(grant.rows.values())
    }
    if len(found) == 1:
        return next(iter(found)).value
    return "; ".join(f"{rows.value}: " + ", ".join(f"`{role.value}`" for role in held) for rows, held in found.items())


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown."""
    heads = list(headings)
    lines = [heads, ["---"] * len(heads), *map(list, rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def roles() -> str:
    """The roles with what each may and may not."""
    kind_of = {role: kind for kind, held in ROLES_OF_KIND.items() for role in held}
    rows = []
    for role in Role:
        may = [f"{grant.does} ({grant.rows[role].value})" for grant in POLICY.values() if role in grant.roles]
        may_not = [ban.what for ban in BANS if ban.role is role]
        rows.append(
            [
                f"`{role.value}`",
                role.label,
                f"`{kind_of[role].value}`",
                "; ".join(may) or "reads what is public; her own pages come later",
                "; ".join(may_not),
            ]
        )
    return table(["role", "who", "organisation", "may", "may not"], rows)


def bans() -> str:
    """Every "may not" with its basis and the tests that hold it."""
    return table(
        ["role", "may not", "basis", "held by"],
        [[f"`{ban.role.value}`", ban.what, ban.basis, held_by(ban.proofs, ban.comes_with)] for ban in BANS],
    )


def held_by(proofs: Iterable[str], comes_with: str) -> str:
    """Names of tests, or with what the rule arrives."""
    named = [f"`{proof}`" for proof in proofs]
    return "<br>".join([*named, *([f"comes with {comes_with}"] if comes_with else [])])


def separations() -> str:
    """Acts that somebody else must have prepared."""
    rows = []
    for act, separation in SEPARATIONS.items():
        others = [f"`{before.value}`" for before in separation.after]
        others += [separation.after_being] if separation.after_being else []
        rows.append([f"`{act.value}`", ", ".join(others), separation.basis, f"`{SEPARATION_PROOFS[act]}`"])
    return table(["act", "not by who did or is", "basis", "held by"], rows)


def two_persons() -> str:
    """The two-person list of rules.md."""
    return table(
        ["what", "act", "held by"],
        [
            [line.what, f"`{line.act.value}`" if line.act else "—", held_by(line.proofs, line.comes_with)]
            for line in TWO_PERSONS
        ],
    )


def acts() -> str:
    """The policy itself."""
    rows = [
        [f"`{act.value}`", POLICY[act].does, who(POLICY[act]), reach(POLICY[act]), "yes" if POLICY[act].writes else ""]
        for act in Act
    ]
    return table(["act", "what", "who", "rows", "changes something"], rows)


def route_table(app: Flask) -> str:
    """The routes with their acts."""
    with app.app_context():
        found = [(rule, policy) for rule, policy in routes(app) if policy is not None]
    rows = [[f"`{rule.rule}`", methods(rule), f"`{policy.act.value}`", who(policy.grant)] for rule, policy in found]
    return table(["address", "method", "act", "who"], rows)


def document(app: Flask) -> str:
    """The whole page."""
    parts = {
        "Roles": roles(),
        "What a role may never do": "Of rules.md section 12, with the tests that try it.\n\n" + bans(),
        "One person, two steps": "Nobody does the second step of what she began, whatever her roles.\n\n"
        + separations(),
        "Two persons": "The list of rules.md section 12. What is not built cannot be reached.\n\n" + two_persons(),
        "Acts": acts(),
        "Routes": route_table(app),
    }
    return HEAD + "".join(f"\n## {title}\n\n{text}" for title, text in parts.items())


def main() -> int:
    """Write the page; nothing is asked of the database."""
    with tempfile.TemporaryDirectory() as directory:
        nowhere = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
        settings = {"KEZHUAN_ENV": "testing", "DATABASE_URL": nowhere, "INSTANCE_PATH": directory}
        DOCUMENT.write_text(document(create_app(load_settings(settings))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
