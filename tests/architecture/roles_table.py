"""The table of docs/roles.md, made from what the views declare: `python -m tests.architecture.roles_table` writes it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from app import create_app
from config import load_settings
from market.accounts.access import RoutePolicy, declared_policy
from market.accounts.policy import Audience
from market.accounts.rules import Role

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "roles.md"
BEGIN, END = "<!-- routes: begin -->", "<!-- routes: end -->"


def routes(app: Flask) -> list[tuple[Rule, RoutePolicy | None]]:
    """Every rule but the static files with what its view declares (None = nothing), by address."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    return [
        (rule, declared_policy(rule.endpoint)) for rule in sorted(rules, key=lambda rule: (rule.rule, methods(rule)))
    ]


def methods(rule: Rule) -> str:
    """`GET, POST`."""
    return ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def who(policy: RoutePolicy) -> str:
    """Who may use a route, in the order of the roles."""
    grant = policy.grant
    if grant.audience is not Audience.ROLES:
        return grant.audience.value
    return ", ".join(f"`{role.value}`" for role in Role if role in grant.roles)


def table(app: Flask) -> str:
    """The table between the two marks."""
    with app.app_context():
        lines = [
            f"| `{rule.rule}` | {methods(rule)} | {who(policy)} |" for rule, policy in routes(app) if policy is not None
        ]
    return "\n".join(["| address | method | who |", "| --- | --- | --- |", *lines])


def written_table() -> str:
    """The table as it stands in the document."""
    text = DOCUMENT.read_text("utf-8")
    return text.split(BEGIN)[1].split(END)[0].strip()


def write(app: Flask) -> None:
    """Put the table into the document, between the marks."""
    before, rest = DOCUMENT.read_text("utf-8").split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table(app)}\n{END}{after}", "utf-8")


def main() -> int:
    """Write the table; nothing is asked of the database."""
    with tempfile.TemporaryDirectory() as directory:
        nowhere = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
        settings = {"KEZHUAN_ENV": "testing", "DATABASE_URL": nowhere, "INSTANCE_PATH": directory}
        write(create_app(load_settings(settings)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
