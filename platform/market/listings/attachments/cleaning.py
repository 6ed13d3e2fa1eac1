"""Files that nothing needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from market.achievements.models import StoredFile
from market.kernel.orm import Base
from market.listings.attachments.models import Attachment
from market.listings.attachments.rules import KEPT_DAYS

ORPHAN_HOURS = 24
BATCH = 100


def give_up_removed(session: Session, *, now: datetime) -> int:
    """Let go of the files of attachments removed more than KEPT_DAYS ago; how many."""
    due = (
        Attachment.removed_at < now - timedelta(days=KEPT_DAYS),
        Attachment.stored_file_id.is_not(None) | Attachment.thumbnail_file_id.is_not(None),
    )
    let_go = update(Attachment).where(*due).values(stored_file_id=None, thumbnail_file_id=None)
    return len(session.scalars(let_go.returning(Attachment.id)).all())


def delete_orphans(session: Session, *, now: datetime) -> int:
    """Delete stored files to which no row of any table points, BATCH at a time; how many.

    Which tables point at files is read from the foreign keys: a new table is respected without anybody's doing.
    """
    pointing = [
        exists().where(column == StoredFile.id).correlate(StoredFile)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "stored_file.id" for key in column.foreign_keys)
    ]
    assert pointing
    orphan = [StoredFile.created_at < now - timedelta(hours=ORPHAN_HOURS), *(~each for each in pointing)]
    ids = session.scalars(select(StoredFile.id).where(*orphan).order_by(StoredFile.id).limit(BATCH)).all()
    session.execute(delete(StoredFile).where(StoredFile.id.in_(ids)))
    return len(ids)
