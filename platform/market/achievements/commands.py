"""`flask achievements import`: the office file from the shell, by the same services as the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from market.accounts.models import Organisation
from market.accounts.queries import organisation_by_code
from market.accounts.rules import OrganisationKind
from market.achievements.errors import FileRefused, ImportRefused
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.queries import import_result
from market.achievements.importing.running import dry_run, import_now
from market.achievements.vocabulary import RowOutcome
from market.kernel.clock import current_time
from market.kernel.db import current_session
from market.kernel.errors import N_, Refusal

achievements = AppGroup("achievements", help="The register of achievements.")


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(achievements)


@achievements.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--institution", "code", required=True, help="Code of the institution (flask organisations list).")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def import_command(file: Path, code: str, is_dry: bool, as_json: bool) -> None:
    """Import an office file into an institution's register and say what became of each row."""
    try:
        institution = _institution(code)
        office_file = OfficeFile(file.name, file.read_bytes())
        result = _dry(institution.id, office_file) if is_dry else _import(institution.id, office_file)
    except Refusal as refusal:
        click.echo(refusal.sentence, err=True)
        raise SystemExit(1) from None
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _sentences(result))


def _institution(code: str) -> Organisation:
    organisation = organisation_by_code(code)
    if organisation is None or organisation.kind != OrganisationKind.INSTITUTION:
        raise ImportRefused("import.no_institution", N_("没有代码为 %(institution)s 的高校院所。"), institution=code)
    return organisation


def _dry(organisation_id: int, file: OfficeFile) -> dict[str, Any]:
    session = current_session()
    result = dry_run(session, organisation_id, file, now=current_time())
    session.rollback()
    return {**{outcome.value: result.counts[outcome] for outcome in RowOutcome}, "refusals": result.refusals}


def _import(organisation_id: int, file: OfficeFile) -> dict[str, Any]:
    result = import_result(import_now(organisation_id, file, now=current_time()))
    if result.failure is not None:
        raise FileRefused("file.failed", result.failure)
    return {
        **{outcome.value: count for outcome, count in result.counts.items()},
        "refusals": [{"row": row.row_number, "number": row.number, "reason": row.reason} for row in result.refusals],
    }


def _sentences(result: dict[str, Any]) -> str:
    head = "新增 {new} 项，更新 {changed} 项，无变化 {same} 项，未收入 {refused} 项。".format(**result)
    lines = [f"第 {row['row']} 行 {row['number']}：{row['reason']}" for row in result["refusals"]]
    return "\n".join([head, *lines])
