"""The declarative base and the column types that all tables share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

identity = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
fen = Annotated[int, mapped_column(BigInteger)]
currency_code = Annotated[str, mapped_column(String(3), default="CNY", server_default="CNY")]
moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
document = Annotated[dict[str, Any], mapped_column(JSONB, default=dict, server_default="{}")]


class Base(DeclarativeBase):
    """Base of every table; imports without Flask."""

    metadata = MetaData(naming_convention=NAMING)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """CHECK that `column` holds a member of the enumeration, named after the column."""
    listed = ", ".join(f"'{member.value}'" for member in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
