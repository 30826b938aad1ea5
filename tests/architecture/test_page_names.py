"""Every page that code leads to by its name exists: a misspelt one fails only when somebody gets there."""

from __future__ import annotations

import ast

from django.urls import URLPattern, URLResolver, get_resolver

from tests.architecture.project import nodes, sources

LEADING = {"redirect", "reverse", "reverse_lazy"}


def names_used() -> dict[str, str]:
    """{app:name: where}, of those that are written out in calls."""
    used = {}
    for path, tree in sources():
        for call in nodes(tree, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            first = call.args[0] if call.args else None
            if name in LEADING and isinstance(first, ast.Constant) and ":" in str(first.value):
                used[str(first.value)] = f"{path}:{call.lineno}"
    return used


def names_there(resolver: URLResolver, above: str = "") -> set[str]:
    """Every app:name of a tree of addresses."""
    names: set[str] = set()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            below = f"{above}{entry.namespace}:" if entry.namespace else above
            names |= names_there(entry, below)
        elif isinstance(entry, URLPattern) and entry.name:
            names.add(above + entry.name)
    return names


def test_every_page_that_is_led_to_exists() -> None:
    used, there = names_used(), names_there(get_resolver())
    assert len(used) > 100
    assert {name: where for name, where in used.items() if name not in there} == {}
