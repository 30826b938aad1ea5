"""Small and even. ratchet.json lists today's exceptions; it may only shrink."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from tests.architecture.project import ROOT, python_files, tree_of

LIMITS = {"file": 300, "function": 40, "test": 25}
RATCHET = Path(__file__).with_name("ratchet.json")


def sizes() -> dict[str, tuple[str, int]]:
    """{"path" or "path::function": (kind, lines)} of everything that has a limit."""
    found: dict[str, tuple[str, int]] = {}
    for path in python_files():
        name = str(path.relative_to(ROOT))
        found[name] = ("file", len(path.read_text().splitlines()))
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                kind = "test" if node.name.startswith("test_") else "function"
                found[f"{name}::{node.name}"] = (kind, (node.end_lineno or 0) - node.lineno + 1)
    return found


def too_large() -> dict[str, int]:
    return {name: lines for name, (kind, lines) in sizes().items() if lines > LIMITS[kind]}


def allowed() -> dict[str, int]:
    return {name: entry["lines"] for name, entry in json.loads(RATCHET.read_text()).items()}


def test_nothing_is_larger_than_its_limit_or_its_exception():
    larger = {name: lines for name, lines in too_large().items() if lines > allowed().get(name, 0)}
    assert not larger, f"split (limits: {LIMITS}): {larger}"


def test_every_exception_is_still_needed_and_as_tight_as_can_be():
    """When one got smaller, lower its number; when it fits, delete it."""
    assert allowed() == too_large()


def test_every_exception_says_why():
    assert all(entry["why"] for entry in json.loads(RATCHET.read_text()).values())
