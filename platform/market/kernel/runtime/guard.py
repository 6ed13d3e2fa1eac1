"""Keep one child process and never outlive the owner: run by path with a bare interpreter, standard library only.

The owner holds the write end of this process's standard input. A byte there asks for a clean stop: the guard sends the
stop signal, waits `--grace` seconds and kills what is left of the child's process group. When the pipe closes without
a byte, the owner is gone (an exception, kill -9): the same, after `--orphan-grace` seconds. Should the guard itself be
killed, the kernel signals the child (Linux).
Exit status: the child's; 128 + n when signal n ended it.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
STANDARD_INPUT = 0


def signal_on_parent_death(number: int) -> None:
    """Ask the kernel to signal this process when its parent dies; does nothing where there is no prctl."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)


def main(arguments: list[str]) -> int:
    """Run the command until it ends or the owner goes; return its exit status."""
    options = _parse(arguments)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    asked_to_stop: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            asked_to_stop.append(number)

    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, note)
    child = _start(options)
    while child.poll() is None and not asked_to_stop:
        ready, _, _ = select.select([STANDARD_INPUT, wake_read], [], [])
        if wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 1024)
        if STANDARD_INPUT in ready:
            if not os.read(STANDARD_INPUT, 1024):
                options.grace = min(options.grace, options.orphan_grace)
            break
    status = _end(child, options)
    for folder in options.remove:
        shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="guard")
    parser.add_argument("--stop-signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--grace", type=float, default=10.0, help="seconds")
    parser.add_argument("--orphan-grace", type=float, default=2.0, help="seconds")
    parser.add_argument("--account", help="uid:gid that the command runs as; only root may ask")
    parser.add_argument("--inherit", type=int, action="append", default=[], help="descriptor for the command")
    parser.add_argument("--remove", action="append", default=[], help="folder to delete at the end")
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def _start(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    uid, gid = (int(part) for part in options.account.split(":")) if options.account else (None, None)
    return subprocess.Popen(
        options.command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=options.inherit,
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
        # Runs after the change of user, which would clear the request.
        preexec_fn=_bind_to(os.getpid(), options.stop_signal),  # noqa: PLW1509 - this process has one thread
    )


def _bind_to(guard: int, number: int) -> Callable[[], None]:
    def bind() -> None:
        signal_on_parent_death(number)
        if os.getppid() != guard:
            os._exit(1)

    return bind


def _end(child: subprocess.Popen[bytes], options: argparse.Namespace) -> int:
    """Stop the child gently, then its whole group by force; return the child's exit status."""
    if child.poll() is None:
        child.send_signal(options.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(options.grace)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
