"""Rendering without Liquid's interpreter what most mails consist of: text, `{{ person.first_name }}`, and conditions
on a single name around such parts.

Filters, loops and comparisons stay Liquid's, node by node. So does a whole template that binds names of its own, and
each single render in which a value is met that Liquid has more to say of. Either way the text is the same, which a
test over random templates and values shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from liquid import BoundTemplate, RenderContext, escape
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.expressions.logical import BooleanExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode

_COMPUTED = frozenset({"size", "first", "last"})
_MISSING = object()
_PLAIN = frozenset({int, float, bool})


class Unusual(Exception):
    """Only Liquid itself can say what is printed here."""


class _Value(tuple[str, ...]):
    """`{{ person.first_name }}`: the names on the way to a value."""

    __slots__ = ()


class _Condition:
    """`{% if person.points %}…{% else %}…{% endif %}`."""

    __slots__ = ("no", "path", "yes")

    def __init__(self, path: _Value, yes: Sequence[_Piece], no: Sequence[_Piece]) -> None:
        self.path, self.yes, self.no = path, yes, no


_Piece: TypeAlias = str | _Value | _Condition | Node


class FlatTemplate:
    """A parsed template, its simple parts taken apart."""

    __slots__ = ("_pieces", "_template")

    def __init__(self, template: BoundTemplate) -> None:
        self._template, self._pieces = template, list(_pieces(template.nodes))

    def render(self, values: dict[str, Any], limit: int) -> str:
        """The text, of at most `limit` bytes. Raises Unusual, LiquidError."""
        rendering = _Rendering(self._template, values)
        rendering.write(self._pieces)
        text = "".join(rendering.out)
        if len(text) > limit // 4:
            raise Unusual
        return text


class _Rendering:
    def __init__(self, template: BoundTemplate, values: dict[str, Any]) -> None:
        self.out: list[str] = []
        self._template, self._values = template, values
        self._autoescape = template.env.autoescape
        self._context: RenderContext | None = None

    def write(self, pieces: Sequence[_Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self.out.append(piece)
            elif isinstance(piece, _Value):
                self.out.append(self._text(self._look_up(piece)))
            elif isinstance(piece, _Condition):
                value = self._look_up(piece.path)
                self.write(piece.no if value is None or value is False or value is _MISSING else piece.yes)
            else:
                self.out.append(self._by_liquid(piece))

    def _look_up(self, path: _Value) -> Any:
        value: Any = self._values
        if path[0] not in value:  # one of Liquid's own, or nothing
            raise Unusual
        for name in path:
            if type(value) is not dict:
                raise Unusual
            value = value.get(name, _MISSING)
            if value is _MISSING:
                return value
        return value

    def _text(self, value: Any) -> str:
        kind = type(value)
        if kind is str:
            return str(escape(value) if self._autoescape else value)
        if value is None or value is _MISSING:
            return ""
        if kind not in _PLAIN:
            raise Unusual
        return str(value).lower() if kind is bool else str(value)

    def _by_liquid(self, node: Node) -> str:
        if self._context is None:
            template = self._template
            self._context = template.context_class(template, globals=template.make_globals(self._values))
        buffer = self._context.get_buffer()
        node.render(self._context, buffer)
        return str(buffer.getvalue())


def _pieces(nodes: Sequence[Node]) -> Iterator[_Piece]:
    for node in nodes:
        if type(node) is ContentNode:
            yield str(node.text)
        elif type(node) is OutputNode and (path := _path(node.expression)):
            yield path
        else:
            yield _condition(node) or node


def _path(expression: object) -> _Value | None:
    if type(expression) is FilteredExpression and not expression.filters:
        expression = expression.left
    if type(expression) is not Path:
        return None
    names = expression.path
    simple = all(isinstance(name, str) and name not in _COMPUTED for name in names)
    return _Value(names) if simple else None


def _condition(node: Node) -> _Condition | None:
    if type(node) is not IfNode or node.alternatives or type(node.condition) is not BooleanExpression:
        return None
    path, otherwise = _path(node.condition.expression), node.default
    if path is None or node.consequence.blank or (otherwise and otherwise.blank):
        return None
    no = list(_pieces(otherwise.nodes)) if otherwise else []
    return _Condition(path, list(_pieces(node.consequence.nodes)), no)
