"""Checks of one source file at a time, whose findings are held by the ratchet until there are none."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.architecture.project import ROOT, nodes, text_of, tree_of


@dataclass(frozen=True)
class Source:
    """One file of the project: its path from the root of the repository, and its text."""

    name: str
    text: str

    @classmethod
    def read(cls, path: Path) -> Source:
        return cls(path.relative_to(ROOT).as_posix(), text_of(path))

    @property
    def app(self) -> str:
        """The app the file belongs to: "people" of `src/rapport/people/…`; else the folder under the root."""
        parts = self.name.split("/")
        return parts[2] if parts[:2] == ["src", "rapport"] and len(parts) > 3 else parts[0]

    @property
    def is_test(self) -> bool:
        return "tests" in self.name.split("/")

    @cached_property
    def tree(self) -> ast.Module:
        path = ROOT / self.name
        return tree_of(path) if path.exists() and text_of(path) == self.text else ast.parse(self.text)


@dataclass(frozen=True, order=True)
class Finding:
    name: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line} {self.what}"


Lint = Callable[[Source], Iterator[Finding]]


def calls(source: Source) -> Iterator[ast.Call]:
    return nodes(source.tree, ast.Call)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        start = dotted(node.value)
        return f"{start}.{node.attr}" if start else ""
    return ""


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in nodes(tree, *owners)
        if node.body and isinstance(node.body[0], ast.Expr)
    }


def literals(source: Source) -> Iterator[ast.Constant]:
    """String literals that are not docstrings."""
    skipped = docstrings(source.tree)
    for node in nodes(source.tree, ast.Constant):
        if isinstance(node.value, str) and id(node) not in skipped:
            yield node
