"""Shell commands of the kernel: the worker and the check of the record."""

from __future__ import annotations

import sys

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from market.kernel.db import current_session
from market.kernel.events import Event, verify_stream
from market.kernel.worker import run_worker

worker = AppGroup("worker", help="Background work.")
record = AppGroup("record", help="The hash-chained record of events.")


@worker.command("run")
@click.option("--until-idle", is_flag=True, help="Stop when no job is due.")
@click.option("--concurrency", default=2, show_default=True, type=click.IntRange(1, 32))
def run(until_idle: bool, concurrency: int) -> None:
    """Run jobs until stopped."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    run_worker(app, app.config["SQLALCHEMY_DATABASE_URI"], wait=not until_idle, concurrency=concurrency)


@record.command("verify")
def verify() -> None:
    """Recompute every stream's chain; exit status 1 when a row is not as it was written."""
    session = current_session()
    streams = list(session.scalars(select(Event.stream).distinct().order_by(Event.stream)))
    broken = [link for stream in streams for link in verify_stream(session, stream)]
    for link in broken:
        click.echo(f"{link.stream} #{link.sequence}: {link.reason}")
    click.echo(f"{len(streams)} 条记录链，{len(broken)} 处不符")
    sys.exit(1 if broken else 0)


def register(app: Flask) -> None:
    """Add the groups to the command line."""
    app.cli.add_command(worker)
    app.cli.add_command(record)
