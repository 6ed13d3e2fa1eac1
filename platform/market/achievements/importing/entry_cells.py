"""What single cells say of an entry: completers with rewards, shares, projects, the level of readiness. Pure.

Several stand in one cell, told apart by ； ; | or line breaks: `张三:60%；李四:40%`, `本单位 60%；共有人 某公司 40%`,
`省级计划 2021C01001 高效水泵（50万元）`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal

from market.achievements.editing.rules import ProjectDraft
from market.achievements.errors import RowRefused
from market.achievements.importing.cells import date_of
from market.achievements.ownership import WHOLE, CompleterDraft, ShareDraft
from market.achievements.vocabulary import FundingLevel, ShareHolder
from market.kernel.errors import N_

MAXIMUM_PERSON, MAXIMUM_HOLDER, MAXIMUM_NUMBER, MAXIMUM_PROJECT = 60, 200, 60, 300
_STRONG = re.compile(r"[;；|｜\n]+")
_WEAK = re.compile(r"[、，,]+")
_SHARE = r"(?P<share>\d{1,3}(?:\.\d{1,2})?)\s*(?P<sign>[%％]?)"
_COMPLETER = re.compile(rf"(?P<name>.+?)(?P<mark>[\s:：(（]*){_SHARE}\s*[)）]?")
_CONSENT = re.compile(r"\s*[（(]\s*同意\s*(?P<on>[\d.\-/年月日]+)\s*[）)]\s*$")
_HOLDER = re.compile(
    r"(?:(?P<kind>本单位份额|本单位|共有人|共有单位|受赋权完成人|赋权完成人|完成人)(?:\s+|[:：]\s*))?"
    rf"(?P<name>.+?)??[\s:：(（]*{_SHARE}\s*[)）]?"
)
_HOLDER_KINDS = {
    "本单位份额": ShareHolder.INSTITUTION,
    "本单位": ShareHolder.INSTITUTION,
    "共有人": ShareHolder.CO_OWNER,
    "共有单位": ShareHolder.CO_OWNER,
    "受赋权完成人": ShareHolder.COMPLETER,
    "赋权完成人": ShareHolder.COMPLETER,
    "完成人": ShareHolder.COMPLETER,
}
_LEVEL_WORDS = (
    ("计划外", FundingLevel.OUTSIDE),
    ("横向", FundingLevel.OUTSIDE),
    ("国家", FundingLevel.NATIONAL),
    ("省", FundingLevel.PROVINCE),
    ("部", FundingLevel.MINISTRY),
    ("市", FundingLevel.CITY),
    ("县", FundingLevel.CITY),
    ("区", FundingLevel.CITY),
)
"""The first word that stands before the number decides."""
_AMOUNT = re.compile(r"[\s（(,，]*(?:资助)?\s*(?P<amount>\d[\d,]*(?:\.\d{1,6})?)\s*(?P<unit>万元|万|元)\s*[）)]?\s*$")
_PROJECT_NUMBER = re.compile(r"(?=\S*\d)[A-Za-z0-9][^\s，,（(]{3,}")
_FEN = {"元": 100, "万元": 1_000_000, "万": 1_000_000}
_LEVEL_OF_READINESS = re.compile(r"(?:TRL)?[\s\-:：]*([1-9])(?:\.0)?\s*级?", re.IGNORECASE)
_YES = frozenset({"是", "有", "y", "yes", "true", "财政资金", "财政资助", "财政"})
_NO = frozenset({"否", "无", "n", "no", "false", "非财政资金", "非财政资助", "非财政", "自筹"})


def _parts(text: str, *, weak: bool) -> list[str]:
    parts = [part.strip() for part in _STRONG.split(text) if part.strip()]
    if weak and len(parts) == 1:
        parts = [part.strip() for part in _WEAK.split(parts[0]) if part.strip()]
    return parts


def _share(match: re.Match[str], part: str) -> int:
    """Hundredths of a percent. Raises RowRefused over 100 and for fractions without a sign."""
    value = int(Decimal(unicodedata.normalize("NFKC", match["share"])) * 100)
    if value > WHOLE or (not match["sign"] and 0 < value <= 100):  # noqa: PLR2004 - 0.6 may mean 60 %
        raise RowRefused(
            "row.share_format",
            N_("“%(given)s”里的份额看不懂：请写成百分数，例如“张三:60%%；李四:40%%”。"),
            given=part[:40],
        )
    return value


def read_completers(text: str) -> tuple[CompleterDraft, ...]:
    """Names in their order, each with its share of the reward where one is written. Raises RowRefused."""
    found = []
    for part in _parts(text, weak=True):
        match = _COMPLETER.fullmatch(part)
        has_share = match is not None and bool(match["mark"] or match["sign"])
        name = " ".join((match["name"] if match and has_share else part).split())
        if len(name) > MAXIMUM_PERSON or re.search(r"[%％]|\d", name):
            raise RowRefused(
                "row.share_format",
                N_("“%(given)s”里的份额看不懂：请写成百分数，例如“张三:60%%；李四:40%%”。"),
                given=part[:40],
            )
        found.append(CompleterDraft(name, reward_share=_share(match, part) if match and has_share else None))
    return tuple(found)


def read_shares(text: str, own_names: Collection[str], completers: Collection[str]) -> tuple[ShareDraft, ...]:
    """Who owns which part, with the day of a consent that the cell claims. Raises RowRefused.

    A holder without a word before the name is the institution by its name, a completer by hers, else a co-owner.
    """
    found = []
    for part in _parts(text, weak=True):
        consent = _CONSENT.search(part)
        match = _HOLDER.fullmatch(part[: consent.start()] if consent else part)
        name = " ".join((match["name"] or "").split()) if match else ""
        kind = _HOLDER_KINDS.get(match["kind"] or name) if match else None
        name = "" if name in _HOLDER_KINDS else name
        if kind is ShareHolder.INSTITUTION and not name:
            name = next(iter(own_names), "")
        if match is None or not name or len(name) > MAXIMUM_HOLDER:
            raise RowRefused(
                "row.holder_format",
                N_("“%(given)s”看不懂：请逐个写明权利人和份额，例如“本单位 60%%；共有人 某公司 40%%”。"),
                given=part[:40],
            )
        if kind is None:
            by_name = ShareHolder.COMPLETER if name in completers else ShareHolder.CO_OWNER
            kind = ShareHolder.INSTITUTION if name in own_names else by_name
        found.append(ShareDraft(kind, name, _share(match, part), _consent_day(consent, part)))
    return tuple(found)


def _consent_day(match: re.Match[str] | None, part: str) -> date | None:
    try:
        return date_of(match["on"]) if match else None
    except ValueError:
        raise RowRefused(
            "row.holder_format",
            N_("“%(given)s”看不懂：请逐个写明权利人和份额，例如“本单位 60%%；共有人 某公司 40%%”。"),
            given=part[:40],
        ) from None


def read_projects(text: str) -> tuple[ProjectDraft, ...]:
    """The projects that paid, each with level, number, and name and amount where they stand. Raises RowRefused."""
    return tuple(_project(part) for part in _parts(text, weak=False))


def _project(part: str) -> ProjectDraft:
    amount = _AMOUNT.search(part)
    rest = part[: amount.start()] if amount else part
    number = _PROJECT_NUMBER.search(rest)
    if number is None or len(number.group()) > MAXIMUM_NUMBER:
        raise RowRefused(
            "row.project_number",
            N_("“%(given)s”里没有项目编号：请写级别、编号、名称，例如“省级计划 2021C01001 高效水泵（50万元）”。"),
            given=part[:40],
        )
    before, after = rest[: number.start()].strip(), rest[number.end() :].strip()
    level = next((level for word, level in _LEVEL_WORDS if word in (before or after)), None)
    if level is None:
        raise RowRefused(
            "row.project_level",
            N_("“%(given)s”没有写明项目级别：请写国家计划、部门计划、省级计划、市县计划或计划外。"),
            given=part[:40],
        )
    name = " ".join(filter(None, ("" if before == level.label else before, after))).strip(" ，,:：")
    draft = ProjectDraft(level, number.group(), name[:MAXIMUM_PROJECT])
    return replace(draft, amount_fen=_fen(amount)) if amount else draft


def _fen(match: re.Match[str]) -> int | None:
    given = Decimal(unicodedata.normalize("NFKC", match["amount"]).replace(",", ""))
    return int(given * _FEN[match["unit"]]) or None


def read_readiness(text: str) -> int:
    """`TRL5`, `5级`, `5`. Raises RowRefused."""
    match = _LEVEL_OF_READINESS.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise RowRefused(
            "row.readiness", N_("“%(given)s”不是技术就绪等级，请填 1 到 9，例如 5 或 TRL5。"), given=text[:40]
        )
    return int(match[1])


def read_yes_or_no(text: str) -> bool:
    """Whether the word says yes. Raises RowRefused for what is neither."""
    word = unicodedata.normalize("NFKC", text).strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise RowRefused("row.yes_or_no", N_("“%(given)s”看不懂，请填“是”或“否”。"), given=text[:40])
