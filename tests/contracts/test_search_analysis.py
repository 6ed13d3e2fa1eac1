"""One thing is found however it is written, on the embedded index and on the real Elasticsearch server alike."""

from __future__ import annotations

import pytest

from search.engines.base import SearchEngine
from search.indexing import rebuild
from search.query import from_text
from tests.factories.search_documents import ListSource, listing

HALL = [
    listing(1, "C/C复合材料刹车盘"),
    listing(2, "一种SiO₂气凝胶", abstract="纯度≥99.9 %，耐温-40~85 ℃。"),
    listing(3, "10 kΩ精密电阻"),
    listing(4, "5 G基站天线", abstract="防护等级 IP 68"),
    listing(5, "Wear-resistant seals for LiDAR housings"),
    listing(6, "100µm薄膜"),
    listing(7, "C型碳纤维梁"),
]


@pytest.fixture
def hall(engine: SearchEngine) -> SearchEngine:
    rebuild(engine, ListSource(HALL))
    return engine


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("C/C", "Ｃ／Ｃ", "c/c"), 1),
        (("SiO2", "ＳｉＯ２", "sio₂"), 2),
        (("99.9%", "99.9 ％"), 2),
        (("85℃", "85 °C", "-40℃～85℃"), 2),
        (("10kΩ", "10 KΩ"), 3),
        (("5G", "5 g", "IP68", "ip 68"), 4),
        (("seal", "sealing", "LIDAR", "housing"), 5),
        (("100um", "100 μm", "100µm"), 6),
    ],
)
def test_every_writing_finds_the_one_listing(hall: SearchEngine, texts: tuple[str, ...], expected: int) -> None:
    assert [[hit.id for hit in hall.search(from_text(text)).hits] for text in texts] == [[expected]] * len(texts)
