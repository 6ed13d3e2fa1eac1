"""Background steps of attachments, each safe to run twice."""

from __future__ import annotations

from sqlalchemy import select

from market.kernel.clock import current_time
from market.kernel.db import current_session, transaction
from market.kernel.jobs import job
from market.listings.attachments import cleaning, service
from market.listings.attachments.handing import clear_cache
from market.listings.attachments.models import Attachment
from market.listings.attachments.scanning import Scanner, ScannerError, configured_scanner
from market.listings.attachments.storing import chunks_of
from market.listings.attachments.vocabulary import ScanState

BATCH = 50
UNKNOWN = (ScanState.WAITING.value, ScanState.UNSCANNED.value)


@job(service.SCAN_JOB)
def scan(attachment_id: int) -> None:
    """Have one attachment looked at; without a scanner it goes on waiting. A scanner that fails is asked again."""
    scanner = configured_scanner()
    if scanner is not None:
        _scan(scanner, attachment_id)


@job("attachments.scan_waiting", cron="*/10 * * * *")
def scan_waiting() -> None:
    """What still waits, and what came when there was no scanner."""
    scanner = configured_scanner()
    if scanner is None:
        return
    unknown = (Attachment.scan_state.in_(UNKNOWN), Attachment.removed_at.is_(None))
    with transaction() as session:
        ids = session.scalars(select(Attachment.id).where(*unknown).order_by(Attachment.id).limit(BATCH)).all()
    for attachment_id in ids:
        try:
            _scan(scanner, attachment_id)
        except ScannerError:
            return  # it will not answer the next ones either; ten minutes later again


@job("attachments.clean_up", cron="40 * * * *")
def clean_up() -> None:
    """Files of what was removed long ago, files that nothing points at, marked copies of past hours."""
    now = current_time()
    with transaction() as session:
        cleaning.give_up_removed(session, now=now)
    deleted = cleaning.BATCH
    while deleted == cleaning.BATCH:
        with transaction() as session:
            deleted = cleaning.delete_orphans(session, now=now)
    clear_cache(now)


def _scan(scanner: Scanner, attachment_id: int) -> None:
    session = current_session()
    row = session.get(Attachment, attachment_id)
    if row is None or row.stored_file_id is None or row.scan_state not in UNKNOWN:
        return
    try:
        verdict = scanner.scan(chunks_of(session, row.stored_file_id))
    except ScannerError as failure:
        with transaction() as session:
            service.keep_failure(session, attachment_id, str(failure))
        raise
    with transaction() as session:
        service.keep_verdict(session, attachment_id, verdict, now=current_time())
