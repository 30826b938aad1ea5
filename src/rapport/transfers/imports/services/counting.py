"""What becomes of rows, in figures and examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rapport.transfers.imports.services.planning import Placed


def counted(rows: Sequence[Placed]) -> dict[str, Any]:
    """{"created": n, …, "traits": {name: n}, "reasons": {code: n}} of a chunk."""
    counts: dict[str, Any] = dict.fromkeys(("created", "updated", "unchanged", "skipped", "rejected"), 0)
    counts |= {"duplicates": 0, "ambiguous": 0, "traits": {}, "reasons": {}, "cells": {}}
    together: dict[tuple[str, ...], int] = {}
    for row in rows:
        counts[row.outcome] += 1
        counts["duplicates"] += row.repeated
        if row.problem:
            code = row.problem[0]
            counts["reasons"][code] = counts["reasons"].get(code, 0) + 1
            counts["ambiguous"] += code == "ambiguous"
        names = tuple(row.values)
        together[names] = together.get(names, 0) + 1
    for _row, column, code, _value in left_out(rows):
        codes = counts["cells"].setdefault(column, {})
        codes[code] = codes.get(code, 0) + 1
    for names, number in together.items():
        for name in names:
            counts["traits"][name] = counts["traits"].get(name, 0) + number
    return counts


def examples(rows: Sequence[Placed], earlier: dict[str, Any]) -> dict[str, Any]:
    """{column: {code: [value, row]}}: the first value that was left out for each reason."""
    shown = {column: dict(codes) for column, codes in earlier.items()}
    for row, column, code, value in left_out(rows):
        shown.setdefault(column, {}).setdefault(code, [value, row.draft.number])
    return shown


def left_out(rows: Sequence[Placed]) -> list[tuple[Placed, str, str, str]]:
    """(row, column, code, value) of what did not come in of rows that did; most have nothing of it."""
    return [
        (row, column, code, value)
        for row in rows
        if row.draft.notes or row.refused
        for column, code, value in row.left_out()
    ]


def added(report: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two counts as one."""
    total = dict(report)
    for name, value in other.items():
        total[name] = (
            added(total.get(name, {}), value) if isinstance(value, dict) else total.get(name, 0) + value
        )
    return total
