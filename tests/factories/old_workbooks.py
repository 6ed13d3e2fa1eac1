"""`.xls` files for tests: BIFF8 in a compound file, written after the published formats ([MS-XLS], [MS-CFB])."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def old_workbook_bytes(sheets: dict[str, Sequence[Sequence[Any]]], *, stream_names: Sequence[str] = ()) -> bytes:
    """A workbook whose cells are texts and numbers; further empty streams by their names."""
    return compound_file("Workbook", _workbook(sheets), stream_names)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _begin(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _workbook(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    bodies = [_sheet(rows) for rows in sheets.values()]
    names = [name.encode("utf-16-le") for name in sheets]
    head = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200))
    position = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    entries = b""
    for name, body in zip(names, bodies, strict=True):
        entries += _record(0x0085, struct.pack("<IBBBB", position, 0, 0, len(name) // 2, 1) + name)
        position += len(body)
    return head + entries + _record(0x000A, b"") + b"".join(bodies)


def _sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    width = max((len(row) for row in rows), default=0)
    records = [_begin(0x0010), _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))]
    for row_index, row in enumerate(rows):
        records += [_cell(row_index, column, value) for column, value in enumerate(row)]
    return b"".join([*records, _record(0x000A, b"")])


def _cell(row: int, column: int, value: Any) -> bytes:
    if value is None or value == "":
        return b""
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, int | float):
        return _record(0x0203, place + struct.pack("<d", value))
    text = str(value).encode("utf-16-le")
    return _record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)


def compound_file(name: str, content: bytes, further: Sequence[str] = ()) -> bytes:
    """A compound file (version 3) with one stream of content and further empty ones."""
    content = content.ljust(4096, b"\0")  # shorter streams would live in the mini stream
    content += bytes(-len(content) % SECTOR)
    entries = [_entry("Root Entry", 5, child=1, start=_END, size=0)]
    names = [name, *further]
    for index, entry in enumerate(names, start=1):
        right = index + 1 if index < len(names) else _FREE
        start, size = (0, len(content)) if index == 1 else (_END, 0)
        entries.append(_entry(entry, 2, right=right, start=start, size=size))
    while len(entries) % 4:
        entries.append(_entry("", 0))
    directory = b"".join(entries)
    data_sectors, directory_sectors = len(content) // SECTOR, len(directory) // SECTOR
    fat_sectors = 1
    while data_sectors + directory_sectors + fat_sectors > fat_sectors * SECTOR // 4:
        fat_sectors += 1
    chain = [*range(1, data_sectors), _END]
    chain += [*range(data_sectors + 1, data_sectors + directory_sectors), _END]
    chain += [_FAT] * fat_sectors
    chain += [_FREE] * (fat_sectors * SECTOR // 4 - len(chain))
    first_fat = data_sectors + directory_sectors
    table = [*range(first_fat, first_fat + fat_sectors)]
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_sectors, data_sectors, 0, 4096, _END, 0, _END, 0,
        *table[:1], table[1] if len(table) > 1 else _FREE,
    )  # fmt: skip
    header += struct.pack("<107I", *(table[2:] + [_FREE] * 109)[:107])
    return header + content + directory + struct.pack(f"<{len(chain)}I", *chain)


def _entry(name: str, kind: int, *, child: int = _FREE, right: int = _FREE, start: int = 0, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return struct.pack(
        "<64sHBBIII16sIQQIQ", text, length, kind, 1, _FREE, right, child, bytes(16), 0, 0, 0, start, size
    )
