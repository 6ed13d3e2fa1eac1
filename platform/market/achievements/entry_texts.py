"""Completers, shares and projects of an entry in one cell each, as the register's workbook has them and imports know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from market.achievements.editing.rules import ProjectDraft
from market.achievements.ownership import CompleterDraft, ShareDraft, percent
from market.achievements.vocabulary import FundingLevel, ShareHolder
from market.kernel.errors import N_

Say = Callable[[str], str]
CONSENTED = N_("同意")
SEPARATOR = "；"


def completer_text(name: str, reward_share: int | None) -> str:
    """`张三 60%`."""
    return f"{name} {percent(reward_share)}".strip()


def share_text(kind: str, name: str, share: int, consented_on: date | None, say: Say) -> str:
    """`共有人 某公司 40%（同意 2024-01-02）`."""
    consent = f"（{say(CONSENTED)} {consented_on}）" if consented_on else ""
    return f"{say(ShareHolder(kind).label)} {name} {percent(share)}{consent}"


def project_text(level: str, number: str, name: str, amount_fen: int | None, say: Say) -> str:
    """`省级计划 2021C01001 高效水泵（500000.00元）`."""
    amount = f"（{amount_fen // 100}.{amount_fen % 100:02d}元）" if amount_fen else ""
    return " ".join(filter(None, (say(FundingLevel(level).label), number, name))) + amount


def completers_text(completers: Iterable[CompleterDraft]) -> str:
    """All of them, in Chinese."""
    return SEPARATOR.join(completer_text(one.name, one.reward_share) for one in completers)


def shares_text(shares: Iterable[ShareDraft]) -> str:
    """All of them, in Chinese."""
    return SEPARATOR.join(
        share_text(one.holder_kind.value, one.name, one.share, one.consented_on, str) for one in shares
    )


def projects_text(projects: Iterable[ProjectDraft]) -> str:
    """All of them, in Chinese."""
    return SEPARATOR.join(project_text(one.level.value, one.number, one.name, one.amount_fen, str) for one in projects)
