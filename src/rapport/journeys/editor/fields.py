"""A form drawn from a JSON schema: each setting with the control that fits it, and its problems beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.journeys.editor import condition_form
from rapport.journeys.editor.choices import SUGGESTIONS, Choice, Choices, is_picked
from rapport.journeys.editor.condition_form import Node
from rapport.journeys.editor.schemas import LABELS

UNITS = ("weeks", "days", "hours", "minutes")
WEEK = range(7)
LONG_TEXT = 400
CONDITION = "#/$defs/condition"


@dataclass(slots=True)
class Field:
    """One setting. `control` names what edits it; `path` is the input's name, `pointer` its place in the definition."""

    path: str
    control: str
    label: Any
    value: Any = ""
    required: bool = False
    suggests: str = ""
    choices: Sequence[Choice] = ()
    fields: list[Field] = field(default_factory=list)
    node: Node | None = None
    problems: list[str] = field(default_factory=list)
    was: str = ""
    sources: list[tuple[str, Any]] = field(default_factory=list)
    reshapes: bool = False
    suffix: str = ""
    least: float | None = None
    most: float | None = None
    step: str = "1"
    segments: Sequence[Choice] = ()

    @property
    def id(self) -> str:
        return "f-" + self.path.replace("/", "-")


def control_of(schema: Mapping[str, Any]) -> str:
    """Which control edits what a schema describes; "json" where none fits."""
    how, kind = schema.get("format"), schema.get("type")
    if schema.get("$ref") == CONDITION:
        return "condition"
    if (kind == "string" and is_picked(how)) or "enum" in schema:
        return "select"
    if how in {"time", "weekdays"}:
        return str(how)
    if kind in {"boolean", "integer", "number"}:
        return "number" if kind != "boolean" else "check"
    if kind == "string":
        is_long = schema.get("maxLength", 0) > LONG_TEXT and how not in SUGGESTIONS
        return "long" if is_long else "text"
    if kind == "array":
        return _control_of_array(schema.get("items", {}))
    if kind == "object":
        return _control_of_object(schema)
    return "json"


def _control_of_array(items: Mapping[str, Any]) -> str:
    if items.get("enum") or is_picked(items.get("format")):
        return "checks"
    if items.get("type") == "object" and "properties" in items:
        return "list"
    return "lines" if items.get("type") == "string" else "json"


def _control_of_object(schema: Mapping[str, Any]) -> str:
    properties = schema.get("properties")
    if schema.get("format") == "duration" or (properties and set(properties) <= set(UNITS)):
        return "duration"
    if properties:
        return "group"
    more = schema.get("additionalProperties")
    plain = {"string", "number", "integer", "boolean", "null"}
    types = more.get("type", ()) if isinstance(more, Mapping) else ()
    return "map" if {*([types] if isinstance(types, str) else types)} & plain else "json"


class Drawer:
    """Draws the fields of one sheet. `problems` are (path below the sheet's part, words)."""

    def __init__(self, choices: Choices, problems: Sequence[tuple[str, str]]) -> None:
        self._choices, self._problems = choices, list(problems)

    def left(self) -> list[str]:
        """The problems that stand beside no field."""
        return [words for _path, words in self._problems]

    def suggested(self) -> dict[str, list[Choice]]:
        return self._choices.suggested()

    def group(self, path: str, schema: Mapping[str, Any], value: Any) -> list[Field]:
        """A field for each property, those left out that do not matter for what was chosen."""
        given = value if isinstance(value, Mapping) else {}
        steering = {name for inner in schema["properties"].values() for name in inner.get("when", ())}
        fields = [
            self.field(f"{path}/{name}", inner, given.get(name), _is_needed(schema, name), name)
            for name, inner in schema["properties"].items()
            if matters(inner, given)
        ]
        for entry in fields:
            entry.reshapes = entry.path.rpartition("/")[2] in steering
        return fields

    def field(self, path: str, schema: Mapping[str, Any], value: Any, required: bool, name: str) -> Field:
        control = control_of(schema)
        if control == "check" and value is None:
            value = schema.get("default")
        entry = Field(path, control, schema.get("title", name), value, required)
        entry.suggests = str(schema.get("format")) if schema.get("format") in SUGGESTIONS else ""
        if entry.suggests:
            self._choices.of(entry.suggests)
        if control in {"group", "list"}:
            self._nest(entry, schema, value)
        elif control == "condition":
            self._condition(entry, schema, value)
        else:
            self._plain(entry, schema, value)
        entry.problems = self._take(path)
        return entry

    def _nest(self, entry: Field, schema: Mapping[str, Any], value: Any) -> None:
        if entry.control == "group":
            entry.fields = self.group(entry.path, schema, value)
            return
        rows = value if isinstance(value, list) else []
        entry.fields = [
            Field(
                f"{entry.path}/{at}", "row", "", fields=self.group(f"{entry.path}/{at}", schema["items"], row)
            )
            for at, row in enumerate(rows)
        ]

    def _condition(self, entry: Field, schema: Mapping[str, Any], value: Any) -> None:
        entry.node = condition_form.drawn(value, entry.path)
        if value is not None and entry.node is None:
            entry.control, entry.value, entry.suffix = "json", as_json(value), ":json"
            return
        names = (
            condition_form.ABOUT_PERSON if schema.get("format") == "about-person" else condition_form.SOURCES
        )
        entry.sources = [(name, condition_form.SOURCES[name]) for name in names]
        used = list(_clauses(entry.node))
        entry.sources += [
            (name, condition_form.SOURCES[name])
            for name in dict.fromkeys(node.source for node in used)
            if name not in names
        ]
        entry.segments = self._choices.of("segment")
        offered = {key for key, _label in entry.segments}
        strange = {node.name for node in used if node.source == "segment" and node.name} - offered
        entry.segments = [*entry.segments, *((key, key) for key in sorted(strange))]
        for name in ("trait", "property", "answer"):
            self._choices.of(name)

    def _plain(self, entry: Field, schema: Mapping[str, Any], value: Any) -> None:
        entry.least, entry.most = schema.get("minimum"), schema.get("maximum")
        entry.step = "1" if schema.get("type") == "integer" else "any"
        if entry.control == "select":
            entry.choices = self._options(schema, value, entry.required)
        elif entry.control == "checks":
            entry.choices = self._each(schema["items"])
            entry.value = [str(key) for key in value or ()]
        elif entry.control == "duration":
            given = value if isinstance(value, Mapping) else {}
            entry.value = [(unit, condition_form.shown(given.get(unit))) for unit in _units(schema)]
        elif entry.control == "map":
            rows = value if isinstance(value, Mapping) else {}
            entry.value = [(key, condition_form.shown(inner)) for key, inner in rows.items()]
            entry.was = json.dumps(rows)
        elif entry.control == "lines":
            entry.value = "\n".join(map(str, value or ()))
        elif entry.control == "json":
            entry.value = "" if value is None else as_json(value)
        elif entry.control == "weekdays":
            entry.value = list(value or ())
        elif entry.control != "check":
            entry.value = condition_form.shown(value)

    def _each(self, items: Mapping[str, Any]) -> list[Choice]:
        if "enum" in items:
            return [(str(key), str(LABELS.get(key, key))) for key in items["enum"]]
        return self._choices.of(items["format"])

    def _options(self, schema: Mapping[str, Any], value: Any, required: bool) -> list[Choice]:
        if "enum" in schema:
            labels = schema.get("labels", {})
            options = [(str(key), str(labels.get(key) or LABELS.get(key, key))) for key in schema["enum"]]
        else:
            options = self._choices.of(schema["format"])
        is_there = any(str(value) == key for key, _label in options)
        blank = [] if required and is_there else [("", "–")]
        return [*blank, *options, *([] if is_there or not value else [(str(value), str(value))])]

    def _take(self, path: str) -> list[str]:
        here = [(at, words) for at, words in self._problems if at == path or at.startswith(f"{path}/")]
        self._problems = [problem for problem in self._problems if problem not in here]
        return list(dict.fromkeys(words for _at, words in here))


def _is_needed(schema: Mapping[str, Any], name: str) -> bool:
    return name in schema.get("required", ()) or bool(schema["properties"][name].get("needed"))


def _clauses(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    if not node.is_group:
        yield node
    for inner in node.nodes:
        yield from _clauses(inner)


def _units(schema: Mapping[str, Any]) -> list[str]:
    properties = schema.get("properties", {})
    return [unit for unit in UNITS if not properties or unit in properties]


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def matters(schema: Mapping[str, Any], beside: Mapping[str, Any]) -> bool:
    """Whether a setting matters for what was chosen beside it."""
    return all(beside.get(name) in values for name, values in schema.get("when", {}).items())
