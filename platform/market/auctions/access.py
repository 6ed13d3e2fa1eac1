"""Loaders that take the acting person: what is not yours looks like what is not there."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from market.accounts.policy import Act, Rows, rows_for
from market.accounts.rules import Actor
from market.auctions import queries
from market.auctions.models import Lot
from market.kernel.db import current_session
from market.kernel.errors import NotFound


def public_lot_id(number: str) -> int:
    """The id of a lot, which everybody may look at. Raises NotFound."""
    return _lot_id(number)


def own_lot_id(actor: Actor, number: str) -> int:
    """The id of a lot that the actor's institution sells. Raises NotFound."""
    return _lot_id(number, queries.sold_by(actor.organisation_id))


def lot_id_for(actor: Actor, act: Act, number: str) -> int:
    """The id of a lot that the actor reaches with the act. Raises NotAllowed, NotFound."""
    return own_lot_id(actor, number) if rows_for(actor, act) is Rows.AS_SELLER else _lot_id(number)


def lots_of(actor: Actor) -> list[ColumnElement[bool]]:
    """Which lots the console lists for the actor: all, those it sells, those in which it takes part."""
    rows = rows_for(actor, Act.READ_LOTS)
    if rows is Rows.ALL:
        return []
    if rows is Rows.AS_SELLER:
        return [queries.sold_by(actor.organisation_id)]
    return [queries.takes_part(actor.organisation_id)]


def _lot_id(number: str, *conditions: ColumnElement[bool]) -> int:
    if "\x00" in number:
        raise NotFound
    lot_id = current_session().scalar(select(Lot.id).where(Lot.number == number, *conditions))
    if lot_id is None:
        raise NotFound
    return lot_id
