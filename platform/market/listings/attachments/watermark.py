"""A reader's name, organisation and time on every page of a PDF.

The mark is one form in the file that every page shows on top; pages' own content is neither unpacked nor changed, so a
large file costs little. The font is one of those that every PDF reader for Chinese has; none is embedded.
"""

from __future__ import annotations

import io
import math
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, StreamObject
from reportlab.lib.colors import Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from market.listings.attachments.errors import WatermarkBusy

FONT = "STSong-Light"
AT_ONCE = 2
WAIT_SECONDS = 20
_NAME = "/KeZhuanMark"
_GREY = Color(0.35, 0.35, 0.35, alpha=0.22)
_INK = Color(0.25, 0.25, 0.25, alpha=0.85)
_slots = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def slot() -> Iterator[None]:
    """At most AT_ONCE files are marked at a time in a process; raises WatermarkBusy after WAIT_SECONDS."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise WatermarkBusy
    try:
        yield
    finally:
        _slots.release()


def watermark(source: IO[bytes], line: str, target: IO[bytes]) -> None:
    """Write the pages of `source` with `line` slanting over each and small at its foot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        writer = PdfWriter()
        marks: dict[tuple[int, int, int], StreamObject] = {}
        for page in PdfReader(source).pages:
            _show_on(writer, writer.add_page(page), line, marks)
        writer.write(target)


def _show_on(writer: PdfWriter, page: PageObject, line: str, marks: dict[tuple[int, int, int], StreamObject]) -> None:
    box, turn = page.cropbox, page.rotation % 360
    width, height = round(float(box.width)), round(float(box.height))
    key = (width, height, turn)
    if key not in marks:
        marks[key] = _mark(writer, width, height, turn, line)
    resources = DictionaryObject(_resolved(page.get("/Resources")))
    forms = DictionaryObject(_resolved(resources.get("/XObject")))
    forms[NameObject(_NAME)] = marks[key].indirect_reference or marks[key]
    resources[NameObject("/XObject")] = forms
    page[NameObject("/Resources")] = resources
    before = _stream(writer, b"q\n")
    shift = f"\nQ\nq\n1 0 0 1 {float(box.left):.2f} {float(box.bottom):.2f} cm\n{_NAME} Do\nQ\n"
    after = _stream(writer, shift.encode("ascii"))
    page[NameObject("/Contents")] = ArrayObject([before, *_contents(page), after])


def _resolved(found: object) -> DictionaryObject:
    resolved = found.get_object() if hasattr(found, "get_object") else found
    return resolved if isinstance(resolved, DictionaryObject) else DictionaryObject()


def _contents(page: PageObject) -> list[object]:
    """The references to the page's own content streams."""
    if "/Contents" not in page:
        return []
    raw = page.raw_get("/Contents")
    resolved = raw.get_object()
    return list(resolved) if isinstance(resolved, ArrayObject) else [raw]


def _stream(writer: PdfWriter, data: bytes) -> object:
    stream = StreamObject()
    stream.set_data(data)
    return writer._add_object(stream)


def _mark(writer: PdfWriter, width: int, height: int, turn: int, line: str) -> StreamObject:
    """The mark as a form that pages of this size and turn share."""
    drawn = PdfReader(io.BytesIO(_drawn(width, height, turn, line))).pages[0]
    form = StreamObject()
    content = drawn.get_contents()
    form.set_data(content.get_data() if content is not None else b"")
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject([FloatObject(number) for number in (0, 0, width, height)])
    form[NameObject("/Resources")] = _resolved(drawn.get("/Resources")).clone(writer)
    writer._add_object(form)
    return form


def _drawn(width: int, height: int, turn: int, line: str) -> bytes:
    """A page of its own with the mark, upright for a reader to whom the page is shown turned."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(width, height))
    seen_width, seen_height = (height, width) if turn in (90, 270) else (width, height)
    if turn:
        shift = {90: (width, 0), 180: (width, height), 270: (0, height)}[turn]
        canvas.translate(*shift)
        canvas.rotate(turn)
    size = max(9, min(22, seen_width / max(1, len(line)) * 1.1))
    canvas.setFont(FONT, size)
    canvas.setFillColor(_GREY)
    step = max(140, round(seen_height / 4))
    for middle in range(step // 2, math.ceil(seen_height), step):
        canvas.saveState()
        canvas.translate(seen_width / 2, middle)
        canvas.rotate(30)
        canvas.drawCentredString(0, 0, line)
        canvas.restoreState()
    canvas.setFont(FONT, 8)
    canvas.setFillColor(_INK)
    canvas.drawCentredString(seen_width / 2, 10, line)
    canvas.save()
    return target.getvalue()
