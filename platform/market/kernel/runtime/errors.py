"""Why the runner refuses to start."""

from __future__ import annotations


class StartRefused(Exception):  # noqa: N818 - named after what happened
    """The platform cannot start; `str()` is the sentence for the person at the terminal, Chinese first."""
