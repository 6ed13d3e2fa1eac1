"""The versioned scheme: from the file that is published with the platform to its row, and from the row to the rules."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.rules import PeerGroup
from market.evaluation.models import Scheme
from market.evaluation.rules import Bounds, EvaluationScheme, Indicator
from market.evaluation.vocabulary import FactKind, Norm

SCHEME_FILE = Path(__file__).with_name("scheme_2026.json")


def ensure_scheme(session: Session, now: datetime) -> None:
    """Publish the scheme file as a row if that year and version has none; an existing row stays as it is."""
    document = json.loads(SCHEME_FILE.read_text("utf-8"))
    row = {"year": document["year"], "version": document["version"], "indicators": document, "published_at": now}
    session.execute(insert(Scheme).values(row).on_conflict_do_nothing(index_elements=["year", "version"]))


def scheme_row(session: Session, year: int) -> Scheme | None:
    """The newest version for that year, otherwise of the last year before it that has one, otherwise the first."""
    of_or_before = (
        select(Scheme).where(Scheme.year <= year).order_by(Scheme.year.desc(), Scheme.version.desc()).limit(1)
    )
    first = select(Scheme).order_by(Scheme.year, Scheme.version.desc()).limit(1)
    return session.scalar(of_or_before) or session.scalar(first)


def parse_scheme(document: dict[str, Any]) -> EvaluationScheme:
    """The rules in a scheme document. Raises KeyError or ValueError for a document of another shape."""
    scheme = EvaluationScheme(
        year=document["year"],
        version=document["version"],
        indicators=tuple(_indicator(entry) for entry in document["indicators"]),
        year_weights=tuple(Decimal(weight) for weight in document["year_weights"]),
        minimum_group_size=document["minimum_group_size"],
        per_fte=Decimal(document["per_fte"]),
    )
    if scheme.total_weight != Decimal(100):
        raise ValueError(f"weights of scheme {scheme.year}/{scheme.version} sum to {scheme.total_weight}, not to 100")
    return scheme


def _indicator(entry: dict[str, Any]) -> Indicator:
    return Indicator(
        code=entry["code"],
        name=entry["name"],
        definition=entry["definition"],
        unit=entry["unit"],
        norm=Norm(entry["norm"]),
        weight=Decimal(entry["weight"]),
        is_flow=entry["is_flow"],
        source=FactKind(entry["source"]) if entry["source"] else None,
        fixed_bounds={
            PeerGroup(group): Bounds(Decimal(bounds["lower"]), Decimal(bounds["upper"]))
            for group, bounds in entry.get("bounds", {}).items()
        },
    )
