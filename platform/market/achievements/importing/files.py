"""An uploaded office file: what it really is, and whether it may be read at all."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from market.achievements.errors import FileRefused
from market.achievements.importing.text_table import encoding_of
from market.kernel.errors import N_

MAXIMUM_FILE_BYTES = 100 * 1024 * 1024
MAXIMUM_UNPACKED_BYTES = 300 * 1024 * 1024
MAXIMUM_MEMBERS = 2_000
_CHUNK = 1 << 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_BIT = 0x1
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_XML_ENDINGS = (".xml", ".rels", ".vml")
_WIDE_XML = (b"\xff\xfe", b"\xfe\xff", b"\x00<", b"<\x00")
ZIP_FAULTS = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, KeyError, ValueError,
)  # fmt: skip
"""What zipfile raises on archives that are damaged or made to break it."""


class FileKind(StrEnum):
    """What the bytes are, whatever the name says."""

    WORKBOOK = "workbook"
    OLD_WORKBOOK = "old_workbook"
    TEXT = "text"

    @property
    def label(self) -> str:
        return {
            "workbook": N_("Excel 工作簿（.xlsx）"),
            "old_workbook": N_("旧版 Excel 工作簿（.xls）"),
            "text": N_("文字表格（.csv）"),
        }[self.value]


_ENDINGS = {
    FileKind.WORKBOOK: (".xlsx", ".xlsm"),
    FileKind.OLD_WORKBOOK: (".xls",),
    FileKind.TEXT: (".csv", ".txt", ".tsv"),
}
_KNOWN_ENDINGS = tuple(ending for endings in _ENDINGS.values() for ending in endings)


@dataclass(frozen=True)
class OfficeFile:
    """An uploaded file: its name as the person gave it, and its bytes."""

    name: str
    content: bytes

    @property
    def kind(self) -> FileKind:
        """By the content alone."""
        if self.content[:4] == b"PK\x03\x04":
            return FileKind.WORKBOOK
        return FileKind.OLD_WORKBOOK if self.content.startswith(_OLE) else FileKind.TEXT


def require_readable(file: OfficeFile) -> None:
    """Raise FileRefused unless the bytes are an unlocked table of a known kind, named after it, harmless to open."""
    if not file.content:
        raise FileRefused("file.zero_bytes", N_("文件是空的（0 字节），请重新选择。"), field="file")
    if len(file.content) > MAXIMUM_FILE_BYTES:
        raise FileRefused(
            "file.too_large",
            N_("文件有 %(size)s MB，超过 %(maximum)s MB，请分成几个文件，或另存为 .csv 后上传。"),
            field="file",
            size=len(file.content) // 1024 // 1024,
            maximum=MAXIMUM_FILE_BYTES // 1024 // 1024,
        )
    if file.kind is FileKind.WORKBOOK:
        _require_workbook(file.content)
    elif file.kind is FileKind.OLD_WORKBOOK:
        _require_old_workbook(file.content)
    else:
        _require_no_page(file.content)
    _require_fitting_name(file)
    if file.kind is FileKind.TEXT:
        encoding_of(file.content)


def _require_fitting_name(file: OfficeFile) -> None:
    ending = PurePath(file.name).suffix.lower()
    if ending in _ENDINGS[file.kind]:
        return
    if file.kind is FileKind.TEXT:
        raise FileRefused(
            "file.not_a_workbook",
            N_("这不是 Excel 工作簿（.xlsx、.xls）或 .csv 文件：内容与扩展名不符，请重新导出。"),
            field="file",
        )
    raise FileRefused(
        "file.wrong_extension",
        N_("文件名以“%(ending)s”结尾，内容却是%(kind)s。请把文件名改成以 %(right)s 结尾，确认能打开后再上传。"),
        field="file",
        ending=ending[:10] or file.name[-10:],
        kind=file.kind.label,
        right=_ENDINGS[file.kind][0],
    )


def _require_no_page(content: bytes) -> None:
    """Many systems call a web page or Excel's XML of 2003 `.xls`."""
    beginning = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"mime-version:")):
        raise FileRefused(
            "file.web_page",
            N_("这是网页格式的表格，只是名字叫 Excel。请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。"),
            field="file",
        )


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _require_old_workbook(content: bytes) -> None:
    """By the names in the compound file's directory; the workbook itself is read in a process of its own."""
    if _wide("EncryptedPackage") in content or _wide("EncryptionInfo") in content:
        raise _locked()
    if _wide("_VBA_PROJECT") in content:
        raise _with_macros()
    if _wide("Workbook\0") not in content and _wide("Book\0") not in content:
        raise FileRefused(
            "file.not_a_workbook", N_("文件打不开：不是 Excel 工作簿，或已损坏，请重新导出。"), field="file"
        )


def _locked() -> FileRefused:
    return FileRefused(
        "file.locked", N_("文件加了密码，打不开。请在 Excel 或 WPS 中去掉密码，另存后再上传。"), field="file"
    )


def _with_macros() -> FileRefused:
    return FileRefused(
        "file.macros", N_("文件里带有宏（VBA）。为了安全不接收，请另存为不带宏的 .xlsx 后再上传。"), field="file"
    )


def _require_workbook(content: bytes) -> None:
    broken = FileRefused(
        "file.not_a_workbook", N_("文件打不开：不是 Excel 工作簿，或已损坏，请重新导出。"), field="file"
    )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            _require_members(names)
            if "xl/workbook.xml" not in names:
                raise broken
            members = archive.infolist()
            if any(member.flag_bits & _ENCRYPTED_BIT for member in members):
                raise _locked()
            if len(members) > MAXIMUM_MEMBERS or _unpacked_bytes(archive, members) > MAXIMUM_UNPACKED_BYTES:
                raise FileRefused(
                    "file.unpacks_too_large",
                    N_("文件解压后超过 %(megabytes)s MB，不是正常的办公表格，已拒收；如确有需要请分成几个文件。"),
                    field="file",
                    megabytes=MAXIMUM_UNPACKED_BYTES // 1024 // 1024,
                )
    except ZIP_FAULTS:
        raise broken from None


def _require_members(names: Iterable[str]) -> None:
    names = set(names)
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise FileRefused(
            "file.other_format",
            N_("这是 .xlsb 或 .ods 格式的表格，请在 Excel 或 WPS 中另存为 .xlsx 后再上传。"),
            field="file",
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _with_macros()
    if any(name.lower().startswith(("xl/externallinks/", "xl/connections.xml", "xl/querytables/")) for name in names):
        raise FileRefused(
            "file.external_links",
            N_("文件引用了别的工作簿或外部数据。请在 Excel 中全选、复制、粘贴为数值并断开链接，另存后再上传。"),
            field="file",
        )


def _unpacked_bytes(archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> int:
    """What the members really unpack to, counted chunk by chunk; stops once it is too much.

    The sizes that the directory states are only claims, so they are raised out of the way before reading. On the way
    every XML part is searched for declarations, in which entities that multiply are hidden.
    """
    members = list(members)
    claimed = sum(member.file_size for member in members)
    if claimed > MAXIMUM_UNPACKED_BYTES:
        return claimed
    total = 0
    for member in members:
        member.file_size = MAXIMUM_UNPACKED_BYTES + 1
        is_xml = member.filename.lower().endswith(_XML_ENDINGS)
        before = b""
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > MAXIMUM_UNPACKED_BYTES:
                    return total
                if is_xml:
                    _require_no_declaration(before + chunk, is_first=not before)
                    before = chunk[-len(_DECLARATIONS[0]) :]
    return total


def _require_no_declaration(chunk: bytes, *, is_first: bool) -> None:
    if any(declaration in chunk for declaration in _DECLARATIONS) or (is_first and chunk[:2] in _WIDE_XML):
        raise FileRefused(
            "file.entities",
            N_("文件内部有办公软件不会写的 XML 声明，可能是恶意构造的，已拒收。请用 Excel 或 WPS 另存后再上传。"),
            field="file",
        )
