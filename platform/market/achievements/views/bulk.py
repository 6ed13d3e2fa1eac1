"""Several entries of the register changed at once, with what became of each."""

from __future__ import annotations

from flask import render_template

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.achievements.editing import bulk
from market.achievements.editing.bulk_forms import BulkForm, chosen_entries, reason_of
from market.achievements.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.pages import refusals_on


@blueprint.post("/console/register/bulk")
@allowed(Act.KEEP_REGISTER)
def change_entries() -> Answer:
    form = BulkForm()
    lines: list[bulk.BulkLine] = []
    if form.validate_on_submit():
        with refusals_on(form), transaction() as session:
            lines = bulk.change_entries(session, current_actor(), chosen_entries(), form.draft(), now=current_time())
    explained = [(line, reason_of(line.refusal)) for line in lines]
    return render_template("achievements/bulk.html", form=form, lines=explained), 200 if lines else 422
