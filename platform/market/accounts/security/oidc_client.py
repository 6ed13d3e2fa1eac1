"""The OpenID Connect provider: discovery, the way there (code, PKCE, state, nonce), and what comes back, checked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import current_app
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException, Response, Session

from market.accounts.security.digests import new_token
from market.accounts.security.oidc_rules import (
    ALGORITHMS,
    LEEWAY_SECONDS,
    MULTI_FACTOR_CLASS,
    ProviderClaims,
    ProviderUnavailable,
    TokenRefused,
)
from market.kernel.mail import absolute_url

if TYPE_CHECKING:
    from config import Settings

log = logging.getLogger("kezhuan.oidc")
TIMEOUT_SECONDS = 5
"""For each of the provider's answers to begin and to go on."""
DISCOVERY_KEPT = timedelta(minutes=10)
ANSWER_PATH = "/sign-in/provider/answer"
OK = 200
LAST_SECOND = 2**37
"""Times beyond that are none."""
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Departure:
    """A sign-in that left for the provider: what the browser's session keeps until the answer."""

    address: str
    state: str
    nonce: str
    verifier: str


def provider_name() -> str | None:
    """What the button calls the provider; None when none is configured."""
    settings = _settings()
    return settings.oidc_name if settings.oidc_issuer else None


def issuer() -> str:
    """The configured provider; only where there is one."""
    configured = _settings().oidc_issuer
    assert configured is not None
    return configured


def depart(now: datetime, *, is_proof: bool = False) -> Departure:
    """Where to send the browser. Raises ProviderUnavailable.

    `is_proof`: the provider is to ask who she is anew (OpenID Connect Core 3.1.2.1), whatever session she has there.
    """
    found = _discover(now)
    state, nonce, verifier = new_token(), new_token(), new_token()
    asked = {"prompt": "login", "max_age": "0"} if is_proof else {}
    with _oauth(found) as client:
        address, _ = client.create_authorization_url(
            found["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier, **asked
        )
    return Departure(str(address), state, nonce, verifier)


def redeem(code: str, *, nonce: str, verifier: str, now: datetime) -> ProviderClaims:
    """What the provider says of the person behind the code. Raises ProviderUnavailable or TokenRefused."""
    found = _discover(now)
    with _oauth(found) as client:
        token = _fetch_token(client, found, code, verifier)
        claims = _checked(str(token.get("id_token") or ""), _keys(found), nonce, now)
        email = _verified_email(claims)
        if "email" not in claims and found.get("userinfo_endpoint"):
            email = _verified_email(_userinfo(client, str(found["userinfo_endpoint"]), str(claims["sub"])))
    return ProviderClaims(issuer(), str(claims["sub"]), email, _has_second_factor(claims), _proven_at(claims))


def _proven_at(claims: Mapping[str, Any]) -> datetime | None:
    """When she last proved to the provider who she is, if it says so rightly."""
    said = claims.get("auth_time")
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said < LAST_SECOND:
        return None
    return datetime.fromtimestamp(said, UTC)


def _settings() -> Settings:
    return cast("Settings", current_app.extensions["kezhuan_settings"])


def _oauth(found: Mapping[str, Any]) -> OAuth2Session:
    settings = _settings()
    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        token_endpoint_auth_method=_method(found, has_secret=settings.oidc_client_secret is not None),
        scope="openid email",
        redirect_uri=absolute_url(ANSWER_PATH),
        code_challenge_method="S256",
        default_timeout=TIMEOUT_SECONDS,
        leeway=0,  # the access token is used at once, be it ever so short-lived
    )


def _method(found: Mapping[str, Any], *, has_secret: bool) -> str:
    if not has_secret:
        return "none"
    offered = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _discover(now: datetime) -> dict[str, Any]:
    """The provider's description of itself, looked at again every ten minutes."""
    kept = current_app.extensions.get("kezhuan_oidc_discovery")
    if kept and kept[0] == issuer() and now - kept[1] < DISCOVERY_KEPT:
        return cast("dict[str, Any]", kept[2])
    with Session() as client:
        found = _json(client, issuer().rstrip("/") + "/.well-known/openid-configuration")
    is_whole = all(isinstance(found.get(name), str) for name in ENDPOINTS)
    if found.get("issuer") != issuer() or not is_whole:
        log.error("the provider's discovery document names another issuer or lacks an endpoint")
        raise ProviderUnavailable
    current_app.extensions["kezhuan_oidc_discovery"] = (issuer(), now, found)
    return found


def _json(client: Session, address: str) -> dict[str, Any]:
    """An object that the provider publishes. Raises ProviderUnavailable."""
    try:
        answer: Response = client.get(address, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        found = answer.json() if answer.status_code == OK else None
    except (RequestException, AuthlibBaseError) as problem:
        log.warning("the identity provider did not answer: %s", type(problem).__name__)
        raise ProviderUnavailable from problem
    if not isinstance(found, dict):
        log.warning("the identity provider answered %s", answer.status_code)
        raise ProviderUnavailable
    return found


def _fetch_token(client: OAuth2Session, found: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
    try:
        token = client.fetch_token(
            found["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            allow_redirects=False,
        )
    except AuthlibBaseError as problem:
        log.warning("the identity provider refused the code: %s", problem.error)
        raise TokenRefused from problem
    except (RequestException, ValueError) as problem:
        log.warning("the identity provider gave no token: %s", type(problem).__name__)
        raise ProviderUnavailable from problem
    return dict(token)


def _keys(found: Mapping[str, Any]) -> KeySet:
    """The provider's keys as they are now: after a change of keys nobody waits."""
    with Session() as plain:
        published = _json(plain, str(found["jwks_uri"]))
    usable = [key for key in published.get("keys") or [] if isinstance(key, dict) and key.get("use", "sig") == "sig"]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, KeyError, TypeError) as problem:
        log.warning("the identity provider's keys cannot be read: %s", type(problem).__name__)
        raise ProviderUnavailable from problem


def _checked(id_token: str, keys: KeySet, nonce: str, now: datetime) -> dict[str, Any]:
    """The token's claims after signature, issuer, addressee, times and nonce. Raises TokenRefused."""
    client_id = _settings().oidc_client_id
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer()},
        sub={"essential": True},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
        azp={"value": client_id},
    )
    try:
        claims = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS)).claims
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as problem:
        log.warning("an ID token was refused: %s", type(problem).__name__)
        raise TokenRefused from problem
    has_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (has_others and "azp" not in claims) or not 0 < len(claims["sub"]) <= 255:  # noqa: PLR2004 - the standard's limit
        raise TokenRefused
    return dict(claims)


def _userinfo(client: OAuth2Session, address: str, subject: str) -> dict[str, Any]:
    """Claims that the provider keeps out of the token; those of another subject are none."""
    found = _json(client, address)
    if found.get("sub") != subject:
        raise TokenRefused
    return found


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else None


def _has_second_factor(claims: Mapping[str, Any]) -> bool:
    methods = claims.get("amr")
    return (isinstance(methods, list) and "mfa" in methods) or claims.get("acr") == MULTI_FACTOR_CLASS
