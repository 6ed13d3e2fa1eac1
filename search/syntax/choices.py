"""Values of the fields with a closed list: found by code, by label, by a part of the label, or by what people say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from market.accounts.counties import COUNTIES
from market.achievements.rules import RightState
from market.achievements.vocabulary import (
    PATENT_KINDS,
    AchievementKind,
    Industry,
    MaturityStage,
    TechnicalField,
)
from market.listings.vocabulary import TransferWay
from search.analysis import fold
from search.documents import LOT_OPEN, LOT_UPCOMING, YES

MINIMUM_PART = 2
_LICENCES = (
    TransferWay.EXCLUSIVE_LICENCE,
    TransferWay.SOLE_LICENCE,
    TransferWay.ORDINARY_LICENCE,
    TransferWay.OPEN_LICENCE,
)
_YES = ("有", "是", "yes", "y", "true", "1", "√")
_NO = frozenset({"无", "无有", "没有", "否", "不是", "no", "n", "false", "0", "none"})


@dataclass(frozen=True)
class Choice:
    """A closed list: label by code, and words that stand for one or several codes. `is_flag` = also "no" is an answer."""

    labels: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_flag: bool = False

    def codes(self, value: str) -> tuple[str, ...]:
        """Codes that a written value stands for; none when it is not known."""
        wanted = "".join(fold(value).split())
        found = list(self.words.get(wanted, ()))
        found = found or [code for code, label in self.labels.items() if wanted in {fold(code), fold(label)}]
        if not found and len(wanted) >= MINIMUM_PART:
            found = [code for code, label in self.labels.items() if wanted in fold(label)]
        return tuple(map(str, found))

    def denies(self, value: str) -> bool:
        """The value says that the listing has it not (开放许可:否)."""
        return self.is_flag and fold(value).strip() in _NO


def _labels(values: type[StrEnum]) -> dict[str, str]:
    return {str(one): getattr(one, "label", str(one)) for one in values}


WAYS = Choice(
    _labels(TransferWay),
    {
        "许可": _LICENCES,
        "licence": _LICENCES,
        "license": _LICENCES,
        "出售": (TransferWay.ASSIGNMENT,),
        "transfer": (TransferWay.ASSIGNMENT,),
        "作价入股": (TransferWay.EQUITY,),
        "入股": (TransferWay.EQUITY,),
        "竞价": (TransferWay.AUCTION,),
        "拍卖": (TransferWay.AUCTION,),
        "bidding": (TransferWay.AUCTION,),
    },
)
TECHNICAL_FIELDS = Choice(
    _labels(TechnicalField), {"材料": (TechnicalField.MATERIALS,), "it": (TechnicalField.ELECTRONICS,)}
)
INDUSTRIES = Choice(_labels(Industry))
KINDS = Choice(
    _labels(AchievementKind),
    {
        "专利": tuple(kind for kind in AchievementKind if kind in PATENT_KINDS),
        "patent": tuple(kind for kind in AchievementKind if kind in PATENT_KINDS),
        "发明": (AchievementKind.INVENTION,),
        "软著": (AchievementKind.SOFTWARE,),
    },
)
STATUSES = Choice(
    _labels(RightState),
    {
        "授权": (RightState.ALIVE,),
        "有权": (RightState.ALIVE,),
        "失效": (RightState.LAPSED, RightState.EXPIRED),
        "无效": (RightState.LAPSED, RightState.EXPIRED),
    },
)
STAGES = Choice(_labels(MaturityStage))
_NAMES_OF_COUNTIES = {name.rstrip("区县市"): (code,) for code, name in COUNTIES.items()}
COUNTY = Choice(COUNTIES, _NAMES_OF_COUNTIES)
AUCTION_STATES = Choice(
    {LOT_OPEN: "进行中", LOT_UPCOMING: "即将开始"},
    dict.fromkeys(_YES, (LOT_OPEN, LOT_UPCOMING)) | {"竞价中": (LOT_OPEN,), "预告": (LOT_UPCOMING,)},
    is_flag=True,
)
YES_OR_NO = Choice({YES: "有"}, dict.fromkeys(_YES, (YES,)), is_flag=True)
