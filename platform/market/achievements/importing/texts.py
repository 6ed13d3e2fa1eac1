"""What timelines and the log call what happens to an import."""

from __future__ import annotations

from market.kernel.errors import N_

TEXTS = {
    "import.checked": N_("核对完成，等待确认导入"),
    "import.finished": N_("导入完成"),
    "import.number_conflicts": N_("号码归属有冲突"),
}
