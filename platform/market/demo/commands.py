"""Shell commands of the demonstration."""

from __future__ import annotations

import sys
import unicodedata

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from market.accounts.models import Membership, MembershipRole, Organisation, Person
from market.accounts.rules import Role
from market.demo.cast import PASSWORD
from market.demo.loading import DemoRefused, load
from market.demo.world import load_world
from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.errors import N_

demo = AppGroup("demo", help="The demonstration: invented data in an empty database.")


@demo.command("load")
def load_demo() -> None:
    """Load the demonstration; refused in production and in a database that is not empty."""
    try:
        _refuse_production()
        with transaction() as session:
            loaded = load(session, current_time())
    except DemoRefused as refusal:
        click.echo(refusal.sentence, err=True)
        sys.exit(1)
    counts = "，".join(f"{_NOUNS[name]} {count}" for name, count in loaded.counts.items())
    click.echo(f"演示数据已装入：{counts}。演示数据，与所列单位无关。")


_NOUNS = {
    "organisations": "机构",
    "people": "账号",
    "achievements": "成果",
    "listings": "挂牌",
    "lots": "竞价标的",
    "bids": "出价",
    "applications": "申请",
    "deals": "交易",
}


def _refuse_production() -> None:
    if current_app.extensions["kezhuan_settings"].is_production:
        raise DemoRefused("demo.production", N_("生产环境（KEZHUAN_ENV=production）不装入演示数据。"))


@demo.command("accounts")
@click.option("--all", "prints_all", is_flag=True, help="Everybody, not only one or two for each role.")
def print_accounts(prints_all: bool) -> None:
    """Print who can sign in to the demonstration, and with which password."""
    everybody = _accounts()
    if not everybody:
        click.echo("没有演示账号：数据库里没有演示数据。")
        return
    shown = {entry.email for entry in load_world().people if entry.is_shown}
    rows = [row for row in everybody if prints_all or row[0] in shown]
    click.echo(f"演示账号（密码都是 {PASSWORD}）")
    widths = [max(_width(row[column]) for row in rows) for column in range(2)]
    for email, role, organisation in rows:
        click.echo(f"  {_padded(email, widths[0])}  {_padded(role, widths[1])}  {organisation}")
    if not prints_all:
        click.echo(f"  全部 {len(everybody)} 个身份：flask demo accounts --all")


def _accounts() -> list[tuple[str, str, str]]:
    """E-mail, role and organisation of every demonstration membership, in the order in which they were recorded."""
    statement = (
        select(Person.email, MembershipRole.role, Organisation.name)
        .join(Membership, Membership.person_id == Person.id)
        .join(MembershipRole, MembershipRole.membership_id == Membership.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.is_demo, Person.is_enabled, Membership.ended_at.is_(None))
        .order_by(Person.id, Membership.id, MembershipRole.role)
    )
    return [(email, Role(role).label, name) for email, role, name in current_session().execute(statement)]


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def register(app: Flask) -> None:
    """Add the group to the command line."""
    app.cli.add_command(demo)
