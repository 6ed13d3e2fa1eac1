"""Import of an office file, rows a second, against bare parsing of the same file plus bare COPY of the same rows.

An import reads the file three times (upload, check, writing) and compares every row with the register twice: at the
check, which writes down what would happen, and again in the one transaction that writes the register. A second file of
`LARGE_ROWS` rows shows that memory stays bounded: the peak of the process, which also made that file.

One embedded PostgreSQL with fsync on, one process. Bare parsing is calamine, the quickest reader that we know; bare
COPY writes the same six columns into a table without constraint, index or event. What the import does beside: check
digits, ownership, comparison with the register, three tables, and one hash-chained event a row.
"""

from __future__ import annotations

import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from flask_migrate import upgrade
from python_calamine import CalamineWorkbook

from app import create_app
from config import load_settings
from market.achievements.importing import queries, service
from market.achievements.importing.files import OfficeFile
from market.achievements.importing.running import check_import, run_import
from market.achievements.importing.workbook import RowSpool
from market.achievements.vocabulary import RowOutcome
from market.kernel.db import db, transaction
from market.kernel.runtime.embedded_postgres import EmbeddedPostgres
from tests.factories.office_files import Sample, number_of, sample, workbook_bytes
from tests.factories.world import make_organisation

LARGE_ROWS = 100_000
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
ROUNDS = 3


def measure(context: object | None = None) -> list[dict[str, Any]]:  # noqa: ARG001
    """Rows for the runner: rows a second and ratios; the bare figures are the best of three."""
    directory = Path(tempfile.mkdtemp(prefix="kezhuan-bench-"))
    try:
        given = sample(directory)
        with EmbeddedPostgres(directory / "instance") as server:
            settings = load_settings({"DATABASE_URL": server.url, "INSTANCE_PATH": str(directory / "instance")})
            app = create_app(settings)
            with app.app_context():
                upgrade()
                rows = _measured(given, server.url.replace("postgresql+psycopg://", "postgresql://"))
                db.session.remove()
                db.engine.dispose()
        return rows
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _measured(given: Sample, database_url: str) -> list[dict[str, Any]]:
    content = given.path.read_bytes()
    parsing = min(_seconds(lambda: _parse(given.path)) for _ in range(ROUNDS))
    table = _parse(given.path)
    copying = min(_seconds(lambda: _copy(database_url, table)) for _ in range(ROUNDS))
    reading = min(_seconds(lambda: RowSpool(OfficeFile("a.xlsx", content), 1).close()) for _ in range(ROUNDS))
    with transaction() as session:
        organisation_id = make_organisation(session, name=given.institution_name).id
    checking, writing = _import(organisation_id, content, RowOutcome.NEW, given.row_count)
    first = checking + writing
    again = sum(_import(organisation_id, content, RowOutcome.SAME, given.row_count))
    large = _large()
    bare, count = parsing + copying, given.row_count
    return [
        {"name": "rows", "value": count, "unit": ""},
        {"name": "bare parsing (calamine)", "value": count / parsing, "unit": "rows/s"},
        {"name": "bare COPY", "value": count / copying, "unit": "rows/s"},
        {"name": "bare parsing + bare COPY", "value": count / bare, "unit": "rows/s"},
        {"name": "our reading alone (streamed, checked)", "value": count / reading, "unit": "rows/s"},
        {"name": "upload and check, every row new", "value": count / checking, "unit": "rows/s"},
        {"name": "writing, every row new", "value": count / writing, "unit": "rows/s"},
        {"name": "import, every row new", "value": count / first, "unit": "rows/s"},
        {"name": "import again, every row the same", "value": count / again, "unit": "rows/s"},
        {"name": "import, every row new / bare", "value": first / bare, "unit": "times the time"},
        {"name": "import again / bare", "value": again / bare, "unit": "times the time"},
        *large,
    ]


def _large() -> list[dict[str, Any]]:
    """A large file from upload to end: seconds, and the process's peak memory before and after."""
    rows = [(number_of(2024, "1", 9_000_000 + serial), f"成果{serial}", "某大学", "2024-05-04", "H02K17/02", "摘要" * 40)
            for serial in range(LARGE_ROWS)]  # fmt: skip
    content = workbook_bytes(("申请号", "名称", "申请人", "申请日", "主分类号", "摘要"), rows)
    del rows
    with transaction() as session:
        organisation_id = make_organisation(session).id
    before = _peak_megabytes()
    checking, writing = _import(organisation_id, content, RowOutcome.NEW, LARGE_ROWS)
    return [
        {"name": "100,000 rows: check", "value": checking, "unit": "s"},
        {"name": "100,000 rows: writing", "value": writing, "unit": "s"},
        {"name": "peak memory before the 100,000 rows", "value": before, "unit": "MB"},
        {"name": "peak memory after the 100,000 rows", "value": _peak_megabytes(), "unit": "MB"},
    ]


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _seconds(step: Callable[[], object]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def _parse(path: Path) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return rows[1:]


def _copy(database_url: str, rows: list[list[Any]]) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_bare")
        connection.execute("CREATE TABLE bench_bare (a text, b text, c text, d text, e text, f text)")
        with connection.cursor().copy("COPY bench_bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _import(organisation_id: int, content: bytes, expected: RowOutcome, count: int) -> tuple[float, float]:
    """Seconds from the upload to the end of the check, and from the approval to the end, as pages and worker do it."""
    begin = time.perf_counter()
    with transaction() as session:
        file = OfficeFile("清单.xlsx", content)
        run = service.receive_upload(session, service.Uploader(organisation_id, None), file, now=NOW)
        service.confirm_columns(session, run.id, service.confirmed_columns(run))
        run_id = run.id
    check_import(run_id, now=NOW)
    checked = time.perf_counter()
    with transaction() as session:
        service.approve(session, run_id)
    run_import(run_id, now=NOW)
    ended = time.perf_counter()
    assert queries.import_result(run_id).counts[expected] == count
    return checked - begin, ended - checked
