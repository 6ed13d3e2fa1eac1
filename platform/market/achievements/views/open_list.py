"""The public page of the 公开实施清单."""

from __future__ import annotations

from flask import render_template

from market.accounts.access import allowed
from market.accounts.policy import Act
from market.achievements.open_list import OpenList
from market.achievements.views.blueprint import Answer, blueprint
from market.kernel.clock import current_time, local_date
from market.kernel.paging import requested_page


@blueprint.get("/open-list")
@allowed(Act.READ_PUBLIC)
def open_list() -> Answer:
    found = OpenList(local_date(current_time()))
    page = requested_page(found.count())
    return render_template(
        "achievements/open_list.html", rows=found.rows(limit=page.size, offset=page.offset), page=page
    )
