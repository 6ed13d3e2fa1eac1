"""Texts of the interface in the reader's language, looked up once: a page of the hall asks for three hundred.

Flask-Babel finds the language and its catalogue anew for each text, which took a tenth of such a page's time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_app_context
from flask_babel import get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

MAXIMUM_KEPT = 10_000
"""Texts kept of each language; there are some thousands, so this only bounds what a slip in a template could cost."""


Language = tuple[str, str | None, str | None] | None
"""What tells the languages apart: comparing the whole locales takes as long as finding a text."""


class Texts:
    """The catalogues of one application, and the texts that its templates asked for."""

    def __init__(self) -> None:
        self._catalogues: dict[Language, Translations | NullTranslations] = {}
        self._kept: dict[Language, dict[str, Markup]] = {}

    def marked(self, message: str) -> Markup:
        """The text in the language of now, which may hold markup as its message does."""
        spoken = language()
        kept = self._kept.get(spoken)
        if kept is None:
            kept = self._kept.setdefault(spoken, {})
        found = kept.get(message)
        if found is None:
            # a template's own words, as the i18n extension of Jinja marks them; what stands in their places is escaped
            found = Markup(self._catalogue(spoken).ugettext(message))  # noqa: S704
            if len(kept) < MAXIMUM_KEPT:
                kept[message] = found
        return found

    def counted(self, message: str, number: int) -> Markup:
        """The text of a message that a number belongs to, in the form that this number wants, or in its only one."""
        catalogue = self._catalogue(language())
        text = catalogue.ungettext(message, message, number)
        return Markup(catalogue.ugettext(message) if text == message else text)  # noqa: S704 - as above

    def _catalogue(self, language: Language) -> Translations | NullTranslations:
        if language not in self._catalogues:
            self._catalogues[language] = get_translations()
        return self._catalogues[language]


def language() -> Language:
    """The language of now, by way of what Flask-Babel keeps for the request, if anything: asking it takes three times as long."""
    kept = getattr(g, "_flask_babel", None) if has_app_context() else None
    locale = getattr(kept, "babel_locale", None) or get_locale()
    return (locale.language, locale.script, locale.territory) if locale else None


def register(app: Flask) -> None:
    """Give templates `_`, `gettext`, `counted` and the filter `label`.

    What stands in their places is escaped; `%%` is a percent sign. `counted(message, number, **places)` is for a message
    that reads otherwise for one than for several; the number stands in a place only if the places name it.
    """
    texts = Texts()

    @pass_eval_context
    def gettext(evaluated: EvalContext, message: str, /, **places: Any) -> str:
        text = texts.marked(message)
        if places or "%" in text:
            return _filled(text, places) if evaluated.autoescape else str(text) % places
        return text if evaluated.autoescape else str(text)

    @pass_eval_context
    def counted(evaluated: EvalContext, message: str, number: int, /, **places: Any) -> str:
        text = texts.counted(message, number)
        return _filled(text, places) if evaluated.autoescape else str(text) % places

    def label(member: Any) -> str:
        """The translated label of a member of an enumeration."""
        return str(texts.marked(member.label)) if hasattr(member, "label") else str(member)

    app.jinja_env.globals.update(_=gettext, gettext=gettext, counted=counted)
    app.jinja_env.filters["label"] = label


def _filled(text: Markup, places: dict[str, Any]) -> Markup:
    """What `text % places` gives, in a third of its time."""
    safe = {
        name: value if isinstance(value, (int, float, Decimal)) else escape(value) for name, value in places.items()
    }
    return Markup(str.__mod__(text, safe))  # noqa: S704 - escaped one by one
