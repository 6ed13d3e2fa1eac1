"""Numbers with their units in a text, so that a page can show what was measured before what is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS = (
    "个百分点|%|％|‰|倍|万元|亿元|元|万|亿|摄氏度|℃|°C|度|小时|分钟|秒|毫秒|天|个月|年|次|万次|台|件|例|名|户|亩|克|千克|公斤|吨|毫升|升|"
    "毫米|厘米|微米|纳米|米|公里|平方米|立方米|兆帕|千瓦时|千瓦|瓦|伏|安|赫兹|分贝|转|"
    "kWh|kW|MW|W|MPa|kPa|GPa|Pa|mmHg|kV|mV|V|mA|μA|µA|A|kHz|MHz|GHz|Hz|dB|nm|μm|um|mm|cm|km|m|mg|kg|g|t|mL|ml|L|h|min|ms|s|rpm"
)
FIGURE = re.compile(
    r"(?<![A-Za-z0-9_.])(?:[<>≤≥±约]\s?)?\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,6})?"
    r"(?:\s?(?:[-–~～—至到])\s?\d{1,12}(?:\.\d{1,6})?)?"
    rf"\s?(?:{_UNITS})(?:/(?:{_UNITS})[²³23]?)?(?![A-Za-z])"
)

_CLOSING = re.compile(r"[，。；：、！？）)”’》】…,.;:!?]?")


@dataclass(frozen=True)
class Piece:
    """A piece of a text; a figure is a number with its unit. `closing`: the mark behind it, which begins no line."""

    text: str
    is_figure: bool
    closing: str = ""


def pieces(text: str) -> list[Piece]:
    """The text, cut at its figures; joined again, each with what closes it, it is the same text."""
    found: list[Piece] = []
    end = 0
    for match in FIGURE.finditer(text):
        if match.start() > end:
            found.append(Piece(text[end : match.start()], is_figure=False))
        closing = _CLOSING.match(text, match.end())
        end = closing.end() if closing else match.end()
        found.append(Piece(match.group(), is_figure=True, closing=text[match.end() : end]))
    if end < len(text):
        found.append(Piece(text[end:], is_figure=False))
    return found
