"""The blueprint that the pages of this subject share."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse

blueprint = Blueprint("enquiries", __name__)
Answer = str | BaseResponse | tuple[str, int]
