"""A market of any size: some hundred listings are written through the models, the database multiplies them."""

from __future__ import annotations

from itertools import cycle

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from tests.factories import world
from tests.factories.public_listings import make_public_listing

INSTITUTIONS = 14
OF_EACH = 40
"""Listings of each institution that are written through the models."""
THINGS = ("阀门密封面", "低压断路器触头", "鞋用胶粘剂", "眼底影像", "激光焊接", "储能电池", "叶轮磨损", "柑橘保鲜")
DEEDS = ("检测方法", "制备方法", "控制系统", "修复装置", "在线诊断", "结构优化")
FIRST_COPY = 10_000_000
"""Copies have ids from here on: id of the copy = FIRST_COPY + id of the model × number of copies + which copy."""


def fill(session: Session, wanted: int) -> tuple[list[str], str]:
    """Write `wanted` published listings with their rights and offers; returns some numbers and an officer's address."""
    numbers, officers = [], []
    of_each = min(OF_EACH, -(-wanted // INSTITUTIONS))
    for place in range(INSTITUTIONS):
        institution = world.make_organisation(session)
        officers.append(world.make_person(session, institution, Role.TRANSFER_OFFICER).email)
        for index, thing in zip(range(of_each), cycle(THINGS), strict=False):
            serial = place * of_each + index
            title = f"一种{thing}的{DEEDS[index % len(DEEDS)]}（{serial}）"
            patent = f"20231{9_000_000 + serial:07d}"
            made = make_public_listing(session, title, organisation=institution, patent_numbers=(patent,))
            numbers.append(made.number)
    session.flush()
    copies = (wanted - len(numbers)) // len(numbers)
    if copies > 0:
        _multiply(session, copies)
    return numbers, officers[0]


def _multiply(session: Session, copies: int) -> None:
    def copy_of(column: str) -> str:
        return f"{FIRST_COPY} + {column}::bigint * {copies + 1} + g"

    _copy(session, "achievement", copies, {"id": copy_of("t.id"), "title": "t.title || g"})
    right = {"id": copy_of("t.id"), "achievement_id": copy_of("t.achievement_id"), "title": "t.title || g"}
    right["number"] = f"'2024' || ({copy_of('t.id')})"
    _copy(session, "ip_right", copies, right)
    listing = {"id": copy_of("t.id"), "achievement_id": copy_of("t.achievement_id"), "title": "t.title || g"}
    listing["number"] = f"'WZ' || ({copy_of('t.id')})"
    _copy(session, "listing", copies, listing)
    _copy(session, "offer", copies, {"id": copy_of("t.id"), "listing_id": copy_of("t.listing_id")})
    for table in ("achievement", "ip_right", "listing", "offer"):
        session.execute(text(f"ANALYZE {table}"))


def _copy(session: Session, table: str, copies: int, changed: dict[str, str]) -> None:
    columns = session.scalars(
        text("SELECT column_name FROM information_schema.columns WHERE table_name = :t AND is_generated = 'NEVER'"),
        {"t": table},
    ).all()
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    session.execute(
        text(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t, generate_series(1, {copies}) g"
        )
    )
