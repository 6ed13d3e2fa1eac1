"""Imports point one way, decisions stand on nothing but the language, and only config.py reads the environment."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MARKET = ROOT / "platform" / "market"
PURE_FILES = sorted([*MARKET.glob("*/rules.py"), *MARKET.glob("*/vocabulary.py")])
PURE = [".".join(path.relative_to(MARKET.parent).with_suffix("").parts) for path in PURE_FILES]
PURE_KERNEL = ["market.kernel.errors", "market.kernel.money", "market.kernel.transitions"]
FOLDERS = ("platform", "search", "migrations", "tools")
PRODUCT = [ROOT / "app.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]


def imported(*statements: str, folders: list[Path]) -> subprocess.CompletedProcess[str]:
    """A bare interpreter: no site-packages, only the standard library and these folders."""
    code = f"import sys; sys.path += {[str(folder) for folder in folders]!r}; " + "; ".join(statements)
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def allowed(tmp_path: Path) -> list[Path]:
    """The source root and python-stdnum, whose check digits the rules use; nothing else that is installed."""
    spec = find_spec("stdnum")
    assert spec is not None
    assert spec.origin is not None
    (tmp_path / "stdnum").symlink_to(Path(spec.origin).parent)
    return [ROOT / "platform", tmp_path]


def test_every_subject_with_rules_is_looked_at() -> None:
    assert {name.split(".")[1] for name in PURE} >= {
        "accounts", "achievements", "listings", "auctions", "deals", "evaluation",
    }  # fmt: skip


@pytest.mark.parametrize("module", PURE + PURE_KERNEL)
def test_decisions_import_in_a_bare_interpreter(module: str, allowed: list[Path]) -> None:
    done = imported(f"import {module}", folders=allowed)

    assert done.stderr == ""


def test_the_bare_interpreter_has_neither_flask_nor_sqlalchemy(allowed: list[Path]) -> None:
    assert "No module named 'flask'" in imported("import market.kernel.clock", folders=allowed).stderr
    assert "No module named 'sqlalchemy'" in imported("import market.kernel.orm", folders=allowed).stderr


@pytest.mark.parametrize("path", PURE_FILES, ids=PURE)
def test_decisions_read_no_clock(path: Path) -> None:
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]

    assert [name for name in calls if name in {"now", "utcnow", "today", "time_ns", "perf_counter"}] == []


def test_the_arrows_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "pyproject.toml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert ", 0 broken." in done.stdout, done.stdout[-3000:] + done.stderr
    assert done.returncode == 0


def environment_reads(source: str) -> Iterator[int]:
    """Lines that reach for the environment."""
    names = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os":
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "os" and {alias.name for alias in node.names} & names:
            yield node.lineno


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['A']", "import os\nos.getenv('A')", "import x\nfrom os import environ"]
)
def test_the_look_for_the_environment_finds_it(source: str) -> None:
    assert list(environment_reads(source)) == [2]


def test_only_the_settings_read_the_environment() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}" for path in PRODUCT for line in environment_reads(path.read_text("utf-8"))
    }

    assert found == set()
