"""The closed lists of reports of wrongs."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_


class ReportState(StrEnum):
    """Life of a report."""

    RECEIVED = "received"
    UPHELD = "upheld"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return {"received": N_("核查中"), "upheld": N_("查实"), "rejected": N_("不属实")}[self.value]


class ReportAction(StrEnum):
    """What moves a report."""

    UPHOLD = "uphold"
    REJECT = "reject"


class ReportKind(StrEnum):
    """What is reported."""

    FALSE_CONTENT = "false_content"
    RIGHTS = "rights"
    COLLUSION = "collusion"
    CONDUCT = "conduct"
    OTHER = "other"

    @property
    def label(self) -> str:
        return {
            "false_content": N_("内容虚假或夸大"),
            "rights": N_("侵犯权利或权属不实"),
            "collusion": N_("串通、低价或利益输送"),
            "conduct": N_("机构或人员的不当行为"),
            "other": N_("其他问题"),
        }[self.value]
