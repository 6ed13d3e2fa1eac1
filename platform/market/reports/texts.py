"""What the record calls what happens to reports, as gettext ids."""

from __future__ import annotations

from market.kernel.errors import N_

TEXTS = {
    "report.received": N_("收到举报"),
    "report.upheld": N_("举报查实"),
    "report.rejected": N_("举报不属实"),
}
