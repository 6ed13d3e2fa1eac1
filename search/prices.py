"""Price bands: how the facet of prices parts the offers of a listing."""

from __future__ import annotations

from enum import StrEnum

from market.kernel.errors import N_
from market.kernel.money import FEN_PER_WAN
from market.listings.vocabulary import Pricing


class PriceBand(StrEnum):
    """One offer is in one band; a listing is in those of all its offers. Bounds in wan, the upper one included."""

    FREE = "free"
    TO_10 = "to_10"
    TO_50 = "10_50"
    TO_200 = "50_200"
    ABOVE = "over_200"
    NEGOTIABLE = "negotiable"

    @property
    def label(self) -> str:
        return {
            "free": N_("零费用试用"),
            "to_10": N_("10 万元及以下"),
            "10_50": N_("10–50 万元"),
            "50_200": N_("50–200 万元"),
            "over_200": N_("200 万元以上"),
            "negotiable": N_("面议或按公式"),
        }[self.value]


UPPER_BOUNDS: tuple[tuple[int, PriceBand], ...] = (
    (10 * FEN_PER_WAN, PriceBand.TO_10),
    (50 * FEN_PER_WAN, PriceBand.TO_50),
    (200 * FEN_PER_WAN, PriceBand.TO_200),
)
"""Highest price of each band in fen, rising; what is dearer is in the last one."""


def band_of(pricing: Pricing, price_fen: int | None) -> PriceBand:
    """The band of one offer."""
    if pricing is Pricing.FREE_TRIAL:
        return PriceBand.FREE
    if price_fen is None:
        return PriceBand.NEGOTIABLE
    return next((band for highest, band in UPPER_BOUNDS if price_fen <= highest), PriceBand.ABOVE)
