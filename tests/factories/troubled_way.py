"""The way to a server, through which a test brings trouble: cut off, answers that come late or never, dead connections."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

TRICKLE_SECONDS = 0.1


class TroubledWay:
    """Forwards connections to 127.0.0.1:`port`. `connections` counts those that came.

    `trouble`: None; "cut" (refused at once) or "silent" (no answer), which also end the connections that are open;
    "stalled" (connections stay open, half-dead: nothing comes through any more, as when a cable is pulled), "slow"
    (everything comes through, `delay_seconds` late) or "trickling" (of what the server says one byte in a tenth of a second).
    """

    def __init__(self, port: int, delay_seconds: float = 0.0) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._trouble: str | None = None
        self._delay_seconds = delay_seconds
        self._changed = threading.Condition()
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> TroubledWay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.begin("cut")

    def begin(self, trouble: str | None) -> None:
        """From now on, also for connections that are open; what had stalled goes on when the trouble ends."""
        with self._changed:
            self._trouble = trouble
            self._changed.notify_all()
        if trouble in ("cut", "silent", None):
            self._hang_up()

    def _hang_up(self) -> None:
        while self._open:
            one = self._open.pop()
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self._trouble == "cut":
                visitor.close()
                continue
            self._open.append(visitor)
            if self._trouble != "silent":
                self._join(visitor)

    def _join(self, visitor: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._target))
        self._open.append(server)
        for source, sink, is_answer in ((visitor, server, False), (server, visitor, True)):
            arguments = {"source": source, "sink": sink, "is_answer": is_answer}
            threading.Thread(target=self._forward, kwargs=arguments, daemon=True).start()

    def _forward(self, *, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                with self._changed:
                    if self._trouble == "slow":
                        self._changed.wait_for(lambda: self._trouble != "slow", self._delay_seconds)
                    self._changed.wait_for(lambda: self._trouble != "stalled")
                self._pass_on(data, sink, is_answer=is_answer)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _pass_on(self, data: bytes, sink: socket.socket, *, is_answer: bool) -> None:
        place = 0
        while is_answer and self._trouble == "trickling" and place < len(data):
            sink.sendall(data[place : place + 1])
            place += 1
            with self._changed:
                self._changed.wait_for(lambda: self._trouble != "trickling", TRICKLE_SECONDS)
        sink.sendall(data[place:])
