"""Refusals of reports."""

from __future__ import annotations

from market.kernel.errors import Refusal


class ReportRefused(Refusal):
    """A report cannot be taken or decided like this."""

    status = 422


class TooManyReports(Refusal):
    """Beyond the limits of a day."""

    status = 429
