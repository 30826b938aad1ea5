"""The form of a schema, as it was sent, as settings again. What was not touched is what it was."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from rapport.journeys.editor import condition_form
from rapport.journeys.editor.condition_form import typed
from rapport.journeys.editor.fields import UNITS, WEEK, control_of, matters

MOST_ROWS = 100


class _Absent:
    """Nothing was given: the setting is left out."""


ABSENT = _Absent()


def read_group(
    post: QueryDict, path: str, schema: Mapping[str, Any], before: Any = None, action: str = ""
) -> dict[str, Any]:
    """The object that was sent. What the form does not know stays as it was."""
    was = before if isinstance(before, Mapping) else {}
    values = {name: value for name, value in was.items() if name not in schema["properties"]}
    for name, inner in schema["properties"].items():
        if not matters(inner, values):
            continue
        value = _read(post, f"{path}/{name}", inner, was.get(name), action)
        is_required = name in schema.get("required", ())
        if value is not ABSENT and not (value == {} and not is_required):
            values[name] = value
    order = [name for name in was if name in values]
    return {name: values[name] for name in dict.fromkeys([*order, *values])}


def _read(post: QueryDict, path: str, schema: Mapping[str, Any], was: Any, action: str) -> Any:
    control = control_of(schema)
    if control == "group":
        return _optional(read_group(post, path, schema, was, action), schema)
    if control == "list":
        return _rows(post, path, schema, was, action)
    if control == "condition":
        if f"{path}:json" in post:
            return _json(post.get(f"{path}:json", ""), was)
        condition = condition_form.read(post, path, action)
        return ABSENT if condition is None else condition
    if control == "map":
        return _map(post, path)
    if control == "duration":
        counts = {unit: post.get(f"{path}/{unit}", "").strip() for unit in UNITS}
        return {unit: int(text) for unit, text in counts.items() if text.isdecimal() and len(text) < 10}
    if control == "weekdays":
        days = [int(day) for day in post.getlist(path) if day in map(str, WEEK)]
        return days or ABSENT
    if control == "checks":
        chosen = post.getlist(path)
        offered = schema["items"].get("enum", chosen)
        return [key for key in offered if str(key) in chosen] or ABSENT
    if control == "check":
        return _check(bool(post.get(path)), f"{path}:was" in post, schema, was)
    return _scalar(control, post.get(path, "").replace("\r\n", "\n"), schema, was)


def _optional(value: dict[str, Any], schema: Mapping[str, Any]) -> Any:
    """A group in which nothing but choices was given says nothing."""
    chosen = {
        name
        for name, inner in schema["properties"].items()
        if control_of(inner) == "select" and name in schema.get("required", ())
    }
    is_said = bool(value.keys() - chosen) or not (
        schema.get("required", ()) and chosen < set(schema["required"])
    )
    return value if value and is_said else ABSENT


def _rows(post: QueryDict, path: str, schema: Mapping[str, Any], was: Any, action: str) -> Any:
    before = was if isinstance(was, list) else []
    text = post.get(f"{path}:n", "0")
    count = min(int(text) if text.isdecimal() and len(text) < 4 else 0, MOST_ROWS)
    rows: list[Any] = [
        read_group(post, f"{path}/{at}", schema["items"], before[at] if at < len(before) else None, action)
        for at in range(count)
        if action != f"remove:{path}/{at}"
    ]
    if action == f"item:{path}":
        rows.append({})
    return rows or ABSENT


def _map(post: QueryDict, path: str) -> dict[str, Any]:
    try:
        before = json.loads(post.get(f"{path}:was", "{}"))
    except ValueError:
        before = {}
    was = before if isinstance(before, dict) else {}
    pairs = zip(post.getlist(f"{path}_key"), post.getlist(f"{path}_value"), strict=False)
    values: dict[str, Any] = {}
    for key, text in pairs:
        name = key.strip()
        if name:
            stored = name in was and condition_form.shown(was[name]) == text
            values[name] = was[name] if stored else typed(text.strip(), "")
    return values


def _scalar(control: str, text: str, schema: Mapping[str, Any], was: Any) -> Any:
    if control == "json":
        return _json(text, was)
    if control == "long":
        return text.strip() or ABSENT
    if control == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()] or ABSENT
    text = text.strip()
    if text and was is not None and condition_form.shown(was) == text:
        return was
    if control == "select" and "enum" in schema:
        return next((key for key in schema["enum"] if str(key) == text), text or ABSENT)
    if control == "number" and text:
        value = typed(text, "")
        return value if isinstance(value, int | float) and not isinstance(value, bool) else text
    return _time(text) if control == "time" else text or ABSENT


def _check(given: bool, was_shown: bool, schema: Mapping[str, Any], was: Any) -> Any:
    """What goes without saying is left out, unless it was said before; an empty box and no box are sent alike."""
    usual = bool(schema.get("default"))
    if not given and not was_shown:
        given = usual if was is None else bool(was)
    return ABSENT if given == usual and was is not given else given


def _time(text: str) -> Any:
    """As browsers send it, perhaps with seconds."""
    try:
        return dt.time.fromisoformat(text).strftime("%H:%M")
    except ValueError:
        return text or ABSENT


def _json(text: str, was: Any) -> Any:
    if not text.strip():
        return ABSENT
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return ABSENT if was is None else was
