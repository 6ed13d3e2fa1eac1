"""What the documents name exists, and what exists is named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from click import Group
from flask import Flask

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
SETTING_ROW = re.compile(r"^\|\s*`([A-Z][A-Z0-9_]+)`", re.MULTILINE)
COMMAND = re.compile(r"(?<![\w-])flask(?: --app app)? ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
TARGET = re.compile(r"`make ([a-z0-9-]+)`|^ {4}make ([a-z0-9-]+)", re.MULTILINE)
CODE = re.compile(r"^```[^\n]*\n.*?^```|`[^`\n]+`|^ {4}[^\n]*$", re.MULTILINE | re.DOTALL)


def text_of_documents() -> str:
    return "\n".join(path.read_text("utf-8") for path in DOCUMENTS)


def settings_read() -> set[str]:
    """Names of the variables that config.py asks for."""
    tree = ast.parse((ROOT / "config.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    asked = [call.args[0] for call in calls if ast.unparse(call.func) == "source.get"]
    asked += [call.args[1] for call in calls if ast.unparse(call.func) in ("_number", "_one_of")]
    return {name.value for name in asked if isinstance(name, ast.Constant)}


def test_the_settings_are_found() -> None:
    assert {"KEZHUAN_ENV", "SECRET_KEY", "DATABASE_URL", "INSTANCE_PATH", "PORT", "MAX_UPLOAD_MB"} <= settings_read()


def test_the_readme_explains_every_setting_and_no_other() -> None:
    explained = SETTING_ROW.findall((ROOT / "README.md").read_text("utf-8"))

    assert sorted(explained) == sorted(settings_read())


def commands_named() -> set[tuple[str, str]]:
    """(command, following word) of every `flask …` in code."""
    pieces = [piece.strip("`").strip() for piece in CODE.findall(text_of_documents())]
    return {(first, second) for piece in pieces for first, second in COMMAND.findall(piece)}


def test_every_command_that_the_documents_name_exists(worker_app: Flask) -> None:
    from flask.cli import FlaskGroup

    known: dict[str, object] = {**FlaskGroup().commands, **worker_app.cli.commands}
    unknown = [
        (first, second)
        for first, second in commands_named()
        if first not in known or (isinstance(known[first], Group) and second not in known[first].commands)  # type: ignore[attr-defined]
    ]

    assert unknown == []


def test_the_documents_name_every_command_of_ours(worker_app: Flask) -> None:
    ours = {
        (group, name)
        for group, command in worker_app.cli.commands.items()
        if group != "db" and isinstance(command, Group)
        for name in command.commands
    }

    assert ours - commands_named() == set()


def test_every_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {first or second for first, second in TARGET.findall(text_of_documents())}

    assert named - targets == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_links_to_exists(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text("utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []
