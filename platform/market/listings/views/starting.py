"""Drafts for the entries that were ticked in the register."""

from __future__ import annotations

from flask import render_template
from flask_wtf import FlaskForm

from market.accounts.access import allowed, current_actor
from market.accounts.policy import Act
from market.achievements.editing.bulk_forms import chosen_entries, reason_of
from market.kernel.clock import current_time
from market.kernel.db import transaction
from market.kernel.pages import refusals_on
from market.listings.starting import StartedLine, start_drafts
from market.listings.views.blueprint import Answer, blueprint


@blueprint.post("/console/register/drafts")
@allowed(Act.WRITE_LISTING)
def drafts() -> Answer:
    form = FlaskForm()
    lines: list[StartedLine] = []
    if form.validate_on_submit():
        with refusals_on(form), transaction() as session:
            lines = start_drafts(session, current_actor(), chosen_entries(), now=current_time())
    explained = [(line, reason_of(line.refusal)) for line in lines]
    return render_template("listings/started.html", form=form, lines=explained), 200 if lines else 422
