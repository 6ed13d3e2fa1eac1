"""Class symbols as office files carry them: IPC and CPC for patents, Locarno for designs (rules.md 8.3)."""

from __future__ import annotations

import re
import unicodedata

_EDITION = re.compile(r"\(\d{4}\.\d{2}\)[A-Z]?$")
_IPC = re.compile(r"([A-HY])(\d{2})([A-Z])(?:(\d{1,4})/(\d{2,6}))?")
_LOCARNO = re.compile(r"(\d{2})-(\d{2})(?:-([A-Z]\d{4}))?")


def normal_class(text: str) -> str:
    """`H01M10/0525（2006.01）I` becomes `H01M 10/0525`, `9-3` becomes `09-03`; an unknown form is kept as written."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    folded = _EDITION.sub("", folded)
    ipc = _IPC.fullmatch(folded)
    if ipc:
        subclass = "".join(ipc.group(1, 2, 3))
        return f"{subclass} {ipc[4]}/{ipc[5]}" if ipc[4] else subclass
    locarno = _LOCARNO.fullmatch(re.sub(r"^(\d)-", r"0\1-", folded))
    return locarno.group() if locarno else text.strip()


def is_ipc(symbol: str) -> bool:
    """Whether the normal form is an IPC symbol; section Y belongs to CPC alone."""
    return bool(re.fullmatch(r"[A-H](0[1-9]|[1-9]\d)[A-Z]( [1-9]\d{0,3}/\d{2,6})?", symbol))


def is_locarno(symbol: str) -> bool:
    """Whether the normal form is a Locarno class."""
    return bool(_LOCARNO.fullmatch(symbol))


def is_cpc(symbol: str) -> bool:
    """Whether the normal form is a CPC symbol: section Y exists here only."""
    return bool(re.fullmatch(r"[A-HY](0[1-9]|[1-9]\d)[A-Z]( [1-9]\d{0,3}/\d{2,6})?", symbol))


def split_symbols(text: str) -> tuple[str, ...]:
    """Symbols written one after another, by semicolons, bars, commas or line breaks; each once, in its normal form."""
    parts = (normal_class(part) for part in re.split(r"[;；|、,，\n]+", text))
    return tuple(dict.fromkeys(part for part in parts if part))
