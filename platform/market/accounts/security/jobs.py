"""What is forgotten by itself."""

from __future__ import annotations

from datetime import timedelta

from market.accounts.security import attempts, passkeys, sessions
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.jobs import job

SESSIONS_KEPT = timedelta(days=90)


@job("accounts.forget_sign_ins", cron="20 3 * * *")
def forget_sign_ins() -> None:
    """Old counts and sessions; running twice deletes nothing more."""
    now = current_time()
    with transaction() as session:
        attempts.forget_old(session, now)
        passkeys.forget_challenges(session, now)
        sessions.forget_old_sessions(session, now - SESSIONS_KEPT)
