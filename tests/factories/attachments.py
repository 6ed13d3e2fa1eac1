"""Files as officers upload them, attachments of listings, a scanner that speaks clamd's protocol."""

from __future__ import annotations

import io
import socketserver
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.listings.attachments import service
from market.listings.attachments.checking import check_file
from market.listings.attachments.models import Attachment
from market.listings.attachments.service import AttachmentDraft
from market.listings.attachments.vocabulary import Level
from tests.conftest import NOW

VIRUS = b"this is what the scanner of the tests takes for a virus"


def pdf_bytes(
    pages: int = 2, *, text: str = "Test report", password: str = "", size: tuple[int, int] = (595, 842)
) -> bytes:
    """A PDF with a line on each page."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=size)
    for number in range(pages):
        canvas.drawString(72, size[1] - 72, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    if not password:
        return target.getvalue()
    writer = PdfWriter(clone_from=PdfReader(target))
    writer.encrypt(password, algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


def docx_bytes(*, extra: dict[str, bytes] | None = None) -> bytes:
    """A Word file, as far as anybody here looks."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return target.getvalue()


def picture_bytes(kind: str = "JPEG", size: tuple[int, int] = (320, 200), *, gps: bool = False, turn: int = 1) -> bytes:
    """A picture, with the place where it was taken if wished; `turn` is EXIF's orientation."""
    image = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[0x0112] = turn
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 0.0, 0.0), 3: "E", 4: (120.0, 41.0, 0.0)})
        exif[0x010E] = "SECRET-PLACE"
    target = io.BytesIO()
    image.save(target, kind, exif=exif)
    return target.getvalue()


def add_attachment(
    session: Session,
    officer: Actor,
    listing_id: int,
    level: Level = Level.PUBLIC,
    *,
    name: str = "检测报告.pdf",
    content: bytes | None = None,
    has_scanner: bool = False,
) -> Attachment:
    """An attachment, through check and service."""
    file = check_file(name, pdf_bytes() if content is None else content)
    draft = AttachmentDraft(file, "检测报告", level)
    return service.add_attachment(session, officer, listing_id, draft, has_scanner=has_scanner, now=NOW)


class _Clamd(socketserver.BaseRequestHandler):
    """INSTREAM as clamd's manual has it."""

    def handle(self) -> None:
        command = self._exactly(10)
        received = b""
        while size := int.from_bytes(self._exactly(4), "big"):
            received += self._exactly(size)
        assert command == b"zINSTREAM\0"
        if b"too long for this scanner" in received:
            self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        elif VIRUS in received:
            self.request.sendall(b"stream: Test.Virus FOUND\0")
        else:
            self.request.sendall(b"stream: OK\0")

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = self.request.recv(size - len(found))
            if not piece:
                raise ConnectionError
            found += piece
        return found


@contextmanager
def scanner_server() -> Iterator[str]:
    """A scanner on a free port of this machine; its address as the setting has it."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Clamd) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
