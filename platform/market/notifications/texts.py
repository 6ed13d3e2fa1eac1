"""A notice's message in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

LABEL = "label"
"""The param that is itself a gettext id: what a parameter is called."""


def sentence(message: str, params: Mapping[str, Any]) -> str:
    """The message with its params filled in."""
    if not params:
        return str(gettext(message))
    said = {name: gettext(value) if name == LABEL else value for name, value in params.items()}
    return str(gettext(message, **said))
