"""Texts of templates: the reader's language, markup, places and percent signs, and that none outlives its language."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale
from markupsafe import Markup

from market.kernel.errors import N_
from market.web import texts
from market.web.layout import icon_markup

TRANSLATIONS = Path(__file__).parents[2] / "translations"


class _Member:
    label = N_("单位")


@pytest.fixture
def app() -> Flask:
    made = Flask("texts")
    made.config.update(BABEL_DEFAULT_LOCALE="zh", BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS))
    Babel(made)
    texts.register(made)
    return made


def _said(app: Flask, template: str, **context: object) -> list[str]:
    """Chinese, English, and Chinese again within one page."""
    with app.test_request_context("/"):
        first = render_template_string(template, **context)
        with force_locale("en"):
            second = render_template_string(template, **context)
        return [first, second, render_template_string(template, **context)]


def test_a_text_follows_the_language_also_within_a_page(app: Flask) -> None:
    assert _said(app, "{{ _('成果大厅') }}") == ["成果大厅", "Achievements", "成果大厅"]
    assert _said(app, "{{ gettext('成果大厅') }}")[1] == "Achievements"


def test_what_stands_in_a_place_is_escaped_and_the_text_itself_is_not(app: Flask) -> None:
    said = _said(app, "{{ _('科转<br>%(name)s', name=name) }}", name="<script>")
    assert said[0] == "科转<br>&lt;script&gt;"


def test_a_doubled_percent_sign_is_one(app: Flask) -> None:
    assert _said(app, "{{ _('占 30%%') }}")[0] == "占 30%"
    assert _said(app, "{{ _('占 %(share)s%%', share=30) }}")[0] == "占 30%"


def test_a_place_that_the_text_does_not_have_is_nothing(app: Flask) -> None:
    assert _said(app, "{{ _('成果大厅', count=3) }}")[1] == "Achievements"


def test_the_label_of_a_member_is_a_text_and_is_escaped(app: Flask) -> None:
    assert _said(app, "{{ member|label }}", member=_Member())[:2] == ["单位", "Institution"]
    assert _said(app, "{{ '<b>'|label }}")[0] == "&lt;b&gt;"


def test_only_so_many_texts_are_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "MAXIMUM_KEPT", 2)
    said = _said(app, "{% for one in range(5) %}{{ _('第 ' ~ one) }} {% endfor %}")
    assert said[0].split() == ["第", "0", "第", "1", "第", "2", "第", "3", "第", "4"]


def test_a_counted_text_takes_the_form_of_its_number(app: Flask) -> None:
    template = "{{ counted('%(count)s 家企业关注', number, count=number) }}"
    assert _said(app, template, number=1)[:2] == ["1 家企业关注", "Watched by 1 enterprise"]
    assert _said(app, template, number=0)[:2] == ["0 家企业关注", "Watched by 0 enterprises"]
    assert _said(app, "{{ counted('项', 1) }} {{ counted('项', 2) }}")[1] == "item items"


def test_a_text_of_one_form_is_counted_as_it_is_and_its_places_are_escaped(app: Flask) -> None:
    assert _said(app, "{{ counted('万元', 1) }}{{ counted('万元', 2) }}")[1] == 2 * _said(app, "{{ _('万元') }}")[1]
    said = _said(app, "{{ counted('%(count)s 家企业关注', 2, count=given) }}", given="<b>")
    assert said[1] == "Watched by &lt;b&gt; enterprises"


def test_every_kind_of_value_stands_in_its_place_as_the_library_would_put_it(app: Flask) -> None:
    template = "{{ _('%(name)s，%(count)d 项，%(share).1f', name=name, count=count, share=share) }}"
    said = _said(app, template, name=Markup("<b>&amp;</b>"), count=Decimal(3), share=2.25)
    assert said[0] == "<b>&amp;</b>，3 项，2.2"
    assert _said(app, "{{ _('%(name)s', name=name) }}", name=None)[0] == "None"


def test_an_icon_is_one_sign_and_its_label_is_escaped(app: Flask) -> None:
    with app.test_request_context("/"):
        assert str(icon_markup("x")) == (
            '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/icons.svg#x"></use></svg>'
        )
        assert 'role="img" aria-label="&lt;取消&gt;"' in icon_markup("x", "<取消>")
