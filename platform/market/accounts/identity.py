"""Who an organisation says it is: credit codes and names that look like another's. Pure functions."""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc

from market.accounts.rules import normalise_name

_CREDIT_CODE = re.compile(r"[1-9ANY][0-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_INDUSTRY = re.compile(r"[A-T]?[0-9]{2,4}")
_LOOK_ALIKE_GROUPS = (
    "aаα", "bЬв", "cсϲ", "eеε", "hнһ", "iіι1lӏ|", "jј", "kкκ", "mм", "oоο0〇○零", "pрρ", "sѕ", "tтτ", "uυ", "vν",
    "xхχ", "yуγ", "nп", "己已巳", "未末", "士土", "日曰", "人入", "冶治", "戊戌戍", "候侯", "一ー—―-－", "口囗", "睛晴", "拔拨",
)  # fmt: skip
_LOOK_ALIKES = {ord(character): group[0] for group in _LOOK_ALIKE_GROUPS for character in group}
_FOREIGN_LETTERS = ("CYRILLIC", "GREEK")


def credit_code(text: str) -> str | None:
    """The 统一社会信用代码 in capitals, or None when it is none (GB 32100-2015; rules.md 8.4).

    python-stdnum demands digits in the first eight places; A (军委), N (农业) and Y (其他) may stand first too.
    """
    code = uscc.compact(unicodedata.normalize("NFKC", text))
    if not _CREDIT_CODE.fullmatch(code) or uscc.calc_check_digit(code) != code[-1]:
        return None
    return code


def code_for(credit: str) -> str:
    """The platform's code of an organisation that signs up: its 主体标识码 (places 9–17) behind a U."""
    return f"U{credit[8:17]}"


def is_industry(text: str) -> bool:
    """Whether it has the form of a GB/T 4754-2017 class (rules.md 8.5); a letter must fit its division for 制造业."""
    if not _INDUSTRY.fullmatch(text):
        return False
    division = int(text.lstrip("ABCDEFGHIJKLMNOPQRST")[:2])
    return (text[0] == "C") == (13 <= division <= 43) if text[0].isalpha() else True  # noqa: PLR2004


def has_deceptive_characters(name: str) -> bool:
    """Whether a name holds what nobody can see, or letters of Cyrillic or Greek that pass for Latin ones."""
    return any(
        unicodedata.category(character) in {"Cf", "Cc", "Co", "Cn", "Zl", "Zp"}
        or unicodedata.name(character, "").startswith(_FOREIGN_LETTERS)
        for character in name
    )


def skeleton(name: str) -> str:
    """What is left of a name for the eye: equal skeletons are easily taken for each other."""
    visible = "".join(character for character in name if unicodedata.category(character) not in {"Cf", "Cc"})
    letters = normalise_name(visible).translate(_LOOK_ALIKES)
    return "".join(character for character in letters if character.isalnum())


def file_type(content: bytes) -> str | None:
    """The media type that the content itself shows: PDF, JPEG or PNG; None for anything else."""
    for start, media_type in _FILE_STARTS:
        if content.startswith(start):
            return media_type
    return None


_FILE_STARTS = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
