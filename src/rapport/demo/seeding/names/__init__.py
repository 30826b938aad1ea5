"""Names and places for the demo's customers, who have none in the data. Common ones, put together at random.

`first.txt` and `last.txt` list names by the language area they are used in: `area: name name …`, continued on
indented lines.
"""

from __future__ import annotations

from pathlib import Path


def _read(name: str) -> dict[str, list[str]]:
    by_area: dict[str, list[str]] = {}
    area = ""
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        names = line
        if not line.startswith(" "):
            area, _, names = line.partition(":")
        by_area.setdefault(area, []).extend(names.split())
    return by_area


FIRST = _read("first.txt")
LAST = _read("last.txt")
