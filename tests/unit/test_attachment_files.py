"""What is taken as an attachment, what pictures lose, how a PDF is marked, what the scanner says."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from market.listings.attachments.checking import MAXIMUM_PAGES, check_file
from market.listings.attachments.errors import FileRefused
from market.listings.attachments.images import LONGEST_SIDE, MAXIMUM_PIXELS, THUMBNAIL
from market.listings.attachments.rules import MAXIMUM_BYTES, Gate, Reader, gate, moved
from market.listings.attachments.scanning import ClamdScanner, ScannerError
from market.listings.attachments.vocabulary import Level
from market.listings.attachments.watermark import watermark
from tests.factories.attachments import VIRUS, docx_bytes, pdf_bytes, picture_bytes, scanner_server

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
PROGRAM = b"MZ\x90\x00" + b"\0" * 200


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("报告.pdf", pdf_bytes(), "application/pdf"),
        ("说明.DOCX", docx_bytes(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("老文件.doc", OLE + wide("WordDocument") + b"\0" * 99, "application/msword"),
        ("数据.xls", OLE + wide("Workbook") + b"\0" * 99, "application/vnd.ms-excel"),
        ("照片.jpeg", picture_bytes(), "image/jpeg"),
        ("图.png", picture_bytes("PNG"), "image/png"),
    ],
)
def test_office_files_pdfs_and_pictures_are_taken(name, content, media_type):
    assert check_file(name, content).media_type == media_type


def polyglot() -> bytes:
    """A PDF with a whole archive behind it."""
    return pdf_bytes() + docx_bytes()


def late_pdf() -> bytes:
    return pdf_bytes() + docx_bytes() + b"\n%%EOF"


def with_script() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes())))
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def with_file_inside() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes())))
    writer.add_attachment("inner.exe", PROGRAM)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def zip_bomb() -> bytes:
    target = io.BytesIO(docx_bytes())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(31):
            archive.writestr(f"word/media/{number}.bin", b"\0" * (10 * 1024 * 1024))
    return target.getvalue()


@pytest.mark.parametrize(
    ("code", "name", "content"),
    [
        ("attachment.empty", "空.pdf", b""),
        ("attachment.type", "工具.pdf", PROGRAM),
        ("attachment.type", "工具.exe", PROGRAM),
        ("attachment.type", "页面.html", b"<html><script>alert(1)</script>"),
        ("attachment.type", "图.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("attachment.type", "压缩.zip", b"PK\x03\x04nothing"),
        ("attachment.type", "前缀.pdf", PROGRAM + pdf_bytes()),
        ("attachment.extension", "报告.docx", pdf_bytes()),
        ("attachment.extension", "报告.pdf.exe", pdf_bytes()),
        ("attachment.extension", "照片.png", picture_bytes()),
        ("attachment.damaged", "报告.pdf", polyglot()),
        ("attachment.damaged", "报告.pdf", late_pdf()),
        ("attachment.damaged", "报告.pdf", pdf_bytes()[:200]),
        ("attachment.damaged", "说明.docx", docx_bytes() + PROGRAM),
        ("attachment.locked_file", "报告.pdf", pdf_bytes(password="secret")),
        ("attachment.pages", "报告.pdf", lambda: pdf_bytes(MAXIMUM_PAGES + 1)),
        ("attachment.active", "报告.pdf", with_script),
        ("attachment.active", "报告.pdf", with_file_inside),
        ("attachment.macros", "说明.docx", docx_bytes(extra={"word/vbaProject.bin": b"x"})),
        ("attachment.macros", "老文件.doc", OLE + wide("WordDocument") + wide("_VBA_PROJECT")),
        ("attachment.unpacks", "说明.docx", zip_bomb),
        ("attachment.picture", "照片.jpg", picture_bytes()[:400]),
    ],
)
def test_what_is_something_else_than_it_says_is_refused(code, name, content):
    with pytest.raises(FileRefused) as refused:
        check_file(name, content() if callable(content) else content)
    assert (refused.value.code, refused.value.field) == (code, "file")


def test_one_byte_more_than_thirty_megabytes_is_refused():
    with pytest.raises(FileRefused) as refused:
        check_file("报告.pdf", b"%PDF-" + b"\0" * (MAXIMUM_BYTES - 4))
    assert refused.value.code == "attachment.size"


def test_a_picture_loses_place_camera_and_what_hides_behind_it():
    given = picture_bytes(gps=True) + docx_bytes(extra={"payload": PROGRAM})
    assert b"SECRET-PLACE" in given

    kept = check_file("照片.jpg", given)

    with Image.open(io.BytesIO(kept.content)) as image:
        assert dict(image.getexif()) == {}
    assert b"SECRET-PLACE" not in kept.content
    assert b"PK\x03\x04" not in kept.content


def test_a_picture_is_turned_upright_and_made_smaller():
    kept = check_file("照片.jpg", picture_bytes(size=(3000, 1000), turn=6))

    assert kept.thumbnail is not None
    with Image.open(io.BytesIO(kept.content)) as image, Image.open(io.BytesIO(kept.thumbnail)) as small:
        assert image.size == (LONGEST_SIDE // 3, LONGEST_SIDE)
        assert small.size == (THUMBNAIL[1] // 3, THUMBNAIL[1])
        assert small.format == "JPEG"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    side = 10_000
    target = io.BytesIO()
    Image.new("1", (side, side)).save(target, "PNG")
    assert side * side > MAXIMUM_PIXELS
    assert len(target.getvalue()) < 100_000

    with pytest.raises(FileRefused) as refused:
        check_file("大图.png", target.getvalue())
    assert refused.value.code == "attachment.pixels"


LINE = "泵阀科技有限公司 林某 2026-11-22 10:00 下载 · 保密"


def marked(content: bytes) -> PdfReader:
    target = io.BytesIO()
    watermark(io.BytesIO(content), LINE, target)
    target.seek(0)
    return PdfReader(target)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_every_page_carries_the_readers_line_and_keeps_its_own_text(turn):
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes(3))))
    for page in writer.pages:
        page.rotate(turn)
    target = io.BytesIO()
    writer.write(target)

    pages = marked(target.getvalue()).pages

    assert [page.rotation for page in pages] == [turn] * 3
    for number, page in enumerate(pages):
        text = page.extract_text()
        assert f"Test report {number + 1}" in text
        assert "林某" in text.replace("\n", "")


def test_a_page_that_leaves_its_state_open_is_marked_all_the_same():
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes(1))))
    target = io.BytesIO()
    writer.write(target)

    contents = marked(target.getvalue()).pages[0]["/Contents"]

    assert len(contents) >= 3
    assert contents[0].get_object().get_data() == b"q\n"


def test_the_scanner_says_clean_or_names_what_it_found():
    with scanner_server() as address:
        scanner = ClamdScanner(address)
        assert scanner.scan([b"clean", b"also clean"]).finding is None
        assert scanner.scan([b"before ", VIRUS]).finding == "Test.Virus"


def test_a_scanner_that_does_not_answer_clearly_has_said_nothing():
    with scanner_server() as address, pytest.raises(ScannerError, match="size limit"):
        ClamdScanner(address).scan([b"too long for this scanner"])
    with pytest.raises(ScannerError):
        ClamdScanner(address).scan([b"nobody listens any more"])


@pytest.mark.parametrize(
    ("level", "reader", "expected"),
    [
        (Level.PUBLIC, Reader(), Gate.OPEN),
        (Level.SIGNED_IN, Reader(), Gate.SIGN_IN),
        (Level.SIGNED_IN, Reader(is_signed_in=True), Gate.OPEN),
        (Level.AFTER_NDA, Reader(), Gate.SIGN_IN),
        (Level.AFTER_NDA, Reader(is_signed_in=True), Gate.NDA),
        (Level.AFTER_NDA, Reader(is_signed_in=True, has_promised=True), Gate.OPEN),
        (Level.AFTER_NDA, Reader(is_signed_in=False, has_promised=True), Gate.SIGN_IN),
        (Level.AFTER_NDA, Reader(is_signed_in=True, is_inside=True), Gate.OPEN),
    ],
)
def test_each_level_asks_its_reader_for_what_it_needs(level, reader, expected):
    assert gate(level, reader) is expected


@pytest.mark.parametrize(("by", "order"), [(-1, [2, 1, 3]), (1, [1, 3, 2]), (-9, [2, 1, 3]), (9, [1, 3, 2])])
def test_an_attachment_moves_within_the_ends(by, order):
    assert moved([1, 2, 3], 2, by) == order
