"""The blueprint that the public pages share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
