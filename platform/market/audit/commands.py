"""Shell commands of the record, and what the law lets a person ask for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import people
from market.audit import anchoring, erasing, exporting, personal_data, verifying
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.errors import Refusal

audit = AppGroup("audit", help="The hash-chained record of events and its daily anchors.")


@contextmanager
def _one_snapshot() -> Iterator[Session]:
    """A transaction that sees one state of the record however long it reads."""
    with transaction() as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield session


@audit.command("anchor")
def anchor() -> None:
    """Make the anchor of the last day that is over, unless it is there."""
    with transaction() as session:
        made = anchoring.make_anchor(session, now=current_time())
        if made is None:
            click.echo("锚定值已存在，没有重复生成。")
        else:
            click.echo(f"{made.day} 锚定 {made.stream_count} 条记录链、{made.event_count} 条记录：{made.root}")


@audit.command("verify")
def verify() -> None:
    """Recompute every chain and every anchor; exit status 1 when something is not as it was written."""
    with _one_snapshot() as session:
        verdict = verifying.verify(session)
    for fault in verdict.faults:
        click.echo(f"{fault.place}: {fault.reason} {verifying.REASONS[fault.reason]}")
    click.echo(
        f"{verdict.streams} 条记录链，{verdict.events} 条记录，{verdict.anchors} 个锚定值，{len(verdict.faults)} 处不符"
    )
    sys.exit(1 if verdict.faults else 0)


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(file: Path) -> None:
    """Write the whole record to FILE as JSON lines; tools/verify_record.py checks it without this platform."""
    lines = 0
    with _one_snapshot() as session, file.open("w", encoding="utf-8") as target:
        for line in exporting.record_lines(session, now=current_time()):
            target.write(line + "\n")
            lines += 1
    click.echo(f"已写入 {lines} 行：{file}")


@people.command("export")
@click.argument("email")
def export_person(email: str) -> None:
    """Print everything that the platform holds about a person, as JSON (个人信息保护法 art. 45)."""
    try:
        with transaction() as session:
            found = personal_data.about(session, email)
    except Refusal as refusal:
        click.echo(refusal.sentence, err=True)
        sys.exit(1)
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@people.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def erase_person(email: str, yes: bool) -> None:
    """Make a person unknown: name, address and credentials go, the record stays whole (个人信息保护法 art. 47)."""
    if not yes:
        click.confirm(f"注销 {email} 后不能恢复，继续？", abort=True)
    try:
        with transaction() as session:
            person_id = erasing.erase(session, email, now=current_time())
    except Refusal as refusal:
        click.echo(refusal.sentence, err=True)
        sys.exit(1)
    click.echo(f"已注销：人员 {person_id} 的姓名、邮箱和登录凭据已删除，记录链不变。")


def register(app: Flask) -> None:
    """Add the group to the command line; `people` is there already."""
    app.cli.add_command(audit)
