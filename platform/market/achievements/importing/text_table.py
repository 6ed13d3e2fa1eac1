"""Text tables (`.csv`, `.txt`, `.tsv`) in UTF-8, UTF-16 or GB18030, decoded as they are read."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from market.achievements.errors import FileRefused
from market.achievements.importing.cells import MAXIMUM_CELL_CHARACTERS
from market.achievements.importing.columns import MAXIMUM_COLUMNS
from market.achievements.importing.rows import FileRow
from market.kernel.errors import N_

DELIMITERS = ",\t;"
_CHUNK = 1 << 20
_BEGINNING = 8192


def encoding_of(content: bytes) -> str:
    """UTF-16 by its mark, UTF-8 with or without one, otherwise GB18030. Raises FileRefused for what is no text."""
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    candidates = ("utf-16",) if is_wide else ("utf-8-sig", "gb18030")
    for encoding in candidates:
        if _decodes(content, encoding):
            return encoding
    raise FileRefused("file.not_text", N_("读不出文字：.csv 文件请用 UTF-8 或 GB18030 编码保存。"), field="file")


def _decodes(content: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK]
            if "\0" in decoder.decode(chunk, final=start + _CHUNK >= len(content)):
                return False
    except UnicodeDecodeError:
        return False
    return True


def text_rows(content: bytes) -> Iterator[FileRow]:
    """The table's rows with their numbers. Raises FileRefused for what is no text, and at quotes without end."""
    encoding = encoding_of(content)
    lines = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    beginning = lines.read(_BEGINNING)
    lines.seek(0)
    delimiter = max(DELIMITERS, key=beginning.count)
    csv.field_size_limit(MAXIMUM_CELL_CHARACTERS * 4)
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        for position, values in enumerate(reader, start=1):
            yield FileRow(position, tuple(values[:MAXIMUM_COLUMNS]))
    except csv.Error:
        raise FileRefused(
            "file.broken_quotes",
            N_("文件读到一半读不下去了：第 %(line)s 行附近的引号不成对。"),
            field="file",
            line=reader.line_num,
        ) from None
