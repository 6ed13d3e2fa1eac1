"""Every template parses, extends a base, has a title, speaks through gettext and keeps the Content-Security-Policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
BASES = {"base.html", "portal.html", "console.html", "errors/layout.html", "errors/standalone.html"}
SPEAK_WITHOUT_GETTEXT = {"errors/standalone.html", "errors/500.html", "errors/503.html"}
DATA_BLOCK_TYPES = {"application/json", "application/ld+json"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ICONS = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text(encoding="utf-8")))
SPEAKING = frozenset({"_", "gettext", "ngettext", "pgettext", "N_", "counted"})
"""What a template calls for its texts."""
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


def _is_page(name: str) -> bool:
    """A page: not a macro file, not a fragment (its file name starts with `_`), not a base."""
    return not name.startswith("macros/") and not Path(name).name.startswith("_") and name not in BASES


PAGES = [name for name in NAMES if _is_page(name)]


def _parse(name: str) -> nodes.Template:
    return ENVIRONMENT.parse((TEMPLATES / name).read_text(encoding="utf-8"), name)


def _strip_jinja(source: str) -> str:
    """The markup alone; what Jinja computes becomes a harmless word."""
    return re.sub(r"\{%.*?%\}|\{#.*?#\}", "", re.sub(r"\{\{.*?\}\}", "x", source, flags=re.S), flags=re.S)


class _Offences(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "style":
            self.found.append("<style>")
        if tag == "script" and "src" not in attributes and attributes.get("type") not in DATA_BLOCK_TYPES:
            self.found.append("inline <script>")
        self.found += [f"{key}= on <{tag}>" for key in attributes if key == "style" or key.startswith(("on", "hx-on"))]
        self.found += [
            f"javascript: on <{tag}>" for value in attributes.values() if (value or "").startswith("javascript:")
        ]
        if tag in ("script", "img", "iframe") or (tag == "link" and attributes.get("rel") in ("stylesheet", "icon")):
            address = attributes.get("src") or attributes.get("href") or ""
            if address.startswith(("http:", "https:", "//")):
                self.found.append(f"foreign asset {address}")


def _offences(markup: str) -> list[str]:
    parser = _Offences()
    parser.feed(_strip_jinja(markup))
    return parser.found


def _chinese_outside_gettext(template: nodes.Template) -> Iterator[str]:
    translated: set[int] = set()
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in SPEAKING:
            translated |= {id(child) for child in call.find_all(nodes.Const)}
    for data in template.find_all(nodes.TemplateData):
        if CHINESE.search(data.data):
            yield data.data.strip()[:40]
    for const in template.find_all(nodes.Const):
        if isinstance(const.value, str) and CHINESE.search(const.value) and id(const) not in translated:
            yield const.value[:40]


@pytest.mark.parametrize("name", NAMES)
def test_template_parses(name: str) -> None:
    assert _parse(name).body


@pytest.mark.parametrize("name", NAMES)
def test_template_holds_nothing_that_the_content_security_policy_forbids(name: str) -> None:
    assert _offences((TEMPLATES / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">x</p>',
        "<style>p { color: red }</style>",
        "<script>alert(1)</script>",
        '<button onclick="go()">x</button>',
        '<div hx-on:click="go()">x</div>',
        '<a href="javascript:go()">x</a>',
        '<script src="https://cdn.example.com/x.js"></script>',
        '{% if a %}<td style="width: {{ b }}px">{% endif %}',
    ],
)
def test_the_check_finds_forbidden_markup(markup: str) -> None:
    assert len(_offences(markup)) == 1


@pytest.mark.parametrize("name", PAGES)
def test_page_extends_a_base_and_has_a_title(name: str) -> None:
    template = _parse(name)

    parents = {
        const.value
        for extends in template.find_all(nodes.Extends)
        for const in extends.find_all(nodes.Const)
        if const.value in BASES
    }
    titles = [block for block in template.find_all(nodes.Block) if block.name == "title"]

    assert parents, f"{name} extends none of {sorted(BASES)}; a fragment's file name starts with _"
    assert len(titles) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SPEAK_WITHOUT_GETTEXT | {"styleguide.html"}])
def test_every_visible_chinese_string_goes_through_gettext(name: str) -> None:
    assert list(_chinese_outside_gettext(_parse(name))) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_named_icon_is_in_the_sprite(name: str) -> None:
    wanted = {
        argument.value
        for call in _parse(name).find_all(nodes.Call)
        if (isinstance(call.node, nodes.Name) and call.node.name == "icon")
        or (isinstance(call.node, nodes.Getattr) and call.node.attr == "icon")
        for argument in call.args[:1]
        if isinstance(argument, nodes.Const)
    }

    assert wanted <= ICONS, f"add {sorted(wanted - ICONS)} to static/icons.svg"


def test_every_icon_of_the_console_navigation_is_in_the_sprite() -> None:
    from market.web.navigation import CONSOLE

    assert {entry.icon for entry in CONSOLE} - ICONS == set()


@pytest.mark.parametrize("name", ["errors/500.html", "errors/503.html"])
def test_page_of_last_resort_renders_without_any_context(name: str) -> None:
    from jinja2 import FileSystemLoader

    page = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template(name).render()

    assert f'<p class="trouble-code">{Path(name).stem}</p>' in page
    assert "接下来可以" in page


def test_vendored_assets_have_a_version_and_a_licence() -> None:
    vendor = ROOT / "static/vendor"
    versions = (vendor / "VERSIONS.md").read_text(encoding="utf-8")

    folders = sorted(path for path in vendor.iterdir() if path.is_dir())

    assert [folder.name for folder in folders] == ["echarts", "htmx", "tabler", "tabler-icons"]
    for folder in folders:
        assert (folder / "LICENSE").stat().st_size > 0
        for asset in [*folder.glob("*.js"), *folder.glob("*.css")]:
            assert f"{folder.name}/{asset.name}" in versions
