"""Shell commands of the kernel: the worker."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from market.kernel.worker import run_worker

worker = AppGroup("worker", help="Background work.")


@worker.command("run")
@click.option("--until-idle", is_flag=True, help="Stop when no job is due.")
@click.option("--concurrency", default=2, show_default=True, type=click.IntRange(1, 32))
def run(until_idle: bool, concurrency: int) -> None:
    """Run jobs until stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    run_worker(app, app.config["SQLALCHEMY_DATABASE_URI"], wait=not until_idle, concurrency=concurrency)


def register(app: Flask) -> None:
    """Add the groups to the command line."""
    app.cli.add_command(worker)
