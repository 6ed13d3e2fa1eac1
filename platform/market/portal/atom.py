"""Atom feeds (RFC 4287): entries in, XML out. Pure; addresses are absolute already."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""
NOTHING_YET = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """One entry; its address is its identity."""

    address: str
    title: str
    summary: str
    author: str
    published: datetime
    updated: datetime
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A feed: `address` is its own, `page` the page that shows the same."""

    address: str
    page: str
    title: str
    author: str
    entries: Sequence[Entry]


def feed_xml(feed: Feed) -> bytes:
    """The document in UTF-8. `updated` is that of the newest entry, so that the same entries are the same bytes."""
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(f"{{{ATOM}}}feed")
    _text(root, "id", feed.address)
    _text(root, "title", feed.title)
    _text(root, "updated", _moment(max((entry.updated for entry in feed.entries), default=NOTHING_YET)))
    _link(root, "self", feed.address, "application/atom+xml")
    _link(root, "alternate", feed.page, "text/html")
    _author(root, feed.author)
    for entry in feed.entries:
        _add(root, entry)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(root: ElementTree.Element, entry: Entry) -> None:
    element = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
    _text(element, "id", entry.address)
    _text(element, "title", entry.title)
    _text(element, "published", _moment(entry.published))
    _text(element, "updated", _moment(entry.updated))
    _link(element, "alternate", entry.address, "text/html")
    _author(element, entry.author)
    for category in entry.categories:
        ElementTree.SubElement(element, f"{{{ATOM}}}category", term=readable(category))
    _text(element, "summary", entry.summary)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}{name}").text = readable(text)


def _link(parent: ElementTree.Element, relation: str, address: str, media_type: str) -> None:
    ElementTree.SubElement(parent, f"{{{ATOM}}}link", rel=relation, href=address, type=media_type)


def _author(parent: ElementTree.Element, name: str) -> None:
    _text(ElementTree.SubElement(parent, f"{{{ATOM}}}author"), "name", name)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def readable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub("", text)
