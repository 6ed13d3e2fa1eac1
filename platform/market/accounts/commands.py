"""Shell commands of people and organisations."""

from __future__ import annotations

import json
import sys

import click
from flask import Flask
from flask.cli import AppGroup

from market.accounts import queries, service
from market.accounts.rules import OrganisationKind
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import Refusal

people = AppGroup("people", help="People who can sign in.")
organisations = AppGroup("organisations", help="Organisations on the platform.")


@people.command("create-operator")
@click.option("--email", prompt=True)
@click.option("--name", prompt=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def create_operator(email: str, name: str, password: str) -> None:
    """Make the first administrator of a fresh installation."""
    try:
        with transaction() as session:
            service.create_operator(session, email=email, display_name=name, password=password, now=current_time())
    except Refusal as refusal:
        click.echo(refusal.sentence, err=True)
        sys.exit(1)
    click.echo(f"平台运营账号已创建：{email}")


@organisations.command("list")
@click.option("--kind", type=click.Choice([kind.value for kind in OrganisationKind]))
@click.option("--json", "as_json", is_flag=True)
def list_organisations(kind: str | None, as_json: bool) -> None:
    """Print the organisations with the code that the other commands take."""
    rows = queries.list_organisations(queries.organisation_filters(kind, "", None))
    if as_json:
        found = [
            {"code": row.code, "name": row.name, "kind": row.kind.value, "verified": row.verified_at is not None}
            for row in rows
        ]
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row.code:<12} {row.kind.value:<14} {row.name}")


def register(app: Flask) -> None:
    """Add the groups to the command line."""
    app.cli.add_command(people)
    app.cli.add_command(organisations)
