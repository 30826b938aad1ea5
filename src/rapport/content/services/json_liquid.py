"""Liquid in JSON: what a template prints stands inside a string, and is escaped for that.

`{"name": "{{ person.name }}", "age": {{ person.age | json }}}` is JSON whatever the name holds; the filter `json` makes
a whole value.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from django.utils.translation import gettext as _
from liquid import RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.stringify import to_liquid_string
from liquid.token import TOKEN_OUTPUT
from liquid.undefined import is_undefined

from rapport.channels.registry import ChannelKind
from rapport.content.services.liquid import PRINTED, Program, sandbox
from rapport.content.services.liquid_source import TemplateError


class _Value(str):
    """JSON already."""

    __slots__ = ()


def _json(value: Any) -> _Value:
    """The filter `json`: a text with its quotation marks, a number, a list, an object; null for what there is not."""
    if is_undefined(value):
        return _Value("null")
    try:
        return _Value(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))
    except (ValueError, RecursionError) as error:
        raise TemplateError(_("a value cannot be written as JSON")) from error


class _JsonOutputNode(OutputNode):  # type: ignore[misc]
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        value = self.expression.evaluate(context)
        if isinstance(value, _Value):
            return buffer.write(value)
        text = to_liquid_string(value, autoescape=False)
        return buffer.write(json.dumps(text, ensure_ascii=False)[1:-1])


class _JsonOutput(Output):  # type: ignore[misc]
    node_class = _JsonOutputNode


JSON = sandbox(autoescape=False)
JSON.add_tag(_JsonOutput)
JSON.filters["json"] = _json
assert JSON.tags[TOKEN_OUTPUT].__class__ is _JsonOutput


def field_program(kind: ChannelKind, name: str, source: str) -> Program:
    """A parsed field of a channel's content, after its kind. Raises TemplateError."""
    field = next((field for field in kind.fields if field.key == name), None)
    if field is not None and field.kind == "json":
        return json_program(source)
    return Program(source, environment=PRINTED if field is not None and field.is_printed else None)


def json_program(source: str) -> Program:
    """A parsed template that prints JSON. Raises TemplateError."""
    return Program(source, environment=JSON)
