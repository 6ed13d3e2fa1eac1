"""`platform` is also a module of the standard library: our folder of that name must never hide it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOW = "import platform; print(platform.__file__); print(platform.system())"
ASSERTING = """
import platform
assert platform.__file__ and platform.__file__.endswith("platform.py"), platform
assert platform.system()
"""


def run(*command: str, folder: Path = ROOT, **variables: str) -> str:
    """The output of a fresh process; fails with what it said when it ends badly."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONSAFEPATH": "", "CI": "", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def python(*arguments: str, folder: Path = ROOT, **variables: str) -> str:
    return run(sys.executable, *arguments, folder=folder, **variables)


@pytest.fixture
def asserting_app(tmp_path: Path) -> Path:
    """A module beside nothing, imported by servers started in the root: it looks at `platform` as they see it."""
    (tmp_path / "asserting_app.py").write_text(f"{ASSERTING}\nfrom flask import Flask\napp = Flask('asserting')\n")
    return tmp_path


def test_the_source_root_is_no_package_and_holds_only_the_market() -> None:
    entries = {path.name for path in (ROOT / "platform").iterdir() if not path.name.endswith(".egg-info")}

    assert entries - {"__pycache__"} == {"market"}


def test_no_test_folder_is_named_platform() -> None:
    assert [path for path in (ROOT / "tests").rglob("platform") if path.is_dir()] == []


@pytest.mark.parametrize("search_path", ["", ".", str(ROOT), f"{ROOT}{os.pathsep}{ROOT / 'platform'}"])
def test_a_fresh_interpreter_in_the_root_finds_the_standard_module(search_path: str) -> None:
    place, system = python("-c", SHOW, PYTHONPATH=search_path).splitlines()

    assert Path(place).name == "platform.py"
    assert not Path(place).is_relative_to(ROOT / "platform")
    assert system == os.uname().sysname


def test_a_script_in_the_root_finds_it_as_python_app_py_does() -> None:
    # Given what `python app.py` puts first on the path: the script's own folder, then the source root.
    script = f"import sys; sys.path[0:1] = [{str(ROOT)!r}, {str(ROOT / 'platform')!r}]\n{ASSERTING}\nimport app\n"

    python("-c", script)


def test_flask_run_finds_it(asserting_app: Path) -> None:
    python("-m", "flask", "--app", "asserting_app", "routes", PYTHONPATH=str(asserting_app))


def test_gunicorn_finds_it(asserting_app: Path) -> None:
    python("-m", "gunicorn", "--check-config", "asserting_app:app", PYTHONPATH=str(asserting_app))


def test_alembic_finds_it() -> None:
    head = (ROOT / "migrations" / ".current-head").read_text("ascii").strip()
    address = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"  # reading the revisions connects to nothing

    said = python("-m", "flask", "--app", "app", "db", "heads", DATABASE_URL=address, KEZHUAN_ENV="testing")

    assert said.startswith(f"{head} (head)")


def test_pytest_in_several_processes_finds_it(tmp_path: Path) -> None:
    (tmp_path / "test_seen.py").write_text(
        f"def test_seen():\n    {ASSERTING.strip().replace(chr(10), chr(10) + '    ')}\n"
    )
    arguments = ("-n", "2", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT))

    said = python("-m", "pytest", *arguments, "--confcutdir", str(tmp_path), str(tmp_path / "test_seen.py"))

    assert "1 passed" in said


def test_mypy_knows_it_as_the_standard_module(tmp_path: Path) -> None:
    module = tmp_path / "seen.py"
    module.write_text("import platform\n\nreveal_type(platform.system)\n")
    arguments = ("--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path / "cache"))

    said = python("-m", "mypy", *arguments, str(module))

    assert 'Revealed type is "def () -> str"' in said
