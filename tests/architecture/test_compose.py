"""compose.yaml is what the platform, the tools and the documents say; it holds no secret."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from config import load_settings
from search.engines import build_engine
from search.engines.elasticsearch import ElasticsearchEngine
from tools.elasticsearch_security import ROLE, ROLES_FILE, USER
from tools.elasticsearch_server import VERSION

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^(?P<indent> *)(?:(?P<item>- .+)|(?P<key>[\w.]+):(?: (?P<value>.+))?)$")
SECRET = re.compile(r"PASSWORD|SECRET|KEY$|TOKEN")
GIVEN = {
    "DATABASE_PASSWORD": "p" * 20,
    "SEARCH_PASSWORD": "s" * 20,
    "SECRET_KEY": "k" * 40,
    "PUBLIC_URL": "https://m.cn",
}


def read(text: str) -> dict[str, Any]:
    """The part of YAML that the file is written in: mappings, lists of texts, texts. Anything else is refused."""
    root: dict[str, Any] = {}
    open_parts: list[tuple[int, Any]] = [(-1, root)]
    empty: tuple[int, dict[str, Any], str] | None = None
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = LINE.match(line)
        assert found, line
        depth = len(found["indent"])
        while open_parts[-1][0] >= depth:
            open_parts.pop()
        if empty is not None and depth > empty[0]:
            part: Any = [] if found["item"] else {}
            empty[1][empty[2]] = part
            open_parts.append((empty[0], part))
        within, empty = open_parts[-1][1], None
        if found["item"]:
            within.append(found["item"][2:])
            continue
        assert found["key"] not in within, line
        within[found["key"]] = (found["value"] or "").strip('"') if found["value"] else None
        if found["value"] is None:
            empty = (depth, within, found["key"])
    return root


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return read((ROOT / "compose.yaml").read_text("utf-8"))


def test_the_reader_refuses_what_it_does_not_know() -> None:
    assert read("a:\n  b: c\n  d:\n    - e\nf:\n") == {"a": {"b": "c", "d": ["e"]}, "f": None}
    for wrong in ("a\n", "a: b\na: c\n", "\ta: b\n", "a: b\n - c: d\n e\n"):
        with pytest.raises((AssertionError, AttributeError)):
            read(wrong)


def test_servers_are_of_the_versions_that_are_tested(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["postgres"]["image"] == "postgres:15"
    assert {services[name]["image"] for name in ("elasticsearch", "certificates")} == {f"elasticsearch:{VERSION}"}


def test_every_secret_comes_from_outside(compose: dict[str, Any]) -> None:
    told = {name: value for one in compose["services"].values() for name, value in one.get("environment", {}).items()}
    secrets = {name: value for name, value in told.items() if SECRET.search(name)}
    assert len(secrets) == 4
    assert [name for name, value in secrets.items() if not re.fullmatch(r"\$\{[A-Z_]+:\?\}", value)] == []
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?\}", (ROOT / "compose.yaml").read_text("utf-8")))
    assert wanted == set(GIVEN)
    assert [name for name in wanted if name not in (ROOT / "docs" / "running.md").read_text("utf-8")] == []


def test_the_platform_starts_in_production_with_what_the_file_tells_it(compose: dict[str, Any]) -> None:
    image = re.search(r"^ENV (.+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert image is not None
    told = dict(pair.split("=", 1) for pair in image[1].split())
    for name, value in compose["services"]["platform"]["environment"].items():
        told[name] = re.sub(r"\$\{([A-Z_]+):\?\}", lambda match: GIVEN[match[1]], value)
    settings = load_settings(told)
    assert settings.is_production
    assert settings.elasticsearch_username == USER
    known = (ROOT / "config.py").read_text("utf-8")
    assert [name for name in told if f'"{name}"' not in known] == []
    del told["ELASTICSEARCH_CA_CERTS"]  # a file of the container
    assert isinstance(build_engine(load_settings(told)), ElasticsearchEngine)


def test_volumes_and_files_that_are_mounted_exist(compose: dict[str, Any]) -> None:
    mounts = [one.split(":")[0] for service in compose["services"].values() for one in service.get("volumes", [])]
    named = {one for one in mounts if not one.startswith(".")}
    assert named == set(compose["volumes"])
    assert [one for one in mounts if one.startswith(".") and not (ROOT / one).exists()] == []
    for service in compose["services"].values():
        script = re.search(r"/deploy/(\S+)", service.get("entrypoint", ""))
        assert script is None or (ROOT / "deploy" / script[1]).is_file()


@pytest.mark.parametrize("script", ["certificates.sh", "elasticsearch-start.sh"])
def test_its_scripts_can_be_read_by_bash(script: str) -> None:
    done = subprocess.run(["bash", "-n", ROOT / "deploy" / script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_role_covers_the_indices_of_the_default_prefix() -> None:
    prefix = load_settings({}).elasticsearch_index_prefix
    role = ROLES_FILE.read_text("utf-8")
    assert f'names: ["{prefix}-*"]' in role
    assert f"\n{ROLE}:\n" in role
    assert f"useradd {USER} " in (ROOT / "deploy" / "elasticsearch-start.sh").read_text("utf-8")
    assert f"-r {ROLE}\n" in (ROOT / "deploy" / "elasticsearch-start.sh").read_text("utf-8")
