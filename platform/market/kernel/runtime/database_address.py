"""Which database this process talks to."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from click import ClickException

from market.kernel.runtime.embedded_postgres import running_url


class DatabaseSettings(Protocol):
    """The settings that decide."""

    @property
    def database_url(self) -> str | None: ...
    @property
    def instance_path(self) -> Path: ...


class DatabaseMissing(ClickException):
    """No server is named and none runs on the instance folder."""


def database_address(settings: DatabaseSettings) -> str:
    """`DATABASE_URL`, or the embedded server that runs on `INSTANCE_PATH` now; raises DatabaseMissing."""
    address = settings.database_url or running_url(settings.instance_path)
    if address is None:
        raise DatabaseMissing(
            "没有数据库：请先用 make run 启动内置 PostgreSQL，或设置 DATABASE_URL。 "
            "No database: start the embedded one with `make run`, or set DATABASE_URL."
        )
    return address
