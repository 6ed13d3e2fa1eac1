"""The real Elasticsearch is fetched, answers, and ends with its owner; what is missing is told in a sentence."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from market.kernel.runtime.errors import StartRefused
from tests.integration.runtime.support import SOURCE_ROOT, wait_until_empty
from tools.elasticsearch_server import APT_LINE, ARCHIVE, fetch, find_java

OWNER = """
import sys, time
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from pathlib import Path
from tools.elasticsearch_server import ElasticsearchServer
server = ElasticsearchServer(Path(sys.argv[3]), heap="512m")
print(server.start(), flush=True)
time.sleep(600)
"""


def health(url: str) -> dict[str, object]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/_cluster/health")
    answer: dict[str, object] = json.load(connection.getresponse())
    connection.close()
    return answer


@pytest.mark.elasticsearch
@pytest.mark.slow
def test_a_node_runs_and_dies_with_a_killed_owner(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(SOURCE_ROOT), str(SOURCE_ROOT.parent), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        assert health(url)["status"] == "green"
        owner.kill()

    deadline = time.monotonic() + 20
    while is_answering(url) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_answering(url)
    assert wait_until_empty(tmp_path) == []


def is_answering(url: str) -> bool:
    try:
        health(url)
    except (OSError, http.client.HTTPException):
        return False
    return True


def test_missing_java_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StartRefused, match=f"Java is missing; on Debian: {APT_LINE}"):
        find_java()


def test_missing_maven_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StartRefused, match=f"Maven is missing; on Debian: {APT_LINE}"):
        fetch(tmp_path / "cache")

    assert not (tmp_path / "cache").exists()


def test_a_failing_fetch_tells_what_maven_said_and_leaves_no_archive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text("#!/bin/sh\necho 'could not resolve the artifact'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}:/usr/bin:/bin")

    with pytest.raises(StartRefused, match="could not resolve the artifact"):
        fetch(tmp_path / "cache")

    assert not (tmp_path / "cache" / ARCHIVE).exists()
    assert list((tmp_path / "cache").iterdir()) == []
