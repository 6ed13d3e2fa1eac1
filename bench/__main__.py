"""The one runner: `python -m bench [imports pages bids access record]` measures and prints; every figure stands beside what it is compared with.

SAMPLE_DATA names an office file for the import; without it one of the same shape is generated.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

Row = dict[str, Any]
NAMES = ("imports", "pages", "bids", "access", "record", "search_quality", "search_speed", "saved_searches")
WITH_OPTIONS = ("search_quality", "search_speed")


def main(wanted: list[str]) -> int:
    """Run the named benchmarks (default: all); exit status 2 for an unknown name."""
    if len(wanted) > 1 and wanted[0] in WITH_OPTIONS and wanted[1].startswith("-"):
        own: Callable[[list[str]], int] = import_module(f"bench.{wanted[0]}").main
        return own(wanted[1:])
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in wanted or NAMES:
        measure: Callable[[], list[Row]] = import_module(f"bench.{name}").measure
        print(f"\n{name}")
        for row in measure():
            print(f"  {row['name']:<52} {row['value']:>12,.2f} {row['unit']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
