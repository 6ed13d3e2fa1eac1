"""Connections whose answer has to be there in time as a whole.

The time-out of a socket begins anew with each byte: a server that trickles keeps its reader waiting for hours.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import TYPE_CHECKING, Any

from elastic_transport import NodeConfig, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT
from urllib3 import Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from elastic_transport import HttpHeaders
    from elastic_transport._node import NodeApiResponse
    from elastic_transport.client_utils import DefaultType


class _Punctual(io.RawIOBase):
    """What comes from a socket until a moment; later reading raises TimeoutError, as the socket's own time-out does."""

    def __init__(self, source: io.RawIOBase, connection: socket.socket, seconds: float) -> None:
        self._source = source
        self._connection = connection
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not come in time as a whole")
        self._connection.settimeout(left)
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _PunctualResponse(http.client.HTTPResponse):
    """Status, headers and body have to come within the time-out that the connection has when they are waited for."""

    def __init__(self, connection: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(connection, *arguments, **options)
        seconds = connection.gettimeout()
        if seconds is not None:
            source = self.fp.detach()  # keeps the connection open as long as it is read from
            self.fp = io.BufferedReader(_Punctual(source, connection, seconds))


class _PunctualConnection(HTTPConnection):
    response_class = _PunctualResponse


class _PunctualTlsConnection(HTTPSConnection):
    response_class = _PunctualResponse


class PunctualNode(Urllib3HttpNode):
    """A host of Elasticsearch: connecting and the whole answer together take no longer than the time-out of a request."""

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        self.pool.ConnectionCls = _PunctualTlsConnection if config.scheme == "https" else _PunctualConnection

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        timeout: Any = request_timeout
        if isinstance(request_timeout, (int, float)):  # a number would count for connecting and for reading each
            timeout = Timeout(total=request_timeout)
        return super().perform_request(method, target, body, headers, timeout)
