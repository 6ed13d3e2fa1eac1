"""What goes to the browser and what comes back, checked by the library `webauthn`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers import parse_registration_credential_json as parse_registration
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from market.accounts.security.passkey_rules import CHALLENGE_FOR, PasskeyNotAdded, PasskeyRefused, RelyingParty

CHALLENGE_BYTES = 32
NONSENSE = (WebAuthnException, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What the library and its parsers raise for answers that no device gives."""
TIMEOUT = int(CHALLENGE_FOR.total_seconds() * 1000)


@dataclass(frozen=True)
class Holder:
    """Whose key it is, as her device files and shows it."""

    user_handle: bytes
    email: str
    display_name: str


@dataclass(frozen=True)
class KnownKey:
    """A key that the platform already has, as a hint for the browser."""

    credential_id: bytes
    transports: str


@dataclass(frozen=True)
class Answer:
    """What a browser posted, not yet checked, and the question that it was to answer (empty: there was none).

    `handle`: only for a new key.
    """

    party: RelyingParty
    text: str
    challenge: str
    handle: bytes = b""


@dataclass(frozen=True)
class NewKey:
    """A key that a device made, checked."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_backed_up: bool
    transports: str


@dataclass(frozen=True)
class Use:
    """What a device says beside its signature."""

    sign_count: int
    is_backed_up: bool


def new_challenge() -> str:
    """256 random bits, as text for the session and the browser."""
    return bytes_to_base64url(secrets.token_bytes(CHALLENGE_BYTES))


def creation_options(party: RelyingParty, holder: Holder, known: Sequence[KnownKey], challenge: str) -> dict[str, Any]:
    """The question to make a key: one that is found without an address, and that looks at who uses it."""
    options = webauthn.generate_registration_options(
        rp_id=party.domain,
        rp_name="科转",
        user_id=holder.user_handle,
        user_name=holder.email,
        user_display_name=holder.display_name,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_described(known),
    )
    return _as_json(options)


def request_options(party: RelyingParty, known: Sequence[KnownKey], challenge: str) -> dict[str, Any]:
    """The question to sign; without known keys the device offers those that it has for this domain."""
    options = webauthn.generate_authentication_options(
        rp_id=party.domain,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT,
        allow_credentials=_described(known) or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def read_answer(text: str) -> AuthenticationCredential:
    """The browser's answer, not yet checked. Raises PasskeyRefused for nonsense."""
    try:
        return parse_authentication_credential_json(text)
    except NONSENSE as nonsense:
        raise PasskeyRefused("unreadable") from nonsense


def check_new(answer: Answer) -> NewKey:
    """The key that a device made on this challenge, on our page, for us. Raises PasskeyNotAdded."""
    try:
        credential = parse_registration(answer.text)
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(answer.challenge),
            expected_rp_id=answer.party.domain,
            expected_origin=answer.party.origin,
            require_user_verification=True,
        )
    except NONSENSE as nonsense:
        raise PasskeyNotAdded from nonsense
    transports = " ".join(sorted({transport.value for transport in credential.response.transports or []}))
    return NewKey(
        made.credential_id, made.credential_public_key, made.sign_count, made.credential_backed_up, transports
    )


def check_use(answer: Answer, credential: AuthenticationCredential, public_key: bytes) -> Use:
    """The signature over this challenge, made on our page, for us, by a device that looked at who uses it.

    The device's count is the caller's to judge. Raises PasskeyRefused.
    """
    try:
        used = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(answer.challenge),
            expected_rp_id=answer.party.domain,
            expected_origin=answer.party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except NONSENSE as nonsense:
        raise PasskeyRefused("signature") from nonsense
    return Use(used.new_sign_count, used.credential_backed_up)


def _described(known: Sequence[KnownKey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=key.credential_id,
            transports=[AuthenticatorTransport(word) for word in key.transports.split()] or None,
        )
        for key in known
    ]


def _as_json(options: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return said
