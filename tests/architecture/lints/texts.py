"""Text that users read and that no translator would ever see, because it does not go through gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Token, TokenType

from tests.architecture.lints import Finding, Source, calls, dotted

# Shown or read out; other attributes are for machines.
ATTRIBUTES = {"alt", "aria-label", "aria-description", "aria-roledescription", "placeholder", "title"}
SAME_ELEMENTS = {"script", "style", "code", "kbd", "pre"}  # written the same in every language
SAME_WORDS = re.compile(
    r"https?://\S+|\S+@\S+|\b(Rapport|API|CSV|XLSX|JSON|MJML|URL|PNG|HTTP|Ctrl|Esc|Lantern|Thistle|ms)\b|\b\w+[_.]\w+\b"
)
WORD = re.compile(r"[^\W\d_]{2,}")
NOT_TEXT = re.compile(
    r"{%-?\s*(?P<tag>blocktrans(?:late)?|comment)\b.*?{%-?\s*end(?P=tag)\s*-?%}"
    r"|{%\s*block page_class\s*%}.*?{%\s*endblock\s*%}|{#.*?#}",
    re.DOTALL,
)
TAG = re.compile(r"{%\s*(.*?)\s*%}|{{.*?}}", re.DOTALL)
# Which argument of a component tag is shown; besides these, the named ones.
SHOWN_POSITION = {
    **dict.fromkeys(("badge", "stat", "card", "fact", "fact_edit", "menu", "progress", "timeline_item"), 0),
    **dict.fromkeys(("dialog", "chart", "lazy", "empty"), 1),
}
SHOWN_NAMES = {"label", "title", "hint", "text", "placeholder", "heading", "caption", "link", "poll_label"}
SHOWN_KEYWORDS = {"help_text", "label", "empty_label", "placeholder"}
# What is raised with these is shown beside a field, in a toast or on the page of a job.
SHOWING_CALLS = {
    "CannotDecide", "CannotMerge", "CannotReplay", "CannotUnmerge", "CannotUnsubscribe", "InvalidAddress",
    "InvalidValue", "JobFailed", "TemplateError", "TooLarge", "ValidationError", "note", "toast",
}  # fmt: skip
TRANSLATING = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
# Not text for users, or not HTML that can be read.
UNREAD = (
    "src/rapport/bench/",
    "src/rapport/config/",  # the command line
    "src/rapport/core/templates/allauth/elements/button.html",  # its tag is chosen by a variable
    "src/rapport/core/templates/core/styleguide",
    "src/rapport/core/views/styleguide",
)


def _reads(text: str) -> bool:
    """Whether there is a word in it that another language would write differently."""
    return bool(WORD.search(SAME_WORDS.sub(" ", text)))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n") + " "


class _Texts(HTMLParser):
    """Collects (line, text) of text nodes and of attributes that are shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[tuple[int, str]] = []
        self.same: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SAME_ELEMENTS:
            self.same.append(tag)
        self.texts += [(self.getpos()[0], value) for name, value in attrs if name in ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        if self.same and self.same[-1] == tag:
            self.same.pop()

    def handle_data(self, data: str) -> None:
        if not self.same:
            self.texts += enumerate(data.splitlines(), self.getpos()[0])


def _shown_arguments(contents: str) -> Iterator[str]:
    """Literals that a component tag would show as they are."""
    name, *arguments = Token(TokenType.BLOCK, contents).split_contents()
    positional = [argument for argument in arguments if not re.match(r"\w+=", argument)]
    position = SHOWN_POSITION.get(name, len(positional))
    shown = positional[position : position + 1] if name != "include" else []
    if name in SHOWN_POSITION or name == "include":
        shown += [value for key, _, value in (a.partition("=") for a in arguments) if key in SHOWN_NAMES]
    yield from (text.strip("\"'") for text in shown if text.startswith(('"', "'")))


def _template(source: Source) -> Iterator[Finding]:
    text = NOT_TEXT.sub(_blank, source.text)
    for match in TAG.finditer(text):
        for shown in _shown_arguments(match[1]) if match[1] else ():
            if _reads(shown):
                yield Finding(source.name, text.count("\n", 0, match.start()) + 1, shown[:80])
    parser = _Texts()
    parser.feed(TAG.sub(_blank, text))
    parser.close()
    for line, shown in parser.texts:
        if _reads(shown):
            yield Finding(source.name, line, shown.strip()[:80])


def _literal(node: ast.AST) -> str:
    """The text of a literal, an f-string or the values of a dictionary of them; "" for anything else."""
    if isinstance(node, ast.Dict | ast.JoinedStr):
        return "".join(map(_literal, node.values))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _python(source: Source) -> Iterator[Finding]:
    for node in calls(source):
        name = dotted(node.func).rpartition(".")[2]
        if name in TRANSLATING and any(isinstance(argument, ast.JoinedStr) for argument in node.args):
            yield Finding(source.name, node.lineno, "an f-string is put together before it is translated")
        shown = node.args if name in SHOWING_CALLS else []
        shown = [*shown, *(keyword.value for keyword in node.keywords if keyword.arg in SHOWN_KEYWORDS)]
        for text in map(_literal, shown):
            if " " in text.strip() and _reads(text):
                yield Finding(source.name, node.lineno, text[:80])


def untranslatable(source: Source) -> Iterator[Finding]:
    """Literal text in HTML, in what components of templates show, and in errors, toasts and labels of forms."""
    if source.is_test or not source.name.startswith("src/") or source.name.startswith(UNREAD):
        return
    if source.name.endswith(".html"):
        yield from _template(source)
    elif source.name.endswith(".py"):
        yield from _python(source)
