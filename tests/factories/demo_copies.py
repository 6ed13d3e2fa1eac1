"""The demo world, loaded once a test run and copied for whoever starts the platform on it.

Loading takes the platform half a minute, and the jobs that follow as long again. So the first test that asks starts
the platform once on an empty database of the run's server and lets the worker finish; PostgreSQL then copies that
database (CREATE DATABASE … TEMPLATE) within a second, and the folder with the search index goes along. The worker
processes of a run share what was loaded: the first one holds a lock while it loads, the others wait for it.
"""

from __future__ import annotations

import fcntl
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import TEMPLATE, admin_execute, run_folder, url_of
from tests.factories.started_platform import started_platform

LOADED = "kezhuan_demo"


@contextmanager
def demo_copy(instance_path: Path) -> Iterator[str]:
    """The address of a database that holds the demo world with no job due; its search index is put into the folder.

    The database is dropped at the end.
    """
    shutil.copytree(_loaded_instance(), instance_path, dirs_exist_ok=True)
    name = f"kezhuan_{uuid.uuid4().hex[:12]}"
    admin_execute(f"CREATE DATABASE {name} TEMPLATE {LOADED}")
    try:
        yield url_of(name)
    finally:
        admin_execute(f"DROP DATABASE {name} WITH (FORCE)")


def _loaded_instance() -> Path:
    """The instance folder of the loaded world; made with its database when this run has not done so yet."""
    folder = run_folder() / "demo"
    folder.mkdir(exist_ok=True)
    instance, done = folder / "instance", folder / "done"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(instance, ignore_errors=True)
            admin_execute(
                f"DROP DATABASE IF EXISTS {LOADED} WITH (FORCE)", f"CREATE DATABASE {LOADED} TEMPLATE {TEMPLATE}"
            )
            with started_platform(instance, url_of(LOADED), WEB_PROCESSES="1") as platform:
                platform.wait_for_worker()
            done.touch()
    return instance
