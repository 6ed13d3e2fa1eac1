"""Who downloaded which papers of a listing, for the institution."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext as _

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.kernel.errors import N_
from market.kernel.lists import Column, requested_words, workbook_of
from market.listings.access import listing_for
from market.listings.attachments.queries import READINGS, ReadingRow, readings_of
from market.listings.attachments.views.blueprint import Answer, blueprint

COLUMNS: tuple[Column[ReadingRow], ...] = (
    Column(N_("时间"), lambda row: row.read_at),
    Column(N_("附件"), lambda row: row.title),
    Column(N_("级别"), lambda row: _(row.level.label)),
    Column(N_("下载人"), lambda row: row.person_name),
    Column(N_("单位"), lambda row: row.organisation_name),
    Column(N_("签署保密承诺"), lambda row: _("是") if row.has_promised else ""),
    Column(N_("带水印"), lambda row: _("是") if row.has_watermark else ""),
)


@blueprint.get("/console/listings/<number>/readings")
@allowed(Act.READ_READINGS)
def readings(number: str) -> Answer:
    listing = listing_for(current_actor(), number)
    shown = READINGS.shown(readings_of(listing.id, requested_words()))
    return render_template("attachments/readings.html", number=number, title=listing.title, **shown)


@blueprint.get("/console/listings/<number>/readings/export.xlsx")
@allowed(Act.READ_READINGS)
def export_readings(number: str) -> Response:
    listing = listing_for(current_actor(), number)
    rows = READINGS.exported(readings_of(listing.id, requested_words()))
    return workbook_of(_("附件下载记录 %(number)s", number=number), COLUMNS, rows)
