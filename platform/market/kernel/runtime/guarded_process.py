"""A child process that cannot outlive its owner (see guard.py)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from market.kernel.runtime.accounts import Account

GUARD = Path(__file__).with_name("guard.py")


class GuardedProcess:
    """A started command. It ends when `stop()` is called, or when this process ends in whatever way."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_seconds: float = 10,
        orphan_grace_seconds: float = 2,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        output: int | IO[bytes] | None = None,
        account: Account | None = None,
        inherit: Sequence[int] = (),
        remove: Sequence[Path] = (),
    ) -> None:
        """Start it, by default with this process's environment.

        After a stop it has `grace_seconds` to end, after our sudden death `orphan_grace_seconds`, then it is killed.
        `inherit`: descriptors kept open for the command; `remove`: folders deleted when it has ended.
        """
        options = ["--stop-signal", str(int(stop_signal)), "--grace", str(grace_seconds)]
        options += ["--orphan-grace", str(orphan_grace_seconds)]
        if account is not None:
            options += ["--account", f"{account.uid}:{account.gid}"]
        for descriptor in inherit:
            options += ["--inherit", str(descriptor)]
        for path in remove:
            options += ["--remove", str(path)]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(GUARD), *options, "--", *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT if isinstance(output, int) and output == subprocess.PIPE else output,
            env=environment,
            cwd=folder,
            pass_fds=tuple(inherit),
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The guard's process id; the command is its only child."""
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, or None while the command runs."""
        return self._process.poll()

    def wait(self, timeout_seconds: float | None = None) -> int:
        """Wait for the command to end by itself. Raises subprocess.TimeoutExpired."""
        return self._process.wait(timeout_seconds)

    def read_output(self) -> str:
        """All that the command prints until it ends; only with `output=subprocess.PIPE`."""
        assert self._process.stdout is not None, "started without a pipe for its output"
        with self._process.stdout as stream:
            return stream.read().decode("utf-8", "replace")

    def stop_when_done(self) -> int:
        """Wait for the command to end by itself, clean up; return its exit status."""
        self.wait()
        return self.stop()

    def request_stop(self) -> None:
        """Ask the command to end and return at once."""
        stream = self._process.stdin
        assert stream is not None
        if not stream.closed:
            with contextlib.suppress(BrokenPipeError):  # it has ended already
                os.write(stream.fileno(), b"stop\n")
            stream.close()

    def stop(self) -> int:
        """Ask the command to end, by force after the grace time; return its exit status. May be called twice."""
        self.request_stop()
        return self._process.wait()
