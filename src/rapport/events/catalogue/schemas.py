"""Declared schemas: as rows of a form, as JSON Schema, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jsonschema_rs
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

TYPES = ("string", "number", "integer", "boolean", "array", "object")
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SIZE = 100_000
_LINEAR = jsonschema_rs.RegexOptions(size_limit=1_000_000)
_ROOT = {"$schema", "type", "properties", "required", "additionalProperties", "description", "title"}
_OF_ROW = {"type", "enum", "pattern", "description"}


@dataclass(frozen=True, slots=True)
class PropertyRow:
    """One property as the form shows it. `values` are those allowed, none for any."""

    name: str
    type: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    pattern: str = ""
    description: str = ""


def checked(schema: Any) -> dict[str, Any]:
    """The schema, if validators can be made of it. Raises ValidationError saying why not."""
    if not isinstance(schema, dict):
        raise ValidationError(_("A schema is an object, such as {“type”: “object”}."))
    if len(str(schema)) > MAX_SIZE:
        raise ValidationError(_("The schema is larger than 100 KB."))
    if "://" in str(_references(schema)):
        raise ValidationError(_("A schema may only refer to its own parts ($ref: “#/…”)."))
    try:
        # Nothing is fetched: a $id gives even a harmless $ref another address, and so does a $schema of one's own.
        validator_of(schema)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        words = str(error).splitlines()[0][:300]
        if words.endswith('is not a "regex"'):
            words += "; " + _("look-around, back references and huge repetitions cannot be used")
        raise ValidationError(_("This is no valid JSON Schema: %(why)s") % {"why": words}) from error
    return schema


def validator_of(schema: dict[str, Any]) -> Any:
    """Strangers' values meet its patterns, so these run in linear time. Raises jsonschema_rs's errors, ValueError."""
    return jsonschema_rs.validator_for(schema, offline=True, pattern_options=_LINEAR)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [reference for value in node.values() for reference in _references(value)]
    return [reference for value in node for reference in _references(value)] if isinstance(node, list) else []


def of_rows(rows: list[PropertyRow], *, only_these: bool) -> dict[str, Any] | None:
    """JSON Schema of the form's rows; None for no rows, which is no schema."""
    if not rows:
        return None
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "type": "object",
        "properties": {row.name: _of_row(row) for row in rows},
    }
    if required := [row.name for row in rows if row.required]:
        schema["required"] = required
    if only_these:
        schema["additionalProperties"] = False
    return schema


def _of_row(row: PropertyRow) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if row.type:
        schema["type"] = row.type
    if row.values:
        schema["enum"] = [_value(value, row.type) for value in row.values]
    if row.pattern:
        schema["pattern"] = row.pattern
    if row.description:
        schema["description"] = row.description
    return schema


def _value(text: str, kind: str) -> Any:
    if kind in {"number", "integer"}:
        try:
            number = float(text)
        except ValueError as error:
            raise ValidationError(_("“%(value)s” is no number.") % {"value": text}) from error
        return int(number) if number.is_integer() else number
    return text.lower() in {"true", "yes", "1"} if kind == "boolean" else text


def rows_of(schema: dict[str, Any] | None) -> list[PropertyRow]:
    """The form's rows of a schema."""
    document = schema or {}
    required = set(document.get("required", []))
    return [_row(name, schema, name in required) for name, schema in document.get("properties", {}).items()]


def _row(name: str, schema: Any, required: bool) -> PropertyRow:
    schema = schema if isinstance(schema, dict) else {}
    values = tuple(str(value) for value in schema.get("enum", []))
    kind = schema.get("type", "")
    return PropertyRow(
        name,
        kind if isinstance(kind, str) else "",
        required,
        values,
        schema.get("pattern", ""),
        schema.get("description", ""),
    )


def fits_form(schema: dict[str, Any] | None) -> bool:
    """Whether the form can show all of the schema; else only the raw text can be edited without losing some."""
    if schema is None:
        return True
    if set(schema) - _ROOT or schema.get("additionalProperties") not in {None, True, False}:
        return False
    properties = schema.get("properties", {})
    return set(schema.get("required", [])) <= set(properties) and all(
        isinstance(schema, dict) and not set(schema) - _OF_ROW and isinstance(schema.get("type", ""), str)
        for schema in properties.values()
    )
