"""Tables on a phone: each row becomes a block whose cells say to which column they belong."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_TAG = re.compile(r"<(/?)(thead|tr|t[dh])\b([^>]*)>")
_HEADING = re.compile(r'<th\b[^>]*\bscope="col"[^>]*>(.*?)</th>', re.DOTALL)
_SAYS_ITSELF = ("data-label=", 'scope="row"', "cell-actions")
"""Cells with a label of their own, the head of a row, and buttons need no column's name."""


def with_labels(table: str) -> Markup:
    """The inside of a table (thead and tbody), each cell of the body with its column's heading in `data-label`.

    The stylesheet shows the labels where a row is a block. Tables here span neither columns nor rows.
    """
    headings = [Markup(found).striptags() for found in _HEADING.findall(table)]  # noqa: S704 - as below
    state = {"head": False, "cell": 0}

    def label(match: re.Match[str]) -> str:
        closes, name, attributes = match.groups()
        if name == "thead":
            state["head"] = not closes
        elif name == "tr":
            state["cell"] = 0
        elif not closes and not state["head"]:
            state["cell"] += 1
            heading = headings[state["cell"] - 1] if state["cell"] <= len(headings) else ""
            if heading and not any(word in attributes for word in _SAYS_ITSELF):
                return f'<{name}{attributes} data-label="{escape(heading)}">'
        return match[0]

    return Markup(_TAG.sub(label, table))  # noqa: S704 - the table was escaped when it was rendered
