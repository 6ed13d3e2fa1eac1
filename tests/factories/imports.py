"""Imports for tests, brought to their end as the officer and the worker do it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.models import Organisation
from market.achievements.importing import queries, service
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.headings import Column
from market.achievements.importing.remembering import remember, remembered
from market.achievements.importing.running import check_import, run_import


def receive(session: Session, organisation: Organisation, file: OfficeFile, now: datetime) -> int:
    """An import whose recognised columns are confirmed; its check waits."""
    run = service.receive_upload(session, service.Uploader(organisation.id, None), file, now=now)
    service.confirm_columns(session, run.id, service.confirmed_columns(run))
    run_id = run.id
    session.commit()
    return run_id


def check(session: Session, organisation: Organisation, file: OfficeFile, now: datetime) -> int:
    """An import that is checked and waits for approval."""
    run_id = receive(session, organisation, file, now)
    check_import(run_id, now=now)
    return run_id


def approve_and_run(session: Session, run_id: int, now: datetime) -> queries.ImportResult:
    """Approve a checked import and write it."""
    service.approve(session, run_id)
    session.commit()
    run_import(run_id, now=now)
    return queries.import_result(run_id)


def remember_columns(session: Session, organisation: Organisation, now: datetime) -> int:
    """A kind of file whose columns the institution has confirmed."""
    columns = {Column.NUMBER: 0, Column.TITLE: 1, Column.APPLICANTS: 2}
    remember(
        session, organisation.id, ("号码", "名字", "单位"), columns, file_name="自制表.xlsx", person_id=None, now=now
    )
    return remembered(session, organisation.id)[0].id


def import_file(session: Session, organisation: Organisation, file: OfficeFile, now: datetime) -> queries.ImportResult:
    """The whole way."""
    return approve_and_run(session, check(session, organisation, file, now), now)
