"""Liquid, fenced in: no files, no settings, no attributes, and no template that eats time or memory.

Templates see plain dictionaries, lists, strings and numbers only, so there is nothing to climb out through;
what is left to fence is work: every filter's input and output is measured and a render has a deadline.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sized
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from liquid import DictLoader, Environment, Undefined
from liquid.exceptions import LiquidError

MAX_TEXT = 100_000
MAX_ITEMS = 5_000
MAX_BITS = 256
MAX_OUTPUT = 2_000_000
SECONDS = 0.5
FORBIDDEN_TAGS = ("include", "render")
FORBIDDEN_FILTERS = ("safe", "escapejs")
SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})

_deadline: ContextVar[float | None] = ContextVar("liquid_deadline", default=None)
_missing: ContextVar[list[str] | None] = ContextVar("liquid_missing", default=None)


class TemplateError(ValueError):
    """A template cannot be compiled or rendered; `line` is 1-based, 0 when it is not known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class NotedUndefined(Undefined):  # type: ignore[misc]
    """Prints as nothing, and is noted by name when a preview asks what was missing."""

    __slots__ = ()

    def __str__(self) -> str:
        noted = _missing.get()
        if noted is not None:
            name = str(self.hint or self.name).removesuffix(" is undefined").strip("'")
            if name not in noted:
                noted.append(name)
        return ""


class _Sandbox(Environment):  # type: ignore[misc]
    loop_iteration_limit = MAX_ITEMS
    local_namespace_limit = MAX_TEXT * 2
    output_stream_limit = MAX_OUTPUT
    context_depth_limit = 10
    block_nesting_limit = 50


def safe_url(value: object) -> str:
    """The value if a mail client may open it as a link, otherwise `#`."""
    text = str(value).strip()
    if any(ord(character) < 33 for character in text):
        return "#"
    try:
        return text if urlsplit(text).scheme.lower() in SCHEMES else "#"
    except ValueError:
        return "#"


def _measure(value: object) -> None:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise TemplateError(_("a number grows beyond what a template may compute"))
    if isinstance(value, Sized):
        limit = MAX_TEXT if isinstance(value, str) else MAX_ITEMS
        try:
            too_long = len(value) > limit
        except OverflowError:
            too_long = True
        if too_long:
            raise TemplateError(_("a value is longer than %(limit)d") % {"limit": limit})


def _foresee(name: str, value: Any, args: tuple[Any, ...]) -> None:
    """Stops the two filters whose output is the product of their inputs before they run."""
    if not args:
        return
    first, last = len(str(args[0])), len(str(args[-1]))
    if name == "join" and isinstance(value, Sized) and len(value) * first > MAX_TEXT:
        raise TemplateError(_("join would make a text that is too long"))
    if name == "replace" and isinstance(value, str) and len(args) > 1 and len(value) * last > MAX_TEXT * 20:
        raise TemplateError(_("replace would make a text that is too long"))


def _fenced(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(value: Any, *args: Any, **options: Any) -> Any:
        deadline = _deadline.get()
        if deadline is not None and time.monotonic() > deadline:
            raise TemplateError(_("the template takes too long"))
        for given in (value, *args):
            _measure(given)
        _foresee(name, value, args)
        result = function(value, *args, **options)
        _measure(result)
        return result

    return run


def _environment(*, autoescape: bool) -> Environment:
    environment = _Sandbox(
        autoescape=autoescape, undefined=NotedUndefined, loader=DictLoader({}), strict_filters=True
    )
    for tag in FORBIDDEN_TAGS:
        environment.tags.pop(tag, None)
    for name in FORBIDDEN_FILTERS:
        environment.filters.pop(name, None)
    environment.filters["safe_url"] = safe_url
    for name, function in list(environment.filters.items()):
        environment.filters[name] = _fenced(name, function)
    return environment


HTML = _environment(autoescape=True)
TEXT = _environment(autoescape=False)


class Program:
    """A parsed template, ready to be rendered many times. Raises TemplateError with the line."""

    __slots__ = ("_template", "static")

    def __init__(self, source: str, *, html: bool = False) -> None:
        self.static = None if "{{" in source or "{%" in source else source
        self._template: Any = None
        if self.static is None:
            try:
                self._template = (HTML if html else TEXT).from_string(source)
            except LiquidError as error:
                raise explained(error) from error
            except RecursionError as error:
                raise TemplateError(_("the template is nested too deeply")) from error

    def render(self, context: dict[str, Any]) -> str:
        """The text for this context. Raises TemplateError when a limit is met or a filter fails."""
        if self.static is not None:
            return self.static
        token = _deadline.set(time.monotonic() + SECONDS)
        try:
            return str(self._template.render(context))
        except LiquidError as error:
            raise explained(error) from error
        except TemplateError:
            raise
        except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError) as error:
            raise TemplateError(_("a filter cannot work with its value: %(why)s") % {"why": error}) from error
        finally:
            _deadline.reset(token)


def explained(error: LiquidError) -> TemplateError:
    """Liquid's error in our words, with the line it stands on."""
    place = None
    try:
        place = error.context()
    except ValueError:
        place = None
    return TemplateError(str(error.message), place[0] if place else 0)


def noting_missing(render: Callable[[], str]) -> tuple[str, list[str]]:
    """Renders and also returns the names that were printed but do not exist."""
    noted: list[str] = []
    token = _missing.set(noted)
    try:
        return render(), noted
    finally:
        _missing.reset(token)
