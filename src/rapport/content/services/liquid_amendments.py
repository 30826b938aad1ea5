"""Where python-liquid itself is changed: a range that never ends, and what is blank."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from liquid.builtin.expressions import logical
from liquid.builtin.expressions.primitive import Blank, RangeLiteral
from liquid.builtin.tags import case_tag
from liquid.undefined import is_undefined

from rapport.content.services.liquid_source import TemplateError

MAX_RANGE = 100_000


@functools.cache
def apply() -> None:
    """Once for the process: python-liquid offers no other door to these."""
    RangeLiteral._make_range = _bounded_range(RangeLiteral._make_range)
    logical._eq = case_tag._eq = _with_nothing_blank(logical._eq)


def _bounded_range(make: Callable[..., range]) -> Callable[..., range]:
    """A range of numbers that is not searched for ever for what is no number."""

    @functools.wraps(make)
    def make_range(self: RangeLiteral, start: Any, stop: Any) -> range:
        numbers = make(self, start, stop)
        if len(numbers[: MAX_RANGE + 1]) > MAX_RANGE:
            raise TemplateError(_("a range has at most %(n)d numbers") % {"n": MAX_RANGE})
        return numbers

    return make_range


def _with_nothing_blank(equal: Callable[[object, object], bool]) -> Callable[[object, object], bool]:
    """Nothing, and false, are `blank`, as Shopify's Liquid has it and python-liquid has not."""

    @functools.wraps(equal)
    def compare(left: object, right: object) -> bool:
        other = left if isinstance(right, Blank) else right if isinstance(left, Blank) else True
        return other is None or other is False or is_undefined(other) or equal(left, right)

    return compare
