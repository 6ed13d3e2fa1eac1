"""Refusals of the listings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from market.kernel.errors import N_, Refusal
from market.listings.rules import Problem


class ListingRefused(Refusal):
    """A listing cannot be made, changed or moved like this."""


class ListingHasProblems(ListingRefused):
    """The checks found something; `problems` says everything at once."""

    status = 422

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.code, first.message)
        self.params = dict(first.params)
        self.each = tuple(map(_refusal_of, self.problems))


def _refusal_of(problem: Problem) -> ListingRefused:
    params: dict[str, Any] = dict(problem.params)
    return ListingRefused(problem.code, problem.message, **params)


class ReasonMissing(ListingRefused):
    """The act needs a reason that the others can read."""

    status = 422

    def __init__(self) -> None:
        super().__init__("listing.reason", N_("请写明理由，对方会看到。"), field="reason")
