"""待办 of synonyms: changes that wait for this person as the second one."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from market.accounts.policy import Act, may
from market.accounts.rules import Actor
from market.web.tasks import Task
from search.synonyms.queries import changes_waiting_for


def decisions(actor: Actor) -> Task | None:
    """What others proposed and this actor may decide; None for whom no change waits by role."""
    if not may(actor, Act.DECIDE_SYNONYMS):
        return None
    count = changes_waiting_for(actor.person_id)
    text = ngettext("%(num)d 项同义词变更等待批准", "%(num)d 项同义词变更等待批准", count)
    return Task(text, count, url_for("synonyms.index"), _("去处理"))
