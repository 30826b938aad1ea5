"""How the clause about lifecycle stages is edited in the builder."""

from __future__ import annotations

from typing import Any

from rapport.segments.builder.fields import Fields
from rapport.segments.builder.registry import Editor
from rapport.segments.language.registry import Clause
from rapport.segments.lifecycle import queries


def _read_stages(fields: Fields) -> Clause:
    ticked = [fields.text(f"stage{index}") for index in range(fields.size("stages"))]
    return {"lifecycle": [stage for stage in ticked if stage]}


def _show_stages(clause: Clause) -> dict[str, Any]:
    """Every stage there is, and those that are named but are no more."""
    named = [str(stage) for stage in clause.get("lifecycle") or []]
    called = dict(queries.choices())
    every = [*called, *(key for key in named if key not in called)]
    rows = [
        {"index": n, "key": key, "name": called.get(key, key), "on": key in named}
        for n, key in enumerate(every)
    ]
    return {"stages": rows}


EDITOR = Editor("segments/builder/lifecycle.html", _read_stages, _show_stages)
