"""The second factor: an authenticator app (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import hmac
import io
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from market.accounts.models import Person
from market.accounts.security.digests import decrypt, encrypt, token_hash
from market.accounts.security.models import RecoveryCode, SecondFactor
from market.accounts.security.passkey_models import Passkey
from market.accounts.security.rules import (
    CODE_DIGITS,
    RECOVERY_CODES,
    STEP_SECONDS,
    CodeRefused,
    normalise_code,
)
from market.accounts.security.sessions import record_about, second_factor_is_needed
from market.kernel.clock import local_date
from market.kernel.db import current_session
from market.kernel.locks import lock_row

ISSUER = "科转"


@dataclass(frozen=True)
class SecondFactorState:
    """What the person's security page says of her second factor."""

    confirmed_at: datetime | None
    is_begun: bool
    codes_left: int


def state_of(person_id: int) -> SecondFactorState:
    """Whether an authenticator is in force, and how many recovery codes are left."""
    factor = current_session().get(SecondFactor, person_id)
    left = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    )
    confirmed_at = factor.confirmed_at if factor else None
    return SecondFactorState(
        confirmed_at, factor is not None and confirmed_at is None, current_session().scalar(left) or 0
    )


def is_in_force(session: Session, person_id: int) -> bool:
    """Whether sign-in asks this person for a code."""
    factor = session.get(SecondFactor, person_id)
    return factor is not None and factor.confirmed_at is not None


def is_asked(session: Session, person_id: int, now: datetime) -> bool:
    """Whether the first proof alone does not open the door: an authenticator is in force, or one of her roles needs a
    second factor and she has a passkey for it.
    """
    has_passkey = select(Passkey.id).where(Passkey.person_id == person_id).exists()
    is_needed = second_factor_is_needed(person_id, local_date(now))
    return is_in_force(session, person_id) or bool(session.scalar(select(and_(has_passkey, is_needed))))


def begin(session: Session, person_id: int, now: datetime) -> None:
    """Make a new secret that waits for its first code; one that is in force stays as it is."""
    lock_row(session, Person, person_id)
    factor = session.get(SecondFactor, person_id)
    if factor is None:
        factor = SecondFactor(person_id=person_id, created_at=now, secret="")
        session.add(factor)
    if factor.confirmed_at is None:
        factor.secret, factor.created_at = encrypt(pyotp.random_base32()), now
    session.flush()


def waiting_secret(person_id: int) -> str | None:
    """The secret that is not yet confirmed, to be typed by hand; a confirmed one is never shown again."""
    factor = current_session().get(SecondFactor, person_id)
    return decrypt(factor.secret) if factor and factor.confirmed_at is None else None


def qr_picture(secret: str, email: str) -> bytes:
    """The secret as an SVG picture for the authenticator."""
    address = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=5, border=3, light="#ffffff", dark="#000000")
    return picture.getvalue()


def confirm(session: Session, person_id: int, code: str, now: datetime) -> list[str]:
    """Put the authenticator in force; returns the recovery codes, shown this once. Raises CodeRefused."""
    lock_row(session, Person, person_id)
    factor = session.get(SecondFactor, person_id)
    if factor is None or factor.confirmed_at is not None or not _takes(factor, code, now):
        raise CodeRefused
    factor.confirmed_at = now
    record_about(session, person_id, "person.second_factor_set", now)
    return _write_recovery_codes(session, person_id)


def check(session: Session, person_id: int, code: str, now: datetime) -> str:
    """Take a code of the authenticator or a recovery code, each once; says which it was. Raises CodeRefused."""
    lock_row(session, Person, person_id)
    factor = session.get(SecondFactor, person_id, populate_existing=True)
    if factor is None or factor.confirmed_at is None:
        raise CodeRefused
    if _takes(factor, code, now):
        session.flush()
        return "totp"
    wanted = token_hash(normalise_code(code))
    spent = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == wanted, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).scalar()
    if spent is None:
        raise CodeRefused
    record_about(session, person_id, "person.recovery_code_used", now)
    return "recovery_code"


def remove(session: Session, person_id: int, now: datetime) -> None:
    """Take the authenticator and its recovery codes out of force."""
    lock_row(session, Person, person_id)
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    session.execute(delete(SecondFactor).where(SecondFactor.person_id == person_id))
    record_about(session, person_id, "person.second_factor_removed", now)


def renew_recovery_codes(session: Session, person_id: int, now: datetime) -> list[str]:
    """New recovery codes; the old ones end. Raises CodeRefused without an authenticator in force."""
    lock_row(session, Person, person_id)
    if not is_in_force(session, person_id):
        raise CodeRefused
    record_about(session, person_id, "person.recovery_codes_renewed", now)
    return _write_recovery_codes(session, person_id)


def _takes(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Whether the code is right now or one step around, and later than the last one taken."""
    secret, typed = decrypt(factor.secret), normalise_code(code)
    if secret is None or len(typed) != CODE_DIGITS or not typed.isascii():
        return False
    generator = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=STEP_SECONDS)
    step = int(now.timestamp()) // STEP_SECONDS
    for candidate in (step - 1, step, step + 1):
        if candidate > factor.last_step and hmac.compare_digest(generator.generate_otp(candidate), typed):
            factor.last_step = candidate
            return True
    return False


def _write_recovery_codes(session: Session, person_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = [secrets.token_hex(10) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(person_id=person_id, code_hash=token_hash(code)) for code in codes)
    session.flush()
    return ["-".join(code[start : start + 5] for start in range(0, 20, 5)) for code in codes]
