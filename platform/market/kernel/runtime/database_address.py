"""Which database a process talks to: the configured one, the running embedded one, or one of its own."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from market.kernel.runtime.embedded_postgres import EmbeddedPostgres, running_url
from market.kernel.runtime.errors import StartRefused

if TYPE_CHECKING:
    from config import Settings


def database_address(settings: Settings) -> str:
    """The SQLAlchemy address.

    Without `DATABASE_URL`, a command typed beside a running platform uses that platform's server; alone, it starts the
    embedded server for as long as its process lives. Raises StartRefused when that is impossible.
    """
    known = settings.database_url or running_url(settings.instance_path)
    if known:
        return known
    server = EmbeddedPostgres(settings.instance_path)
    try:
        url = server.start()
    except StartRefused:
        started_meanwhile = running_url(settings.instance_path)
        if started_meanwhile is None:
            raise
        return started_meanwhile
    atexit.register(server.stop)
    return url
