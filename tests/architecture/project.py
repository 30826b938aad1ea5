"""What the architecture tests look at: the rooms named in pyproject.toml and the project's own Python files."""

from __future__ import annotations

import ast
import gc
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import grimp

ROOT = Path(__file__).resolve().parents[2]
Node = TypeVar("Node", bound=ast.AST)
REFERENCE = ROOT / "docs" / "reference"


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def contracts() -> list[dict[str, Any]]:
    """Import-linter's."""
    return pyproject()["tool"]["importlinter"]["contracts"]


@cache
def rooms() -> dict[str, int]:
    """Each app's layer, 0 being the highest, as import-linter's contract "rooms" says."""
    layers = next(contract["layers"] for contract in contracts() if contract["name"] == "rooms")
    return {name.strip(" ()"): height for height, layer in enumerate(layers) for name in layer.split("|")}


@cache
def python_files() -> tuple[Path, ...]:
    """The project's Python files; migrations are written by Django and left out."""
    paths = [path for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py")]
    return tuple(sorted(path for path in paths if "migrations" not in path.parts))


@cache
def text_of(path: Path) -> str:
    return path.read_text()


@cache
def tree_of(path: Path) -> ast.Module:
    # A million objects that all stay: looking for garbage among them took as long as making them.
    gc.disable()
    try:
        return ast.parse(text_of(path))
    finally:
        gc.enable()
        gc.freeze()


def nodes(tree: ast.Module, *kinds: type[Node]) -> Iterator[Node]:
    """All nodes of exactly these kinds; a tree is walked once and keeps them, because two dozen checks ask."""
    by_kind: dict[type[ast.AST], list[Any]] | None = tree.__dict__.get("by_kind")
    if by_kind is None:
        by_kind = defaultdict(list)
        for node in ast.walk(tree):
            by_kind[type(node)].append(node)
        tree.__dict__["by_kind"] = by_kind
    for kind in kinds:
        yield from by_kind.get(kind, ())


@cache
def graph() -> grimp.ImportGraph:
    """Which module of the program imports which, without tests and migrations; not to be changed by its readers."""
    whole = grimp.build_graph("rapport", exclude_type_checking_imports=True)
    for module in whole.modules:
        if {"tests", "migrations"} & set(module.split(".")):
            whole.remove_module(module)
    return whole


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """The program itself, without its tests."""
    for path in python_files():
        if "tests" not in path.relative_to(ROOT).parts:
            yield path, tree_of(path)


@cache
def reference(page: str) -> str:
    """The text of one page of docs/reference; empty while the page is missing."""
    path = REFERENCE / f"{page}.md"
    return path.read_text() if path.exists() else ""


@cache
def told(page: str) -> set[str]:
    """Names in backticks in headings and in the first column of tables; a row also together with its heading."""
    found: set[str] = set()
    heading: list[str] = []
    for line in reference(page).splitlines():
        if line.startswith("#"):
            heading = re.findall(r"`([^`]+)`", line)
            found.update(heading)
        elif line.startswith("|"):
            names = re.findall(r"`([^`]+)`", line.split("|")[1])
            found.update(names)
            found.update(f"{above} {name}" for above in heading for name in names)
    return found


def undocumented(names: set[str], page: str) -> list[str]:
    """Names without a heading or a table row of their own, `in backticks`, on the page."""
    return sorted(names - told(page))
