"""The twelve counties of Wenzhou (GB/T 2260; rules.md 8.6) as facts."""

from __future__ import annotations

COUNTIES: dict[str, str] = {
    "330302": "鹿城区",
    "330303": "龙湾区",
    "330304": "瓯海区",
    "330305": "洞头区",
    "330324": "永嘉县",
    "330326": "平阳县",
    "330327": "苍南县",
    "330328": "文成县",
    "330329": "泰顺县",
    "330381": "瑞安市",
    "330382": "乐清市",
    "330383": "龙港市",
}
WENZHOU_PREFIX = "3303"


def county_name(code: str | None) -> str:
    """The county's name; the code itself when it lies outside the city, a dash when there is none."""
    if code is None:
        return "—"
    return COUNTIES.get(code, code)
