"""What is looked at in the text of a template before Liquid reads it: size, and what would take long to read."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

MAX_SOURCE = 250_000
MAX_FILTERS = 2_000
MAX_TAGS = 10_000
_TAG = re.compile(r"\{[{%]")
# What stands between these is taken as it is.
_VERBATIM = re.compile(r"\{%-?\s{0,99}(raw|doc)\s{0,99}-?%\}")
_BLANKS = re.compile(r"\s{100}")


class TemplateError(ValueError):
    """A template cannot be compiled or rendered; `line` is 1-based, 0 when it is not known."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


def check_source(source: str) -> None:
    """Refuses what would take long to read. Raises TemplateError."""
    if len(source) > MAX_SOURCE:
        raise TemplateError(_("a template has at most %(n)d characters") % {"n": MAX_SOURCE})
    if source.count("{{") + source.count("{%") > MAX_TAGS:
        raise TemplateError(_("a template has at most %(n)d tags") % {"n": MAX_TAGS})
    if "{" in source and source.count("|") > MAX_FILTERS:
        raise TemplateError(_("a template has at most %(n)d filters") % {"n": MAX_FILTERS})
    place = 0
    while match := _TAG.search(source, place):
        try:
            place = _end_of(source, match)
        except TemplateError as error:
            raise TemplateError(error.message, source.count("\n", 0, match.start()) + 1) from error


def _end_of(source: str, match: re.Match[str]) -> int:
    """Where an output or a tag ends: the lexer takes a square of the time for one that does not, or is mostly blank."""
    if verbatim := _VERBATIM.match(source, match.start()):
        end = re.compile(rf"\{{%-?\s{{0,99}}end{verbatim[1]}\s{{0,99}}-?%\}}").search(source, verbatim.end())
        if end is None:
            raise TemplateError(_("%(tag)s is never closed") % {"tag": verbatim[0]})
        return end.end()
    close = "}}" if match[0] == "{{" else "%}"
    place = source.find(close, match.end())
    if place < 0:
        raise TemplateError(_("expected “%(close)s”, found the end") % {"close": close})
    if _BLANKS.search(source, match.end(), place):
        raise TemplateError(_("there are more than 99 blanks in a row in a tag"))
    return place + 2
