"""Digests keyed with the platform's secret, tokens, and what is encrypted with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

SHORT = 16


def keyed_digest(*parts: str) -> str:
    """HMAC-SHA-256 of the parts: the same text gives the same digest here and tells nothing elsewhere."""
    return hmac.new(_key("digest"), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """What the table keeps of a random token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def encrypt(text: str) -> str:
    """The text for the table, readable only with SECRET_KEY."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str | None:
    """The text again; None when SECRET_KEY is no longer the one that it was encrypted with."""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except InvalidToken:
        return None


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("encryption")))


def _key(purpose: str) -> bytes:
    secret = str(current_app.config["SECRET_KEY"])
    return hmac.new(secret.encode(), f"kezhuan {purpose}".encode(), hashlib.sha256).digest()
