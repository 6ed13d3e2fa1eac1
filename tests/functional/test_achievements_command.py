"""`flask achievements import`: the same services from the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.achievements.models import Achievement, ImportRun, IPRight
from tests.factories.office_files import HEADINGS, workbook_bytes
from tests.factories.world import make_institution

NAME = "东海农业大学"
ROWS = [
    ("一种水泵", "CN201710601862.3", NAME, "2017-07-21", "F04D1/00", "摘要"),
    ("坏行", "CN201710601862.9", NAME, "2017-07-21", "", ""),
]


@pytest.fixture
def code(session: Session) -> str:
    made = make_institution(session, name=NAME).organisation.code
    session.commit()
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "清单.xlsx"
    path.write_bytes(workbook_bytes(HEADINGS, ROWS))
    return path


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["achievements", "import", *arguments])


def test_the_command_imports_and_prints_counts_and_refusals(
    app: Flask, session: Session, code: str, file: Path
) -> None:
    result = run(app, str(file), "--institution", code, "--json")
    assert result.exit_code == 0
    printed = json.loads(result.output)
    assert {name: printed[name] for name in ("new", "changed", "same", "refused")} == {
        "new": 1, "changed": 0, "same": 0, "refused": 1,
    }  # fmt: skip
    assert printed["refusals"] == [
        {
            "row": 3,
            "number": "CN201710601862.9",
            "reason": "申请号 CN201710601862.9 的校验位不对，应为 3，请核对是否抄错。",
        }
    ]
    assert session.scalars(select(IPRight.number)).all() == ["201710601862.3"]
    again = json.loads(run(app, str(file), "--institution", code, "--json").output)
    assert (again["new"], again["same"]) == (0, 1)


def test_a_dry_run_prints_the_same_and_writes_nothing(app: Flask, session: Session, code: str, file: Path) -> None:
    printed = json.loads(run(app, str(file), "--institution", code, "--dry-run", "--json").output)
    assert (printed["new"], printed["changed"], printed["same"], printed["refused"]) == (1, 0, 0, 1)
    assert [refusal["row"] for refusal in printed["refusals"]] == [3]
    assert session.scalar(select(func.count(Achievement.id))) == 0
    assert session.scalar(select(func.count(ImportRun.id))) == 0


def test_without_json_it_speaks_in_sentences(app: Flask, code: str, file: Path) -> None:
    output = run(app, str(file), "--institution", code.lower()).output
    assert output.splitlines()[0] == "新增 1 项，更新 0 项，无变化 0 项，未收入 1 项。"
    assert output.splitlines()[1].startswith("第 3 行 CN201710601862.9：")


def test_a_refusal_ends_with_one_and_a_sentence(app: Flask, session: Session, code: str, tmp_path: Path) -> None:
    broken = tmp_path / "坏.xlsx"
    broken.write_text("text")
    result = run(app, str(broken), "--institution", code)
    assert result.exit_code == 1
    assert "这不是 Excel 工作簿" in result.output
    assert session.scalar(select(func.count(ImportRun.id))) == 0


def test_an_unknown_institution_is_refused(app: Flask, file: Path) -> None:
    result = run(app, str(file), "--institution", "NOBODY")
    assert (result.exit_code, result.output.strip()) == (1, "没有代码为 NOBODY 的高校院所。")


def test_misuse_ends_with_two(app: Flask, tmp_path: Path) -> None:
    assert run(app, str(tmp_path / "missing.xlsx"), "--institution", "X").exit_code == 2
    assert run(app).exit_code == 2
