"""`flask search suggestions [--rebuild]`: compare the suggested terms with the public listings, and repair."""

from __future__ import annotations

import click
from flask import Flask

from search.commands import search
from search.suggesting import keeping


@search.command("suggestions")
@click.option("--rebuild", "is_anew", is_flag=True, help="Take the terms of every listing anew.")
def suggestions(is_anew: bool) -> None:
    """Compare every public listing with the terms kept of it and repair; what was suggested stays so meanwhile."""
    outcome = keeping.rebuild() if is_anew else keeping.reconcile()
    click.echo(f"联想词：更新 {outcome.updated} 条挂牌，移出 {outcome.removed} 条")


def register(app: Flask) -> None:
    """The group `search` is registered by search.commands; importing this module adds to it."""
