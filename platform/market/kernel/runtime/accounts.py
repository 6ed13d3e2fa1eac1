"""The unprivileged user that servers run as when the platform is started by root (they refuse to run as root)."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from market.kernel.runtime.errors import StartRefused

CANDIDATES = ("nobody", "postgres", "daemon")


@dataclass(frozen=True)
class Account:
    """An existing Unix user; none is ever created."""

    name: str
    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """Who a server with its data in `folder` runs as; None means: as we are.

    Root uses the folder's owner when that is an ordinary user, otherwise the first of CANDIDATES.
    Raises StartRefused when there is no such user.
    """
    if os.geteuid() != 0:
        return None
    owner = folder.stat().st_uid if folder.exists() else 0
    if owner != 0:
        found = _lookup(owner)
        if found is not None:
            return found
    for name in CANDIDATES:
        found = _lookup(name)
        if found is not None:
            return found
    raise StartRefused(
        f"以 root 启动时需要一个普通用户（{'、'.join(CANDIDATES)}）来运行数据库，本机没有。"
        f" Started as root, the database needs one of the users {', '.join(CANDIDATES)}; none exists."
    )


def can_read(account: Account | None, paths: Iterable[Path]) -> bool:
    """Whether the account reaches and reads all paths, asked of the kernel by a child running as that account."""
    if account is None:
        return all(os.access(path, os.R_OK) for path in paths)
    script = 'for path in "$@"; do test -r "$path" || exit 1; done'
    command = ["/bin/sh", "-c", script, "sh", *map(str, paths)]
    return (
        subprocess.run(
            command, cwd="/", user=account.uid, group=account.gid, extra_groups=[], check=False, timeout=10
        ).returncode
        == 0
    )


def _lookup(key: str | int) -> Account | None:
    try:
        entry = pwd.getpwnam(key) if isinstance(key, str) else pwd.getpwuid(key)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
