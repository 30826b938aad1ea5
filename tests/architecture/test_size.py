"""Small and even. sizes.json lists today's exceptions with their reasons; it may only shrink."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.project import ROOT, python_files, tree_of

LIMITS = {"file": 300, "function": 40, "test": 25}
SIZES = Path(__file__).with_name("sizes.json")


def functions(
    tree: ast.AST, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """(qualified name, function) of everything defined in it: `Class.method`, `outer.inner`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.expr | ast.alias | ast.arguments):
            continue  # nothing is defined in these
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from functions(node, f"{prefix}{node.name}." if named else prefix)


def sizes_of(name: str, text: str, tree: ast.Module) -> dict[str, tuple[str, int]]:
    """{"path" or "path::qualified name": (kind, lines)}; of several of one name (a property's two) the largest."""
    sizes = {name: ("file", len(text.splitlines()))}
    for qualified, node in functions(tree):
        kind = "test" if node.name.startswith("test_") else "function"
        key, lines = f"{name}::{qualified}", (node.end_lineno or 0) - node.lineno + 1
        sizes[key] = max(sizes.get(key, (kind, 0)), (kind, lines))
    return sizes


@cache
def sizes() -> dict[str, tuple[str, int]]:
    """The sizes of everything that has a limit."""
    every: dict[str, tuple[str, int]] = {}
    for path in python_files():
        every |= sizes_of(path.relative_to(ROOT).as_posix(), path.read_text(), tree_of(path))
    return every


def too_large() -> dict[str, int]:
    return {name: lines for name, (kind, lines) in sizes().items() if lines > LIMITS[kind]}


def allowed() -> dict[str, int]:
    return {name: entry["lines"] for name, entry in json.loads(SIZES.read_text()).items()}


def test_nothing_is_larger_than_its_limit_or_its_exception():
    larger = {name: lines for name, lines in too_large().items() if lines > allowed().get(name, 0)}
    assert not larger, f"split (limits: {LIMITS}): {larger}"


def test_every_exception_is_still_needed_and_as_tight_as_can_be():
    """When one got smaller, lower its number; when it fits, delete it."""
    assert allowed() == too_large()


def test_every_exception_says_why():
    assert all(entry["why"] for entry in json.loads(SIZES.read_text()).values())


def test_a_namesake_in_another_class_hides_nothing():
    long = "\n".join(f"        x{number} = {number}" for number in range(50))
    text = f"class A:\n    def run(self):\n{long}\n\nclass B:\n    def run(self):\n        pass\n"
    assert sizes_of("a.py", text, ast.parse(text))["a.py::A.run"] == ("function", 51)
