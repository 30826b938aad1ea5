"""The small language in which a mapping says where a value stands and what becomes of it.

    customer.email | lower            a path, then steps
    line_items[0].price | number      the first of a list, as a number
    'Order Completed'                 a constant, in quotes
    $.id                              from the top, where the path would begin at the item looked at
    $headers.x-shopify-topic          a header of the request
    ["Order No."]                     a name with a dot or bracket in it

A path that leads nowhere gives nothing (None); a step that cannot be done raises Bad.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from rapport.transfers.feeds import steps
from rapport.transfers.feeds.steps import Bad

LONGEST = 2_000
DEEPEST = 6
_PART = re.compile(r"""\[(\d{1,6})\]|\["([^"]*)"\]|\['([^']*)'\]|\.?([^.\[\]]+)""")


@dataclass(frozen=True, slots=True)
class Scope:
    """What paths are read from: the whole payload, the item of it that is looked at, and the headers."""

    root: Any
    item: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """Names and positions, from the item, the top (`$`) or the headers (`$headers`)."""

    start: str
    keys: tuple[str | int, ...]

    def of(self, scope: Scope) -> Any:
        value: Any = {"$": scope.root, "$headers": scope.headers}.get(self.start, scope.item)
        for part in self.keys:
            if isinstance(part, int):
                value = value[part] if isinstance(value, list) and part < len(value) else None
            elif isinstance(value, dict):
                value = value.get(part.lower() if self.start == "$headers" else part)
            else:
                return None
        return value


@dataclass(frozen=True, slots=True)
class Constant:
    value: str

    def of(self, _scope: Scope) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Expression:
    """A path or constant, and the steps its value goes through."""

    text: str
    head: Path | Constant
    steps: tuple[tuple[str, tuple[str, ...]], ...]

    def of(self, scope: Scope) -> Any:
        """The value, or None. Raises Bad."""
        value = self.head.of(scope)
        for name, arguments in self.steps:
            value = steps.STEPS[name](value, arguments, scope, evaluate)
        return value

    @property
    def relative(self) -> bool:
        """Whether it looks at the item, not at the whole payload."""
        return isinstance(self.head, Path) and not self.head.start


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Raises Bad with what is wrong with it."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Bad(_("This is longer than %(n)d characters.") % {"n": LONGEST})
    head, *rest = split(text, "|")
    steps = tuple(_step(step) for step in rest)
    return Expression(text, _head(head.strip()), steps)


def _head(text: str) -> Path | Constant:
    if not text:
        raise Bad(_("A path is missing, such as customer.email, or a constant in quotes."))
    if text[0] in "'\"":
        if len(text) < 2 or text[-1] != text[0]:
            raise Bad(_("The quote is not closed."))
        return Constant(text[1:-1])
    return path(text)


def path(text: str) -> Path:
    """Raises Bad."""
    start = ""
    for name in ("$headers", "$"):
        if text == name or text.startswith((name + ".", name + "[")):
            start, text = name, text[len(name) :]
            break
    segments: list[str | int] = []
    place = 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            raise Bad(_("“%(text)s” is no path: write it like customer.addresses[0].city.") % {"text": text})
        index, quoted, single, name_ = match.groups()
        segments.append(int(index) if index is not None else (quoted or single or (name_ or "").strip()))
        place = match.end()
    return Path(start, tuple(segments))


def _step(text: str) -> tuple[str, tuple[str, ...]]:
    name, opened, inner = text.strip().partition("(")
    name = name.strip()
    if name not in steps.STEPS:
        raise Bad(
            _("There is no step “%(name)s”. There are: %(steps)s.")
            % {"name": name, "steps": ", ".join(steps.STEPS)}
        )
    if opened and not inner.rstrip().endswith(")"):
        raise Bad(_("The bracket after “%(name)s” is not closed.") % {"name": name})
    arguments = tuple(split(inner.rstrip()[:-1], ",")) if opened and inner.strip() != ")" else ()
    steps.check(name, arguments, parse)
    return name, tuple(argument.strip() for argument in arguments)


def split(text: str, mark: str) -> list[str]:
    """Split at `mark`, but not within quotes and brackets. Raises Bad."""
    pieces, begin, depth, quote = [], 0, 0, ""
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
            if depth > DEEPEST:
                raise Bad(_("The brackets are nested too deep."))
        elif sign in ")]":
            depth -= 1
        elif sign == mark and depth == 0:
            pieces.append(text[begin:place])
            begin = place + 1
    if quote or depth:
        raise Bad(_("A quote or bracket is not closed."))
    return [*pieces, text[begin:]]


def evaluate(text: str, scope: Scope) -> Any:
    """The value of an expression within another's arguments. Raises Bad."""
    return parse(text).of(scope)
