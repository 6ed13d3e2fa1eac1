"""An uploaded file: what its content is, whether its name says the same, whether it is harmless to hand on."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from market.kernel.errors import N_
from market.listings.attachments.errors import FileRefused
from market.listings.attachments.images import read_picture
from market.listings.attachments.rules import MAXIMUM_BYTES

MAXIMUM_PAGES = 600
MAXIMUM_UNPACKED_BYTES = 300 * 1024 * 1024
MAXIMUM_MEMBERS = 5_000
_CHUNK = 1 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP_END = b"PK\x05\x06"
_ZIP_END_BYTES = 22
_TAIL = 1024
_FAULTS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError,
    ValueError, TypeError, AttributeError, IndexError, PyPdfError,
)  # fmt: skip
"""What zipfile and pypdf raise on files that are damaged or made to break them; RecursionError is a RuntimeError."""


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be kept: its content as it will be served. Pictures come with a thumbnail."""

    name: str
    media_type: str
    content: bytes
    thumbnail: bytes | None = None


def check_file(name: str, content: bytes) -> CheckedFile:
    """Raise FileRefused unless content and extension agree on a kind that is taken, whole, unlocked, nothing but that."""
    if not content:
        raise FileRefused("attachment.empty", N_("文件是空的（0 字节），请重新选择。"))
    if len(content) > MAXIMUM_BYTES:
        raise FileRefused(
            "attachment.size", N_("单个文件不能超过 %(maximum)s MB。"), maximum=MAXIMUM_BYTES // 1024 // 1024
        )
    kind = _kind_of(content)
    ending = PurePath(name).suffix.lower()
    if kind is None:
        raise FileRefused(
            "attachment.type",
            N_("按内容判断，这不是可以上传的文件。只收 PDF、Word、Excel、PowerPoint 文件和 JPG、PNG 图片。"),
        )
    if ending not in kind.endings:
        raise FileRefused(
            "attachment.extension",
            N_("文件名以“%(ending)s”结尾，内容却是 %(kind)s。请确认选对了文件，并把扩展名改成 %(right)s。"),
            ending=ending[:10] or "?",
            kind=kind.name,
            right=kind.endings[0],
        )
    short = PurePath(name.replace("\\", "/")).name[-200:]
    if kind.check is None:
        picture = read_picture(content)
        return CheckedFile(short, picture.media_type, picture.content, picture.thumbnail)
    kind.check(content)
    return CheckedFile(short, kind.media_type, content)


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken: how people call it, its extensions, what it is served as, how it is looked at."""

    name: str
    endings: tuple[str, ...]
    media_type: str
    check: Callable[[bytes], None] | None = None
    """None: a picture, which is written anew instead."""


def _kind_of(content: bytes) -> FileKind | None:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(_OLE):
        return next((kind for name, kind in OLD_OFFICE if _wide(name) in content), None)
    if content.startswith(b"PK\x03\x04"):
        names = _member_names(content)
        return next((kind for member, kind in OFFICE if member in names), None)
    return None


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _member_names(content: bytes) -> frozenset[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except _FAULTS:
        return frozenset()


def _check_pdf(content: bytes) -> None:
    """One whole PDF and nothing behind it, without a password, script or files inside, with pages."""
    tail = content[-_TAIL:]
    if b"%%EOF" not in tail or _is_zip_too(content):
        raise _damaged("PDF")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(io.BytesIO(content))
            if reader.is_encrypted:
                raise FileRefused(
                    "attachment.locked_file", N_("PDF 加了密码或限制，平台无法加水印。请去掉密码另存后再上传。")
                )
            pages = len(reader.pages)
            is_active = _is_active(reader)
    except _FAULTS:
        raise _damaged("PDF") from None
    if not 0 < pages <= MAXIMUM_PAGES:
        raise FileRefused(
            "attachment.pages", N_("PDF 没有页面，或超过 %(maximum)s 页，请拆分后再上传。"), maximum=MAXIMUM_PAGES
        )
    if is_active:
        raise FileRefused(
            "attachment.active",
            N_("PDF 里带有脚本、自动动作或内嵌文件。为了读者的安全不接收，请“打印为 PDF”后再上传。"),
        )


def _is_zip_too(content: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(content))


def _is_active(reader: PdfReader) -> bool:
    root = reader.root_object
    names = _dictionary(root.get("/Names"))
    action = _dictionary(root.get("/OpenAction"))
    return (
        "/JavaScript" in names
        or "/EmbeddedFiles" in names
        or "/AA" in root
        or action.get("/S") in ("/JavaScript", "/Launch", "/URI", "/SubmitForm")
    )


def _dictionary(found: object) -> DictionaryObject:
    resolved = found.get_object() if hasattr(found, "get_object") else found
    return resolved if isinstance(resolved, DictionaryObject) else DictionaryObject()


def _check_office(content: bytes) -> None:
    """A zip that ends where its directory says, unlocked, without macros, that unpacks to a sane size."""
    end = content.rfind(_ZIP_END)
    if end < 0 or len(content) != end + _ZIP_END_BYTES + int.from_bytes(content[end + 20 : end + 22], "little"):
        raise _damaged("Office")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if any(member.filename.lower().endswith("vbaproject.bin") for member in members):
                raise _with_macros()
            if "[Content_Types].xml" not in archive.namelist() or any(member.flag_bits & 1 for member in members):
                raise _damaged("Office")
            if len(members) > MAXIMUM_MEMBERS or _unpacked_bytes(archive, members) > MAXIMUM_UNPACKED_BYTES:
                raise FileRefused(
                    "attachment.unpacks", N_("文件解压后大得不正常，已拒收；如确有需要请转成 PDF 后上传。")
                )
    except _FAULTS:
        raise _damaged("Office") from None


def _unpacked_bytes(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> int:
    """What the members really unpack to, counted chunk by chunk; the sizes that the directory states are only claims."""
    total = sum(member.file_size for member in members)
    if total > MAXIMUM_UNPACKED_BYTES:
        return total
    total = 0
    for member in members:
        member.file_size = MAXIMUM_UNPACKED_BYTES + 1
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAXIMUM_UNPACKED_BYTES:
                    return total
    return total


def _check_old_office(content: bytes) -> None:
    """By the names in the compound file's directory."""
    if _wide("_VBA_PROJECT") in content or _wide("Macros\0") in content:
        raise _with_macros()
    if _wide("EncryptedPackage") in content or _wide("EncryptionInfo") in content:
        raise FileRefused("attachment.locked_file", N_("文件加了密码。请去掉密码另存后再上传。"))
    if _is_zip_too(content):
        raise _damaged("Office")


def _with_macros() -> FileRefused:
    return FileRefused("attachment.macros", N_("文件里带有宏（VBA）。为了读者的安全不接收，请另存为不带宏的文件。"))


def _damaged(kind: str) -> FileRefused:
    return FileRefused(
        "attachment.damaged",
        N_("%(kind)s 文件已损坏、不完整，或在末尾夹带了别的内容。请重新导出后再上传。"),
        kind=kind,
    )


_OFFICE = "application/vnd.openxmlformats-officedocument."


PDF = FileKind("PDF", (".pdf",), "application/pdf", _check_pdf)
JPEG = FileKind("JPG", (".jpg", ".jpeg"), "image/jpeg")
PNG = FileKind("PNG", (".png",), "image/png")
OFFICE = (
    (
        "word/document.xml",
        FileKind("Word", (".docx",), f"{_OFFICE}wordprocessingml.document", _check_office),
    ),
    ("xl/workbook.xml", FileKind("Excel", (".xlsx",), f"{_OFFICE}spreadsheetml.sheet", _check_office)),
    (
        "ppt/presentation.xml",
        FileKind("PowerPoint", (".pptx",), f"{_OFFICE}presentationml.presentation", _check_office),
    ),
)
OLD_OFFICE = (
    ("WordDocument", FileKind("Word 97–2003", (".doc",), "application/msword", _check_old_office)),
    ("Workbook", FileKind("Excel 97–2003", (".xls",), "application/vnd.ms-excel", _check_old_office)),
    (
        "PowerPoint Document",
        FileKind("PowerPoint 97–2003", (".ppt",), "application/vnd.ms-powerpoint", _check_old_office),
    ),
)
ENDINGS = tuple(
    ending for kind in (PDF, JPEG, PNG, *(k for _, k in OFFICE), *(k for _, k in OLD_OFFICE)) for ending in kind.endings
)
"""What a file chooser offers."""
