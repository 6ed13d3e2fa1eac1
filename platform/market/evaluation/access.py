"""Who sees whose numbers: the city's bureau and the auditor all, a county's bureau its own county, nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.evaluation.queries import InstitutionEvaluation
from market.kernel.errors import NotFound

_NOWHERE = "000000"


@dataclass(frozen=True)
class Scope:
    """What an actor may see of all institutions: everything (None) or one county."""

    county: str | None

    def includes(self, county: str | None) -> bool:
        """Whether something of that county may be seen."""
        return self.county is None or self.county == county


def scope_of(actor: Actor, act: Act) -> Scope:
    """The actor's scope for an act; a county's bureau without a county sees nothing. Raises NotAllowed."""
    if rows_for(actor, act) is Rows.ALL:
        return Scope(None)
    return Scope(actor.county_code or _NOWHERE)


def evaluation_for(actor: Actor, code: str, found: Iterable[InstitutionEvaluation]) -> InstitutionEvaluation:
    """The evaluation of the institution with this code. Raises NotFound when there is none or it is not the actor's."""
    scope = scope_of(actor, Act.READ_SCORES)
    for row in found:
        if row.institution.code.upper() == code.upper() and scope.includes(row.institution.county_code):
            return row
    raise NotFound


def own_evaluation(actor: Actor, found: Iterable[InstitutionEvaluation]) -> InstitutionEvaluation:
    """The evaluation of the actor's own institution. Raises NotFound when it is none that is evaluated."""
    for row in found:
        if row.institution.id == actor.organisation_id:
            return row
    raise NotFound
