"""How facets and their values read, in the field's own terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from market.accounts.counties import COUNTIES
from market.achievements.editing.rules import STAGE_OF_TRL
from market.achievements.rules import RightState
from market.achievements.vocabulary import AchievementKind, Industry, MaturityStage, TechnicalField
from market.kernel.errors import N_
from market.listings.vocabulary import TransferWay
from search.classification import title_of
from search.documents import LOT_OPEN, LOT_UPCOMING, YES
from search.prices import PriceBand

TITLES = {
    "way": N_("转化方式"),
    "field": N_("技术领域"),
    "industry": N_("产业（5+5）"),
    "ipc_section": N_("IPC 部"),
    "ipc_class": N_("IPC 大类"),
    "ipc_subclass": N_("IPC 小类"),
    "stage": N_("成熟度"),
    "trl": N_("技术就绪水平（TRL）"),
    "price_band": N_("价格"),
    "auction": N_("网络竞价"),
    "open_licence": N_("开放许可"),
    "free_trial": N_("零费用试用"),
    "kind": N_("成果类型"),
    "legal_status": N_("法律状态"),
    "county": N_("所在县市区"),
    "institution": N_("单位"),
}
_FIXED = {
    ("auction", LOT_OPEN): N_("正在竞价"),
    ("auction", LOT_UPCOMING): N_("即将开始竞价"),
    ("open_licence", YES): N_("可开放许可"),
    ("free_trial", YES): N_("可零费用试用"),
}


class _Labelled(Protocol):
    @property
    def label(self) -> str: ...


def _labels(vocabulary: Iterable[_Labelled]) -> dict[str, str]:
    return {str(member): member.label for member in vocabulary}


_VOCABULARIES = {
    "way": _labels(TransferWay),
    "field": _labels(TechnicalField),
    "industry": _labels(Industry),
    "stage": _labels(MaturityStage),
    "price_band": _labels(PriceBand),
    "kind": _labels(AchievementKind),
    "legal_status": _labels(RightState),
}
Translate = Callable[[str], str]
_STAGES = {str(level): stage for level, stage in STAGE_OF_TRL.items()}


def value_label(facet: str, value: str, institutions: Mapping[str, str], translate: Translate) -> str:
    """How a facet's value reads; an unknown one is shown as it came. Names of institutions come by their codes."""
    label = _VOCABULARIES.get(facet, {}).get(value)
    if label is not None:
        return translate(label)
    if (facet, value) in _FIXED:
        return translate(_FIXED[facet, value])
    if facet.startswith("ipc_"):
        return f"{value} {title_of(value)}".rstrip()
    if facet == "trl" and value in _STAGES:
        return f"TRL {value} · {translate(_STAGES[value].label)}"
    return COUNTIES.get(value, value) if facet == "county" else institutions.get(value, value)
