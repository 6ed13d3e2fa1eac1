"""The list below the search box: a fragment that the box asks for while somebody types."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.kernel.db import current_session, only_reads
from search.suggesting.suggestions import suggest

blueprint = Blueprint("suggesting", __name__)
BOXES = ("header", "hero")


@blueprint.get("/listings/suggestions")
@allowed(Act.READ_PUBLIC)
@only_reads
def suggestions() -> str:
    """Suggestions for `q`, as options of the box named by `box`; empty when there are none."""
    box = request.args.get("box", "")
    groups = suggest(current_session(), request.args.get("q", ""))
    return render_template(
        "search/_suggestions.html",
        box=box if box in BOXES else BOXES[0],
        groups=groups,
        count=sum(len(group.suggestions) for group in groups),
    )
