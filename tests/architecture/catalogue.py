"""The German texts: what is to be translated, read from the source, and what is.

`python -m tests.architecture.catalogue` brings the catalogue in line with the source: it adds what is new, drops what
is gone, lists what has no translation yet, and compiles the rest. Nothing but Babel is needed for it.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from tests.architecture.project import nodes, tree_of

SOURCE = Path(__file__).parents[2] / "src" / "rapport"
PO = SOURCE / "config" / "locale" / "de" / "LC_MESSAGES" / "django.po"
# {function: which arguments hold (context, text, plural); None where it takes none}
FUNCTIONS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
TextKey = tuple[str, str, str | None]


@cache
def texts() -> frozenset[TextKey]:
    """(context, text, plural) of every text in the source that a reader sees."""
    own = [path for path in SOURCE.rglob("*") if not {"tests", "migrations"} & set(path.parts)]
    from_python = {text for path in own if path.suffix == ".py" for text in _in_python(path)}
    from_templates = {text for path in own if path.suffix in {".html", ".txt"} for text in _in_template(path)}
    return frozenset(from_python | from_templates)


def _in_python(path: Path) -> Iterator[TextKey]:
    tree = tree_of(path)
    names = {
        alias.asname or alias.name: alias.name.removesuffix("_lazy")
        for node in nodes(tree, ast.ImportFrom)
        if node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in nodes(tree, ast.Call):
        if (function := names.get(_called(node))) in FUNCTIONS:
            if any(isinstance(argument, ast.JoinedStr) for argument in node.args):
                raise ValueError(f"{path}:{node.lineno}: an f-string cannot be translated; use %(name)s")
            yield from _text(function, [getattr(argument, "value", None) for argument in node.args])


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr.removesuffix("_lazy") if isinstance(node.func, ast.Attribute) else ""


def _in_template(path: Path) -> Iterator[TextKey]:
    # What is no text becomes a row of X, which Python's tokeniser takes for names once nothing is indented.
    lines = (line.lstrip() for line in templatize(path.read_text(), origin=str(path)).splitlines())
    source = io.BytesIO("\n".join(lines).encode())
    for _line, function, arguments, _comments in extract_python(
        source, [*FUNCTIONS, "_"], [], {"encoding": "utf-8"}
    ):
        name = "gettext" if function == "_" else function
        values = arguments if isinstance(arguments, tuple) else (arguments,)
        yield from _text(name, list(values))


def _text(function: str, arguments: list[object]) -> Iterator[TextKey]:
    """Of a call whose text is written out; one that takes a variable translates what is marked elsewhere."""
    context, text, plural = (
        None if index is None or index >= len(arguments) else arguments[index]
        for index in FUNCTIONS[function]
    )
    if isinstance(text, str) and text:
        yield str(context or ""), text, plural if isinstance(plural, str) else None


def catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="de", domain="django")


def missing(catalog: Catalog) -> list[TextKey]:
    return sorted(key for key in texts() if not _is_translated(catalog.get(key[1], key[0] or None), key[2]))


def _is_translated(message: Message | None, plural: str | None) -> bool:
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and len(strings) == (1 if plural is None else 2)


def in_line(present: Catalog) -> Catalog:
    """Exactly the texts of the source, with the translations there are."""
    fresh = Catalog(locale="de", domain="django", project="Rapport", fuzzy=False)
    for header in ("creation_date", "revision_date"):
        setattr(fresh, header, getattr(present, header))
    for context, text, plural in sorted(texts(), key=lambda key: tuple(part or "" for part in key)):
        stored = present.get(text, context or None)
        string = stored.string if _is_translated(stored, plural) and stored else ("", "") if plural else ""
        fresh.add((text, plural) if plural else text, string, context=context or None)
    return fresh


def compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def write(catalog: Catalog) -> None:
    with PO.open("wb") as file:
        write_po(file, catalog, width=0, sort_output=True, omit_header=False)
    PO.with_suffix(".mo").write_bytes(compiled(catalogue()))


def main() -> int:
    write(in_line(catalogue()))
    lacking = missing(catalogue())
    for context, text, plural in lacking:
        click.echo("\t".join(part for part in (context, text, plural or "") if part))
    click.echo(f"{len(lacking)} texts have no translation in {PO}", err=True)
    return bool(lacking)


if __name__ == "__main__":
    sys.exit(main())
