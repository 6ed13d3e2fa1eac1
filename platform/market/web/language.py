"""Chinese first, English second: the address or the session decides, then the person's choice."""

from __future__ import annotations

from flask import has_request_context, request, session
from flask_login import current_user

LANGUAGES = {"zh": "中文", "en": "English"}
"""Code and the language's own name; the first is the language of the source."""
SOURCE_LANGUAGE = "zh"


def choose_language() -> str:
    """The language of this page. `?language=en` in the address holds for that page, for search machines and links."""
    if not has_request_context():
        return SOURCE_LANGUAGE
    if request.args.get("language") in LANGUAGES:
        return request.args["language"]
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    if request.endpoint != "static" and current_user and current_user.is_authenticated:
        return current_user.language if current_user.language in LANGUAGES else SOURCE_LANGUAGE
    return SOURCE_LANGUAGE
