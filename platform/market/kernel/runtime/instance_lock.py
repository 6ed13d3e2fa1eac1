"""One server per data folder, held by the kernel: the lock lives exactly as long as a process that inherited it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from market.kernel.runtime.errors import StartRefused


def take_lock(path: Path, patience_seconds: float = 2.0) -> int:
    """Lock the file and return its descriptor; a server that is just shutting down is waited for.

    It is waited for longer (five times) when the process that started it is gone.

    Raises StartRefused, naming the process, when the lock stays taken.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    started = time.monotonic()
    while not _try(descriptor):
        owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        patience = patience_seconds if _is_alive(owner) else 5 * patience_seconds
        if time.monotonic() - started > patience:
            os.close(descriptor)
            raise StartRefused(
                f"这个数据目录已在运行（进程 {owner}）：{path.parent}。"
                f" Already running on this data folder, pid {owner}; choose another INSTANCE_PATH or stop it."
            )
        time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether a server holds the lock now."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(pid_text: str) -> bool:
    if not pid_text.isdigit():
        return False
    try:
        os.kill(int(pid_text), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
