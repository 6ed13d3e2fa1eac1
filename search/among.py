"""Rows of listings that are named by their ids: one statement whatever their number.

Written out, each id would be a parameter of its own, and reading a block of two thousand listings would spend half its time
on the text of its statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, bindparam, func
from sqlalchemy.orm import InstrumentedAttribute


def among(column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """The column is one of the ids that `named` gives to the statement."""
    return column == func.any(bindparam("ids", type_=ARRAY(BigInteger)))


def named(ids: Iterable[int]) -> dict[str, Any]:
    """Parameters of a statement with `among`."""
    return {"ids": list(ids)}
