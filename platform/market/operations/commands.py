"""Shell commands of the operation."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.holidays import published_years
from market.operations import service

holidays = AppGroup("holidays", help="Statutory holidays, by which periods are counted.")


@holidays.command("load")
@click.option("--year", type=int, help="Only this year (default: every year that the library knows).")
def load(year: int | None) -> None:
    """Load the tables that the library `chinesecalendar` holds, in the place of what was there for those years."""
    years = published_years()
    if year is not None and year not in years:
        click.echo(f"chinesecalendar 还没有 {year} 年的放假安排；请在“节假日”页面载入。", err=True)
        sys.exit(1)
    wanted = {year: years[year]} if year is not None else years
    with transaction() as session:
        for number, days in wanted.items():
            service.load_holidays(session, None, number, days, now=current_time())
    click.echo(f"已载入 {len(wanted)} 年的放假安排（{min(wanted)}–{max(wanted)}）")


def register(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(holidays)
