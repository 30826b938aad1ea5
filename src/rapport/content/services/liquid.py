"""Liquid, fenced in: no files, no settings, no attributes, and no template that eats time or memory.

Templates see plain dictionaries, lists, strings and numbers only, so there is nothing to climb out through;
what is left to fence is work: every filter's input and output is measured, and every step of a render (a node, an
iteration, a name looked up, a filter) is counted and meets its deadline.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sized
from contextvars import ContextVar
from typing import Any

from django.utils.translation import gettext as _
from liquid import BoundTemplate, DictLoader, Environment, RenderContext, Undefined
from liquid.exceptions import LiquidError, LiquidInterrupt
from liquid.static_analysis import TemplateAnalysis

from rapport.content.services import barcodes, liquid_amendments, localised
from rapport.content.services.flat_liquid import FlatTemplate, Unusual
from rapport.content.services.links import safe_url
from rapport.content.services.liquid_source import TemplateError, check_source
from rapport.core.plain_text import unescaped

MAX_TEXT = 100_000
MAX_ITEMS = 5_000
MAX_BITS = 256
MAX_OUTPUT = 2_000_000
# Of the processor, not by the clock: nobody's mail fails because the machine is busy.
SECONDS = 0.5
MAX_STEPS = 200_000
ALL = "*"
CLOCKED = 64  # steps between looks at the clock, which take as long as some steps
FORBIDDEN_TAGS = ("include", "render")
FORBIDDEN_FILTERS = ("safe", "escapejs")

liquid_amendments.apply()
_missing: ContextVar[list[str] | None] = ContextVar("liquid_missing", default=None)


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


class _Budget:
    """What a render may still do. The clock runs from the first look at it: short renders need none."""

    __slots__ = ("deadline", "steps")

    def __init__(self) -> None:
        self.deadline, self.steps = 0.0, MAX_STEPS

    def spend(self) -> None:
        """One step. Raises TemplateError when there are none left, or no time."""
        self.steps -= 1
        # Asking for the time takes longer than a step.
        if self.steps < 0 or (self.steps % CLOCKED == 0 and self._is_late()):
            self.steps = 0
            raise TemplateError(_("the template takes too long"))

    def _is_late(self) -> bool:
        now = time.thread_time()
        self.deadline = self.deadline or now + SECONDS
        return now > self.deadline


_budget: ContextVar[_Budget | None] = ContextVar("liquid_budget", default=None)
_shared: ContextVar[_Budget | None] = ContextVar("liquid_shared_budget", default=None)


@contextlib.contextmanager
def one_budget() -> Iterator[None]:
    """All texts rendered within may together do what one may: a page of a thousand costs no more than a page of one."""
    token = _shared.set(_Budget())
    try:
        yield
    finally:
        _shared.reset(token)


def _spend() -> None:
    budget = _budget.get()
    if budget is not None:
        budget.spend()


class _CountedContext(RenderContext):  # type: ignore[misc]
    """A context that counts: every node asks it for the disabled tags, every name is looked up in it."""

    @property
    def disabled_tags(self) -> list[str]:
        _spend()
        return self._disabled_tags

    @disabled_tags.setter
    def disabled_tags(self, names: list[str]) -> None:
        self._disabled_tags = names

    def get(self, path: list[object], **options: Any) -> object:
        _spend()
        return super().get(path, **options)


class _CountedTemplate(BoundTemplate):  # type: ignore[misc]
    context_class = _CountedContext


class _Sandbox(Environment):  # type: ignore[misc]
    template_class = _CountedTemplate
    loop_iteration_limit = MAX_ITEMS
    local_namespace_limit = MAX_TEXT * 2
    output_stream_limit = MAX_OUTPUT
    context_depth_limit = 10
    block_nesting_limit = 50


def _measure(value: object) -> None:
    if (
        type(value) is str and len(value) <= MAX_TEXT
    ):  # most are, and the other questions cost ten times as much
        return
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


def _foresee_join(value: Any, glue: object = " ") -> None:
    if isinstance(value, Sized) and len(value) * len(str(glue)) > MAX_TEXT:
        raise TemplateError(_("join would make a text that is too long"))


def _foresee_replace(value: Any, _old: object = "", new: object = "") -> None:
    if isinstance(value, str) and len(value) * len(str(new)) > MAX_TEXT * 20:
        raise TemplateError(_("replace would make a text that is too long"))


# The two filters whose output is the product of their inputs are stopped before they run.
_FORESEEN: dict[str, Callable[..., None]] = {"join": _foresee_join, "replace": _foresee_replace}


def _fenced(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    foresee = _FORESEEN.get(name)

    @functools.wraps(function)
    def run(value: Any, *args: Any, **options: Any) -> Any:
        _spend()
        _measure(value)
        for given in args:
            _measure(given)
        if foresee is not None:
            foresee(value, *args[:2])
        result = function(value, *args, **options)
        _measure(result)
        return result

    return run


def sandbox(*, autoescape: bool, barcode: Callable[..., Any] = barcodes.in_text) -> Environment:
    environment = _Sandbox(
        autoescape=autoescape, undefined=NotedUndefined, loader=DictLoader({}), strict_filters=True
    )
    for tag in FORBIDDEN_TAGS:
        environment.tags.pop(tag, None)
    for name in FORBIDDEN_FILTERS:
        environment.filters.pop(name, None)
    environment.filters["safe_url"] = safe_url
    environment.filters["unescaped"] = lambda value: unescaped(str(value))
    environment.filters["barcode"] = barcode
    environment.filters |= localised.FILTERS
    for name, function in list(environment.filters.items()):
        environment.filters[name] = _fenced(name, function)
    return environment


HTML = sandbox(autoescape=True, barcode=barcodes.in_html)
TEXT = sandbox(autoescape=False)
PRINTED = sandbox(autoescape=False, barcode=barcodes.in_print)


class Program:
    """A parsed template, ready to be rendered many times. Raises TemplateError with the line."""

    __slots__ = ("_flat", "_template", "names", "static")

    def __init__(self, source: str, *, html: bool = False, environment: Environment | None = None) -> None:
        check_source(source)
        self.static = None if "{{" in source or "{%" in source else source
        self._template: Any = None
        self._flat: FlatTemplate | None = None
        # What it reads: {("person", "first_name")}; a name that is only known when it is rendered stands for all.
        self.names: frozenset[tuple[str, str]] = frozenset()
        if self.static is None:
            try:
                self._template = (environment or (HTML if html else TEXT)).from_string(source)
                analysis = self._template.analyze(include_partials=False)
                self.names = _check_names(self._template, analysis, source)
                self._flat = None if analysis.locals else FlatTemplate(self._template)
            except LiquidError as error:
                raise explained(error) from error
            except RecursionError as error:
                raise TemplateError(_("the template is nested too deeply")) from error

    def render(self, context: dict[str, Any]) -> str:
        """The text for this context. Raises TemplateError when a limit is met or a filter fails."""
        if self.static is not None:
            return self.static
        token = _budget.set(_shared.get() or _Budget())
        try:
            return self._render(context)
        except LiquidError as error:
            raise explained(error) from error
        except TemplateError:
            raise
        except (ArithmeticError, ValueError, TypeError, LookupError, RecursionError) as error:
            raise TemplateError(_("a filter cannot work with its value: %(why)s") % {"why": error}) from error
        finally:
            _budget.reset(token)

    def _render(self, context: dict[str, Any]) -> str:
        if self._flat is not None and _missing.get() is None:
            with contextlib.suppress(Unusual, LiquidInterrupt):
                return self._flat.render(context, MAX_OUTPUT)
        return str(self._template.render(context))


def _check_names(
    template: BoundTemplate, analysis: TemplateAnalysis, source: str
) -> frozenset[tuple[str, str]]:
    """What the template reads. Raises TemplateError for a filter that there is not: Liquid looks for it only when it is
    applied.
    """
    for name, places in analysis.filters.items():
        if name not in template.env.filters:
            line = source.count("\n", 0, places[0].index) + 1
            raise TemplateError(_("there is no filter “%(name)s”") % {"name": name}, line)
    spoken = frozenset({("language", ALL)} if localised.FILTERS.keys() & analysis.filters.keys() else ())
    return spoken | frozenset(
        (name, str(path[1]) if len(path) > 1 and isinstance(path[1], str) else ALL)
        for name, uses in analysis.globals.items()
        for path in (use.segments for use in uses)
    )


def explained(error: LiquidError) -> TemplateError:
    """Liquid's error in our words, with the line it stands on."""
    if isinstance(error.__cause__, RecursionError):
        return TemplateError(_("the template is nested too deeply"))
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
