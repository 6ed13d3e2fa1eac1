"""A small OpenID Connect provider on this machine: discovery, keys, code with PKCE, signed ID tokens, userinfo."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "kezhuan-market", "client-secret-of-the-market"
SUBJECT = "zhejiang-8842"


@dataclass
class Grant:
    """What was asked for under a code."""

    nonce: str
    challenge: str
    way_back: str
    asks_anew: bool = False


@dataclass
class LocalProvider:
    """The provider; a test changes what it says through `claims`, `algorithm`, `signing_key`, `userinfo`, `broken`.

    `claims` overrides or, with None, takes away claims of the ID token.
    """

    now: Callable[[], datetime]
    address: str = ""
    rsa: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"}))
    ec: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "e1", "use": "sig"}))
    algorithm: str = "RS256"
    signing_key: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    grants: dict[str, Grant] = field(default_factory=dict)
    token_requests: list[dict[str, str]] = field(default_factory=list)

    def approve(self, address: str) -> str:
        """What a person's yes at the provider leads to: the query of the way back. Asserts that all was asked rightly."""
        parts = urlsplit(address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.address}/authorize"
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert set(asked["scope"].split()) == {"openid", "email"}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        asks_anew = (asked.get("prompt"), asked.get("max_age")) == ("login", "0")
        assert asks_anew or not {"prompt", "max_age"} & asked.keys()
        self.grants[code] = Grant(asked["nonce"], asked["code_challenge"], asked["redirect_uri"], asks_anew)
        return f"code={code}&state={asked['state']}"

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Status and body of the provider's answer to a request."""
        if path in self.broken:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._description()
        if path == "/keys":
            return 200, {"keys": [self.rsa.as_dict(private=False), self.ec.as_dict(private=False)]}
        if path == "/token":
            return self._token(form, authorization)
        if path == "/userinfo" and authorization == "Bearer access-of-the-day":
            return 200, self.userinfo
        return 404, {}

    def _description(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            **self.discovery,
        }

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Codes are taken once, with their verifier, from the client that shows its secret."""
        self.token_requests.append(form)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        grant = self.grants.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if grant is None or grant.challenge != challenge or grant.way_back != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "access-of-the-day",
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self._id_token(grant),
        }

    def _id_token(self, grant: Grant) -> str:
        at = int(self.now().timestamp())
        said = {
            "iss": self.address,
            "sub": SUBJECT,
            "aud": CLIENT_ID,
            "iat": at,
            "exp": at + 300,
            "nonce": grant.nonce,
            **({"auth_time": at} if grant.asks_anew else {}),
            **self.claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        key = self.signing_key or (self.ec if self.algorithm.startswith("ES") else self.rsa)
        header = {"alg": self.algorithm, "kid": key.kid} if key.kid else {"alg": self.algorithm}
        return jwt.encode(header, said, key, algorithms=[self.algorithm])


@contextmanager
def running_provider(now: Callable[[], datetime]) -> Iterator[LocalProvider]:
    """The provider behind a real socket, until the block ends."""
    provider = LocalProvider(now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(text).items()})

        def _answer(self, form: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            status, body = provider.answer(path, form, self.headers.get("Authorization", ""))
            content = json.dumps(body).encode() if status != 500 else b"<h1>out of order</h1>"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *given: Any) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
