"""DESIGN §6 and rule 11: names that say nothing or say it in an image, and product text that says "he" or "letter"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.lints import Finding, Source
from tests.architecture.project import nodes

# Banned as a word of any name (`crew_size`) and as a whole name only (`parts`; `body_parts` may stand).
IMAGES = {"crew", "remembering", "parting", "lanes", "road", "namesake", "letter"}
WHOLE = {"asked", "known", "facts", "standards", "parts", "birth", "loggedcontact", "logged_contact"}
MODULES_ONLY = {"kinds"}
SAY_NOTHING = {"found", "each", "one", "said", "told", "held", "asked", "known", "made", "some", "mine"}
# A letter of the alphabet may stay: "three letters", "a letter first".
PRODUCT_TEXT = re.compile(
    r"\b(he|his|him|himself|she|her|hers|herself)\b|\bletters? (to|from|every|sent)\b|\b(this|your|the|each) letter\b",
    re.IGNORECASE,
)
GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TAG = re.compile(r"{%\s*(.*?)\s*%}|{{\s*(.*?)\s*}}", re.DOTALL)
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|`[^`]*`")
# What a script declares: by a keyword, as a parameter, on itself.
DECLARED = re.compile(
    r"\b(?:const|let|var|function)\s+([^=;]+?)\s*(?:=[^=>]|;|\bof\b|\bin\b|\()|\(([^()]*)\)\s*(?:=>|\{)"
    r"|\b(\w+)\s*=>|this\.(\w+)\s*=[^=]|function\s*\w*\(([^)]*)\)"
)
CODE = re.compile(r"`[^`]*`")
COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", re.DOTALL)


def is_image(name: str) -> bool:
    """Whether `snake_case` or `CamelCase` holds a banned word or is one."""
    name = name.strip("_")
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower().split("_")
    return not IMAGES.isdisjoint(words) or name.lower() in WHOLE


def module_names(source: Source) -> Iterator[Finding]:
    """Folders and files called by an image."""
    *folders, name = source.name.removesuffix(".py").split("/")
    app_folder = folders[2:] if source.name.startswith("src/") else folders
    names = [name] if name != "__init__" else app_folder[-1:]
    for module in names:
        if module in MODULES_ONLY or is_image(module):
            yield Finding(source.name, 1, f"module {module}")


def identifiers(source: Source) -> Iterator[Finding]:
    """Classes, functions and assigned names called by an image; assigned names that say nothing."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Name, ast.Attribute, ast.arg)
    for node in nodes(source.tree, *kinds):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if is_image(node.name):
                yield Finding(source.name, node.lineno, node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            if says_nothing(node.id.strip("_")):
                yield Finding(source.name, node.lineno, node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if says_nothing(node.attr.strip("_")):
                yield Finding(source.name, node.lineno, node.attr)
        elif isinstance(node, ast.arg) and (says_nothing(node.arg)):
            yield Finding(source.name, node.lineno, node.arg)


def says_nothing(name: str) -> bool:
    return name in SAY_NOTHING or is_image(name)


def template_names(source: Source) -> Iterator[Finding]:
    """Names of a template's context and loops that say nothing, or an image."""
    for match in TAG.finditer(source.text):
        tag = QUOTED.sub("", match.group(1) or match.group(2) or "")
        if tag.startswith(("block ", "endblock", "comment")):
            continue
        for name in re.findall(r"(?<![\w.|-])(\w+)(?!=)", tag):
            if says_nothing(name):
                yield Finding(source.name, source.text.count("\n", 0, match.start()) + 1, name)


def script_names(source: Source) -> Iterator[Finding]:
    """Names that a script declares and that say nothing, or an image."""
    for number, line in enumerate(source.text.splitlines(), 1):
        for groups in DECLARED.findall(re.sub(r"//.*", "", QUOTED.sub("", line))):
            for name in re.findall(r"\w+", " ".join(groups)):
                if says_nothing(name):
                    yield Finding(source.name, number, name)


def plain_words(source: Source) -> Iterator[Finding]:
    if source.name.endswith(".py"):
        yield from module_names(source)
        yield from identifiers(source)
    elif source.name.endswith(".js"):
        yield from script_names(source)
    elif not source.name.endswith(".md"):
        yield from template_names(source)


def product_text(source: Source) -> Iterator[Finding]:
    """ "He", "her", "his" and "letter" in templates, in what goes through gettext, and in the docs for users."""
    if source.name.endswith(".py"):
        for node in nodes(source.tree, ast.Call, ast.FunctionDef):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT:
                for text in node.args:
                    if isinstance(text, ast.Constant) and PRODUCT_TEXT.search(str(text.value)):
                        yield Finding(source.name, text.lineno, str(text.value)[:80])
            # Docstrings of operations are what the API's document says of them.
            description = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else ""
            if description and _is_api(source) and PRODUCT_TEXT.search(description):
                yield Finding(source.name, node.lineno, description[:80])
    elif source.name.endswith((".html", ".txt")):
        shown = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), source.text)
        for number, line in enumerate(shown.splitlines(), 1):
            if PRODUCT_TEXT.search(
                re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", lambda match: _shown(match.group()), line)
            ):
                yield Finding(source.name, number, line.strip()[:80])
    elif source.name.endswith(".md"):
        for number, line in enumerate(source.text.splitlines(), 1):
            if PRODUCT_TEXT.search(CODE.sub("", line)):
                yield Finding(source.name, number, line.strip()[:80])


def _is_api(source: Source) -> bool:
    return "/api/" in source.name or source.name.endswith("/api.py")


def _shown(markup: str) -> str:
    """What a reader sees of a piece of markup: texts of `translate` and of attributes, not names."""
    if markup.startswith("{%") and re.match(r"{%\s*(trans|translate|blocktrans)", markup):
        return " ".join(re.findall(r"\"([^\"]*)\"", markup))
    if markup.startswith("<"):
        return " ".join(re.findall(r"(?:title|alt|placeholder|aria-label)=\"([^\"]*)\"", markup))
    return " "
