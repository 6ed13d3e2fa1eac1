"""Shell commands of the evaluation."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from market.evaluation import service
from market.kernel.clock import current_time
from market.kernel.db import transaction

facts = AppGroup("facts", help="Facts that the evaluation counts.")


@facts.command("rebuild")
def rebuild() -> None:
    """Derive every fact anew from the event rows, in one transaction."""
    with transaction() as session:
        total = service.rebuild(session, now=current_time())
    click.echo(f"已从事件记录重新推导 {total} 条事实。")


def register(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(facts)
