"""The one blueprint of this subject; its views are spread over the modules of this package."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("accounts", __name__)
Answer = str | BaseResponse | tuple[str, int]
