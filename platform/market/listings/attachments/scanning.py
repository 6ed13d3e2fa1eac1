"""The virus scanner behind a small Protocol: clamd's INSTREAM over a socket."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from flask import current_app

if TYPE_CHECKING:
    from config import Settings

TIMEOUT_SECONDS = 60
_ANSWER_BYTES = 4096
_LONGEST_FINDING = 200


class ScannerError(Exception):
    """The scanner cannot be reached or did not say yes or no."""


@dataclass(frozen=True)
class Verdict:
    """`finding` is the name of what was found; None: nothing."""

    finding: str | None


class Scanner(Protocol):
    """Something that looks for viruses."""

    def scan(self, chunks: Iterable[bytes]) -> Verdict:
        """Look at the content. Raises ScannerError."""


@dataclass(frozen=True)
class ClamdScanner:
    """A clamd at `tcp://host:port` or `unix:///path`."""

    address: str

    def scan(self, chunks: Iterable[bytes]) -> Verdict:
        try:
            with self._connected() as connection:
                connection.sendall(b"zINSTREAM\0")
                for chunk in chunks:
                    connection.sendall(struct.pack("!L", len(chunk)) + chunk)
                connection.sendall(struct.pack("!L", 0))
                answer = _answer(connection)
        except OSError as error:
            raise ScannerError(str(error)[:_LONGEST_FINDING]) from error
        return _verdict(answer)

    def _connected(self) -> socket.socket:
        scheme, _, rest = self.address.partition("://")
        if scheme == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(TIMEOUT_SECONDS)
            try:
                connection.connect(rest)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = rest.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT_SECONDS)


def _answer(connection: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\0") and len(received) < _ANSWER_BYTES:
        piece = connection.recv(_ANSWER_BYTES)
        if not piece:
            break
        received += piece
    return received.rstrip(b"\0\n").decode("utf-8", errors="replace")


def _verdict(answer: str) -> Verdict:
    """`stream: OK` or `stream: <name> FOUND`; everything else is no verdict."""
    said = answer.removeprefix("stream:").strip()
    if said == "OK":
        return Verdict(None)
    if said.endswith(" FOUND"):
        return Verdict(said.removesuffix(" FOUND")[:_LONGEST_FINDING] or "?")
    raise ScannerError(said[:_LONGEST_FINDING] or "no answer")


def configured_scanner() -> Scanner | None:
    """The scanner of the settings; None: nothing is scanned, and the console says so."""
    settings: Settings = current_app.extensions["kezhuan_settings"]
    return ClamdScanner(settings.virus_scanner) if settings.virus_scanner else None
