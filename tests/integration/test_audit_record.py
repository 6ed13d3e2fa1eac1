"""Anchors, the check of the whole record, its export and the stand-alone script: nothing can be changed unnoticed."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from market.audit import anchoring, exporting, verifying
from market.audit.models import AuditAnchor
from market.audit.rules import GENESIS_ROOT
from market.audit.verifying import Fault
from market.kernel.db import transaction
from market.kernel.events import Event, EventDraft, record
from tests.conftest import NOW
from tests.factories.world import actor_of, make_institution

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "verify_record.py"
LATER = NOW + timedelta(days=1)
PROTECTED = ("event", "audit_anchor", "audit_anchor_head")


def happen(session: Session, number: int, action: str = "thing.made", **known: object) -> Event:
    return record(session, EventDraft("thing", number, action, NOW, **known))  # type: ignore[arg-type]


@pytest.fixture
def recorded(session) -> Session:
    """Two streams and two anchors; stream 1 grew between them."""
    actor = actor_of(make_institution(session).officer)
    known = {
        "actor_person_id": actor.person_id,
        "actor_organisation_id": actor.organisation_id,
        "state_before": "draft",
        "state_after": "open",
        "reason": "理由",
        "payload": {"名": "值", "数": [1, 2.5, None]},
    }
    happen(session, 1, **known)
    happen(session, 2, **known)
    anchoring.make_anchor(session, now=NOW)
    happen(session, 1, "thing.changed", **known)
    anchoring.make_anchor(session, now=LATER)
    return session


def unprotect(session: Session) -> None:
    """What somebody with the database's own rights can do."""
    for table in PROTECTED:
        session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def things(faults: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.place, fault.reason) for fault in faults]


def test_an_untouched_record_has_no_fault(recorded):
    verdict = verifying.verify(recorded)

    assert (verdict.faults, verdict.anchors) == ([], 2)
    assert verdict.events == recorded.scalar(sa.select(sa.func.count(Event.id)))


def test_an_anchor_covers_every_stream_and_is_chained_to_the_one_before(recorded):
    first, second = recorded.scalars(sa.select(AuditAnchor).order_by(AuditAnchor.day))

    assert (first.day, first.previous_root) == (date(2026, 11, 21), GENESIS_ROOT)
    assert (second.day, second.previous_root) == (date(2026, 11, 22), first.root)
    assert (second.stream_count, second.event_count) == (first.stream_count, first.event_count + 1)


def test_a_day_gets_one_anchor_whatever_happens_after_it(recorded):
    happen(recorded, 3)

    assert anchoring.make_anchor(recorded, now=LATER + timedelta(hours=3)) is None
    assert recorded.scalar(sa.select(sa.func.count(AuditAnchor.id))) == 2


def test_an_anchor_belongs_to_the_day_that_is_over_in_wenzhou():
    before_midnight = NOW.replace(hour=15, minute=59)

    assert anchoring.due_day(before_midnight) == date(2026, 11, 21)
    assert anchoring.due_day(before_midnight + timedelta(minutes=1)) == date(2026, 11, 22)


@pytest.mark.parametrize("table", ["audit_anchor", "audit_anchor_head"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_refuses_to_change_anchors(recorded, table, statement):
    change = {"audit_anchor": "event_count = 0", "audit_anchor_head": "sequence = 1"}[table]
    with pytest.raises(DatabaseError, match="append-only"), recorded.begin_nested():
        recorded.execute(sa.text(statement.format(table, change)))

    assert verifying.verify(recorded).faults == []


EVENT_CHANGES = {
    "id": "id + 1000000",
    "stream": "'thing:9'",
    "sequence": "sequence + 7",
    "subject_kind": "'thinG'",
    "subject_id": "subject_id + 1",
    "action": "'thing.chanGed'",
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "actor_person_id": "(SELECT max(id) FROM person)",
    "actor_organisation_id": "NULL",
    "state_before": "'drafu'",
    "state_after": "NULL",
    "reason": "'理甲'",
    "payload": """'{"名": "值", "数": [1, 2.5, 0]}'""",
    "previous_hash": "overlay(previous_hash placing (CASE left(previous_hash, 1) WHEN '0' THEN '1' ELSE '0' END) from 1)",
    "hash": "overlay(hash placing (CASE left(hash, 1) WHEN '0' THEN '1' ELSE '0' END) from 1)",
}


def test_every_column_of_an_event_is_tried():
    assert set(EVENT_CHANGES) == set(Event.__table__.columns.keys())


@pytest.mark.parametrize("column", EVENT_CHANGES)
@pytest.mark.parametrize(("stream", "sequence"), [("thing:1", 1), ("thing:1", 2), ("thing:2", 1)])
def test_one_changed_value_of_an_event_is_found_and_located(recorded, column, stream, sequence):
    unprotect(recorded)
    where = f"stream = '{stream}' AND sequence = {sequence}"
    changed = recorded.execute(sa.text(f"UPDATE event SET {column} = {EVENT_CHANGES[column]} WHERE {where}"))

    faults = verifying.verify(recorded).faults

    assert changed.rowcount == 1
    assert any(fault.place.startswith((f"{stream} #", "thing:9 #")) for fault in faults)
    assert {fault.place.split(" ")[0] for fault in faults} <= {stream, "thing:9"}


ANCHOR_CHANGES = {
    "audit_anchor": {
        "day": "day - 400",
        "made_at": "made_at + interval '1 microsecond'",
        "stream_count": "stream_count + 1",
        "event_count": "event_count - 1",
        "previous_root": "repeat('f', 64)",
        "root": "repeat('f', 64)",
    },
    "audit_anchor_head": {
        "stream": "'thing:9'",
        "sequence": "7",
        "hash": "repeat('f', 64)",
        "ids_digest": "repeat('f', 64)",
    },
}


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in ANCHOR_CHANGES.items() for column in columns]
)
def test_one_changed_value_of_an_anchor_is_found(recorded, table, column):
    unprotect(recorded)
    where = "day = '2026-11-22'" if table == "audit_anchor" else "stream = 'thing:2'"
    recorded.execute(sa.text(f"UPDATE {table} SET {column} = {ANCHOR_CHANGES[table][column]} WHERE {where}"))

    assert any(fault.place.startswith("anchor 20") for fault in verifying.verify(recorded).faults)


def test_a_stream_whose_last_rows_were_cut_off_is_found_by_its_anchor(recorded):
    unprotect(recorded)
    recorded.execute(sa.text("DELETE FROM event WHERE stream = 'thing:1' AND sequence = 2"))

    assert things(verifying.verify(recorded).faults) == [("thing:1 #2", "missing")]


def test_a_stream_that_was_taken_away_whole_is_found_by_its_anchor(recorded):
    unprotect(recorded)
    recorded.execute(sa.text("DELETE FROM event WHERE stream = 'thing:2'"))

    assert things(verifying.verify(recorded).faults) == [("thing:2 #1", "missing")]


def test_a_history_rewritten_with_right_hashes_contradicts_its_anchor(recorded):
    unprotect(recorded)
    recorded.execute(sa.text("DELETE FROM event WHERE stream = 'thing:2'"))
    happen(recorded, 2, reason="别的理由")

    found = things(verifying.verify(recorded).faults)

    assert ("thing:2 #1", "anchored_hash") in found
    assert {place for place, _ in found} == {"thing:2 #1"}


def exported(session: Session, path: Path) -> Path:
    path.write_text("".join(line + "\n" for line in exporting.record_lines(session, now=LATER)), "utf-8")
    return path


def check_off_line(path: Path, *arguments: str) -> tuple[int, list[str]]:
    """Python in isolated mode: no site-packages, no platform/, no working directory."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(path), *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


def test_the_script_finds_an_untouched_export_whole(recorded, tmp_path):
    last = recorded.scalar(sa.select(AuditAnchor.root).where(AuditAnchor.day == date(2026, 11, 22)))

    status, said = check_off_line(exported(recorded, tmp_path / "record.jsonl"), "--expect", f"2026-11-22={last}")

    verdict = verifying.verify(recorded)
    assert (status, said) == (0, [f"{verdict.streams} streams, {verdict.events} events, 2 anchors, 0 faults"])


def test_the_script_refuses_an_anchor_that_is_not_the_published_one(recorded, tmp_path):
    path = exported(recorded, tmp_path / "record.jsonl")

    status, said = check_off_line(path, "--expect", f"2026-11-22={'f' * 64}")

    assert (status, said[0]) == (1, "anchor 2026-11-22: published")


@pytest.mark.parametrize("change", [*EVENT_CHANGES])
def test_the_script_and_the_platform_find_the_same_faults(recorded, tmp_path, change):
    unprotect(recorded)
    recorded.execute(sa.text(f"UPDATE event SET {change} = {EVENT_CHANGES[change]} WHERE stream = 'thing:2'"))

    status, said = check_off_line(exported(recorded, tmp_path / "record.jsonl"))

    found = {f"{place}: {reason}" for place, reason in things(verifying.verify(recorded).faults)}
    assert status == 1
    assert set(said[:-1]) == found


def test_the_script_misses_no_line_of_the_file(recorded, tmp_path):
    path = exported(recorded, tmp_path / "record.jsonl")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]) + "\n", "utf-8")

    status, said = check_off_line(path)

    assert (status, said[0]) == (1, "end: the file does not hold what its last line says")


def test_the_script_takes_no_other_file_for_an_export(tmp_path):
    path = tmp_path / "other.jsonl"
    path.write_text('{"kind": "event"}\n', "utf-8")

    assert check_off_line(path)[0] == 2


def test_the_commands_anchor_verify_and_export_a_real_database(committed_app, tmp_path):
    shell = committed_app.test_cli_runner()
    with committed_app.app_context(), transaction() as session:
        happen(session, 1)
        happen(session, 1, "thing.changed")

    anchored, again = shell.invoke(args=["audit", "anchor"]), shell.invoke(args=["audit", "anchor"])
    whole = shell.invoke(args=["audit", "verify"])
    file = tmp_path / "record.jsonl"
    export = shell.invoke(args=["audit", "export", str(file)])
    with committed_app.app_context(), transaction() as session:
        unprotect(session)
        session.execute(sa.text("DELETE FROM event WHERE sequence = 2"))
    cut = shell.invoke(args=["audit", "verify"])

    assert "1 条记录链、2 条记录" in anchored.output
    assert again.output == "锚定值已存在，没有重复生成。\n"
    assert (whole.exit_code, whole.output) == (0, "1 条记录链，2 条记录，1 个锚定值，0 处不符\n")
    assert (export.exit_code, len(file.read_text("utf-8").splitlines())) == (0, 6)
    assert json.loads(file.read_text("utf-8").splitlines()[1])["action"] == "thing.made"
    assert check_off_line(file)[0] == 0
    assert (cut.exit_code, cut.output.splitlines()[0]) == (1, "thing:1 #2: missing 已锚定的记录不见了")


def test_one_changed_byte_in_a_copy_of_the_database_is_found(committed_app, tmp_path):
    with committed_app.app_context(), transaction() as session:
        happen(session, 1, reason="理由")
        anchoring.make_anchor(session, now=LATER)
        source = session.connection().engine.url
    name = f"{source.database}_copy"
    copy = sa.create_engine(source.set(database=name))
    server = sa.create_engine(source.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with committed_app.app_context():
        from market.kernel.db import db

        db.session.remove()
        db.engine.dispose()
    with server.connect() as administrator:
        administrator.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {source.database}"))
        try:
            with Session(copy) as tampered:
                unprotect(tampered)
                tampered.execute(sa.text("UPDATE event SET reason = '理甲'"))
                tampered.commit()
            with Session(copy) as reader:
                assert things(verifying.verify(reader).faults) == [("thing:1 #1", "content")]
            copy.dispose()
        finally:
            administrator.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()
    with committed_app.app_context(), transaction() as session:
        assert verifying.verify(session).faults == []


def test_the_hourly_job_makes_one_anchor_a_day(app, clock):
    from market.audit.jobs import anchor
    from market.kernel.db import current_session
    from market.kernel.jobs import registered

    days = []
    for hours in (0, 1, 14, 15, 38):  # 10:00, 11:00, 00:00, 01:00, 00:00 in Wenzhou
        clock.at = NOW + timedelta(hours=hours)
        with app.app_context():
            anchor()
            days.append(current_session().scalar(sa.select(sa.func.count(AuditAnchor.id))))

    assert days == [1, 1, 2, 2, 3]
    assert registered["audit.anchor"].cron == "5 * * * *"
