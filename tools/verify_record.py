"""Check an export of the record off-line: `python verify_record.py record.jsonl [--expect 2026-11-21=ROOT …]`.

Needs nothing but Python's standard library and shares no code with the platform. The file comes from
`flask audit export`. Exit status: 0 the record is whole, 1 something is not as it was written, 2 the file is no export.

A row's hash is SHA-256 over the previous row's hash, a line feed and the canonical JSON of what the row says. An anchor's root is
SHA-256 over the lines: `kezhuan-anchor-1`, day, time, previous root, number of streams, number of events, and for each
stream in byte order `stream sequence hash ids-digest` of its last row; the ids digest covers the row ids since the
anchor before. `--expect` compares an anchor with the value that was published on its day.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ZERO = "0" * 64
HASHED = (
    "action",
    "occurred_at",
    "actor_person_id",
    "actor_organisation_id",
    "state_before",
    "state_after",
    "reason",
    "payload",
)
Row = dict[str, Any]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def row_hash(row: Row) -> str:
    """The hash that the row should carry."""
    content = {name: row[name] for name in HASHED}
    content |= {"stream": f"{row['subject_kind']}:{row['subject_id']}", "sequence": row["sequence"]}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(f"{row['previous_hash']}\n{canonical}")


class Check:
    """Reads line by line; keeps of each event its hash and id only."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.events = 0
        self.streams: dict[str, list[tuple[int, str, int]]] = {}
        self.anchors: list[Row] = []
        self.heads: dict[int, dict[str, Row]] = {}
        self.totals: Row | None = None

    def read(self, lines: Iterator[str]) -> None:
        """Take in the export. Raises ValueError or KeyError when it is none."""
        header = json.loads(next(lines, "{}"))
        if header.get("format") != "kezhuan-record-1":
            raise ValueError("the first line is not the header of an export")
        readers = {"event": self._event, "anchor": self._anchor, "head": self._head, "end": self._end}
        for line in lines:
            row = json.loads(line)
            readers[row["kind"]](row)

    def _event(self, row: Row) -> None:
        self.events += 1
        place = f"{row['stream']} #{row['sequence']}"
        before = self.streams.setdefault(row["stream"], [])
        sequence, previous_hash, _ = before[-1] if before else (0, ZERO, 0)
        if row["stream"] != f"{row['subject_kind']}:{row['subject_id']}":
            self.faults.append(f"{place}: stream")
        if row["sequence"] != sequence + 1:
            self.faults.append(f"{place}: sequence")
        if row["previous_hash"] != previous_hash:
            self.faults.append(f"{place}: previous_hash")
        if row["hash"] != row_hash(row):
            self.faults.append(f"{place}: content")
        before.append((row["sequence"], row["hash"], row["id"]))

    def _anchor(self, row: Row) -> None:
        self.anchors.append(row)

    def _head(self, row: Row) -> None:
        self.heads.setdefault(row["anchor_id"], {})[row["stream"]] = row

    def _end(self, row: Row) -> None:
        self.totals = row

    def conclude(self, expected: dict[str, str]) -> list[str]:
        """Every fault, after the anchors and the published roots were compared."""
        if self.totals is None or (self.totals["events"], self.totals["anchors"]) != (self.events, len(self.anchors)):
            self.faults.append("end: the file does not hold what its last line says")
        current: dict[str, Row] = {}
        previous_root = ZERO
        for anchor in self.anchors:
            self._check_heads(self.heads.get(anchor["id"], {}), current)
            current |= self.heads.get(anchor["id"], {})
            self._check_anchor(anchor, previous_root, current)
            previous_root = anchor["root"]
        roots = {anchor["day"]: anchor["root"] for anchor in self.anchors}
        self.faults += [f"anchor {day}: published" for day, root in expected.items() if roots.get(day) != root]
        return self.faults

    def _check_heads(self, grown: dict[str, Row], current: dict[str, Row]) -> None:
        for stream, head in sorted(grown.items()):
            place = f"{stream} #{head['sequence']}"
            since = current[stream]["sequence"] if stream in current else 0
            rows = [row for row in self.streams.get(stream, []) if since < row[0] <= head["sequence"]]
            if not rows or rows[-1][0] != head["sequence"]:
                self.faults.append(f"{place}: missing")
                continue
            if rows[-1][1] != head["hash"]:
                self.faults.append(f"{place}: anchored_hash")
            if sha256(" ".join(str(row[2]) for row in rows)) != head["ids_digest"]:
                self.faults.append(f"{place}: anchored_ids")

    def _check_anchor(self, anchor: Row, previous_root: str, heads: dict[str, Row]) -> None:
        place = f"anchor {anchor['day']}"
        events = sum(head["sequence"] for head in heads.values())
        if (anchor["stream_count"], anchor["event_count"]) != (len(heads), events):
            self.faults.append(f"{place}: counts")
        if anchor["previous_root"] != previous_root:
            self.faults.append(f"{place}: previous_root")
        lines = ["kezhuan-anchor-1", anchor["day"], anchor["made_at"], anchor["previous_root"], len(heads), events]
        lines += [
            f"{stream} {heads[stream]['sequence']} {heads[stream]['hash']} {heads[stream]['ids_digest']}"
            for stream in sorted(heads)
        ]
        if anchor["root"] != sha256("".join(f"{line}\n" for line in lines)):
            self.faults.append(f"{place}: root")


def main(arguments: list[str] | None = None) -> int:
    """Check the named file and say what was found."""
    parser = argparse.ArgumentParser(description="Check an export of the record off-line.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--expect", action="append", default=[], metavar="DAY=ROOT", help="a published root")
    given = parser.parse_args(arguments)
    check = Check()
    try:
        with given.file.open(encoding="utf-8") as lines:
            check.read(iter(lines))
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{given.file}: not an export of the record ({error})\n")
        return 2
    faults = check.conclude(dict(pair.split("=", 1) for pair in given.expect))
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    counts = f"{len(check.streams)} streams, {check.events} events, {len(check.anchors)} anchors"
    sys.stdout.write(f"{counts}, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
