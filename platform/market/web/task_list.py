"""待办 as a list: what the address filters and how it is sorted."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from market.accounts.rules import Actor
from market.kernel.clock import current_time
from market.kernel.errors import N_
from market.kernel.lists import Column, Orders, requested_choice, requested_words
from market.web.tasks import Task, tasks_for

ORDERS = Orders(dict.fromkeys(("task", "due")))
SORTED_BY: dict[str, Callable[[Task], Any]] = {"task": lambda task: task.text, "due": lambda task: task.due_on}


class Urgency(StrEnum):
    """What the list can be narrowed to."""

    LATE = "late"
    DATED = "dated"

    @property
    def label(self) -> str:
        return {"late": N_("已超期"), "dated": N_("有期限")}[self.value]

    def holds(self, task: Task) -> bool:
        """Whether the task is one of these."""
        return task.is_late if self is Urgency.LATE else task.due_on is not None


COLUMNS: tuple[Column[Task], ...] = (
    Column(N_("要做的事"), lambda task: task.text),
    Column(N_("件数"), lambda task: task.count),
    Column(N_("期限"), lambda task: task.due_on),
    Column(N_("已超期"), lambda task: _("是") if task.is_late else ""),
)


def shown_tasks(actor: Actor) -> list[Task]:
    """The actor's tasks as the address asks for them."""
    words, urgency = requested_words().casefold(), requested_choice(Urgency, "urgency")
    found = [
        task
        for task in tasks_for(actor, current_time())
        if words in task.text.casefold() and (urgency is None or urgency.holds(task))
    ]
    return ORDERS.requested().sorted(found, SORTED_BY)


def is_narrowed() -> bool:
    """Whether the address leaves tasks out."""
    return bool(requested_words()) or requested_choice(Urgency, "urgency") is not None
