"""MJML to HTML while Liquid stands in it, with errors that name the line.

Liquid is set aside as tokens before the MJML compiler sees the source and is put back afterwards. Where only
components may stand (a loop around sections, say) the token is wrapped in `mj-raw`, so that authors need not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import mjml as engine
from django.utils.translation import gettext as _

from rapport.content.services.liquid_source import TemplateError

_OPEN = re.compile(r"\{[{%]")
_TOKEN = re.compile(r"lq(\d+)lq")
_PIECE = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<name>mj[a-z-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>|lq\d+lq",
    re.DOTALL,
)
_TAG = re.compile(r"<(/?)([a-z][^\s/<>]*)[^<>]*?(/?)>", re.IGNORECASE)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
MAX_DEPTH = (
    100  # of tags; the MJML engine walks down by calling itself, and a stack that is full ends the process
)
CONTAINERS = frozenset({"mj-body", "mj-wrapper", "mj-section", "mj-column", "mj-group", "mj-hero"})
TEXT_CONTAINERS = frozenset(
    {
        *("mj-text", "mj-button", "mj-raw", "mj-table", "mj-style", "mj-title", "mj-preview"),
        *("mj-navbar-link", "mj-social-element", "mj-accordion-title", "mj-accordion-text"),
    }
)
OTHERS = frozenset(
    {
        *("mjml", "mj-head", "mj-attributes", "mj-all", "mj-class", "mj-font", "mj-breakpoint"),
        *("mj-html-attributes", "mj-selector", "mj-html-attribute", "mj-image", "mj-divider", "mj-spacer"),
        *("mj-navbar", "mj-social", "mj-carousel", "mj-carousel-image", "mj-accordion"),
        *("mj-accordion-element",),
    }
)
ELEMENTS = CONTAINERS | TEXT_CONTAINERS | OTHERS


class Source:
    """MJML with its Liquid set aside. `restore` puts it back into whatever was made of it."""

    def __init__(self, mjml: str) -> None:
        self.liquid: list[str] = []
        self._plain: list[str] = []
        self.original = mjml
        _check_nesting(mjml)
        if re.search(r"lq\d+lq", mjml):
            raise TemplateError(_("the text contains a word of the form lq1lq, which is reserved"))
        self._starts: list[tuple[int, int]] = []
        self.text = self._set_aside(mjml)

    def _set_aside(self, mjml: str) -> str:
        shift = 0

        out: list[str] = []
        last = 0
        for start, end in liquid_in(mjml):
            token = self.aside(mjml[start:end])
            shift += len(token) - (end - start)
            self._starts.append((end + shift, shift))
            out += mjml[last:start], token
            last = end
        return "".join(out) + mjml[last:]

    def aside(self, piece: str, *, plain: str = "") -> str:
        """The token that stands for `piece` (in plain text for `plain`), which is put in as it is by `restore`."""
        self.liquid.append(piece)
        self._plain.append(plain or piece)
        return f"lq{len(self.liquid) - 1}lq"

    def absorb(self, piece: str) -> str:
        """`piece` with its Liquid set aside, ready to stand in the page."""
        out, last = "", 0
        for start, end in liquid_in(piece):
            out += piece[last:start] + self.aside(piece[start:end])
            last = end
        return out + piece[last:]

    def restore(self, text: str, *, plain: bool = False) -> str:
        """Puts everything set aside back in."""
        pieces = self._plain if plain else self.liquid
        return _TOKEN.sub(lambda match: pieces[int(match[1])], text)

    def line(self, position: int) -> int:
        """The 1-based line in the original of a position in `text`."""
        shift = 0
        for start, so_far in self._starts:
            if start > position:
                break
            shift = so_far
        return self.original.count("\n", 0, max(0, position - shift)) + 1


def liquid_in(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every Liquid output and tag, in one pass whatever the text."""
    place, open_ended = 0, set[str]()
    while match := _OPEN.search(text, place):
        close = "}}" if match[0] == "{{" else "%}"
        end = -1 if close in open_ended else text.find(close, match.end())
        if end < 0:
            open_ended.add(close)
            place = match.end()
            continue
        yield match.start(), end + 2
        place = end + 2


def _check_nesting(mjml: str) -> None:
    """Refuses what would take the MJML engine too deep, and comments without an end."""
    if mjml.rfind("<!--") > mjml.rfind("-->"):
        raise TemplateError(_("a comment is never closed"), mjml.count("\n", 0, mjml.rfind("<!--")) + 1)
    depth = 0
    for match in _TAG.finditer(mjml):
        if match[1]:
            depth = max(0, depth - 1)
        elif not match[3] and match[2].lower() not in _VOID:
            depth += 1
        if depth > MAX_DEPTH:
            line = mjml.count("\n", 0, match.start()) + 1
            raise TemplateError(_("tags are nested more than %(n)d deep") % {"n": MAX_DEPTH}, line)


def to_html(source: Source) -> str:
    """HTML of a whole MJML document, Liquid still set aside. Raises TemplateError with the line."""
    prepared = _check_and_wrap(source)
    try:
        result = engine.mjml2html(prepared, fonts={})
    except ValueError as error:
        raise TemplateError(_readable(str(error)), _line_of(str(error), prepared)) from error
    return str(getattr(result, "content", result))


def _check_and_wrap(source: Source) -> str:
    """Walks the components, refuses what does not fit together, wraps Liquid that stands between them."""
    stack: list[tuple[str, int]] = []
    out: list[str] = []
    last = 0
    for match in _PIECE.finditer(source.text):
        out.append(source.text[last : match.start()])
        last = match.end()
        name = match["name"]
        inside = stack[-1][0] if stack else ""
        if name is None:
            loose = inside in CONTAINERS and not match[0].startswith("<!--")
            out.append(f"<mj-raw>{match[0]}</mj-raw>" if loose else match[0])
            continue
        if inside in TEXT_CONTAINERS and not (match["close"] and name == inside):
            raise TemplateError(
                _("<%(inside)s> is not closed before <%(next)s>")
                % {"inside": inside, "next": match["close"] + name},
                stack[-1][1],
            )
        _step(stack, match, source)
        out.append(match[0])
    if stack:
        raise TemplateError(_("<%(name)s> is never closed") % {"name": stack[-1][0]}, stack[-1][1])
    if not source.text.lstrip().startswith(("<mjml", "<!--")):
        raise TemplateError(_("a template starts with <mjml>"), 1)
    return "".join(out) + source.text[last:]


def _step(stack: list[tuple[str, int]], match: re.Match[str], source: Source) -> None:
    name, line = match["name"], source.line(match.start())
    if name == "mj-include":
        raise TemplateError(_("mj-include reads files and is not available"), line)
    if name not in ELEMENTS:
        raise TemplateError(_("there is no component <%(name)s>") % {"name": name}, line)
    if match["close"]:
        if not stack or stack[-1][0] != name:
            words = _("</%(name)s> has no opening tag")
            if stack:
                words = _("</%(name)s> does not match <%(open)s> of line %(line)d")
            open_name, open_line = stack[-1] if stack else ("", 0)
            raise TemplateError(words % {"name": name, "open": open_name, "line": open_line}, line)
        stack.pop()
    elif not match["rest"].rstrip().endswith("/"):
        stack.append((name, line))


def _readable(message: str) -> str:
    return "the MJML cannot be read: " + re.sub(r" in root template.*", "", message)


def _line_of(message: str, prepared: str) -> int:
    position = re.search(r"position (\d+)", message)
    return prepared.count("\n", 0, int(position[1])) + 1 if position else 0
