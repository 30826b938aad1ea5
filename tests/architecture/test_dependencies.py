"""What the code imports is declared in pyproject.toml, with a reason beside it."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.architecture.project import ROOT, nodes, pyproject, python_files, tree_of

OURS = {"rapport", "tests"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def declared(*, development: bool) -> set[str]:
    """Names of distributions; extras stand for what they bring: `psycopg[binary]`, `whitenoise[brotli]`."""
    project = pyproject()["project"]
    lines = project["dependencies"] + (project["optional-dependencies"]["dev"] if development else [])
    return {normal(re.match(r"[\w.-]+", line).group()) for line in lines}


def imported(tree: ast.Module) -> set[str]:
    """The top-level packages of others that a module imports anywhere in it."""
    names: set[str] = set()
    for node in nodes(tree, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - OURS


def is_development(path: Path) -> bool:
    return "tests" in path.relative_to(ROOT).parts or path.name.startswith(("testing", "conftest"))


@cache
def owners_of_packages() -> dict[str, list[str]]:
    """Which distributions bring each importable package; reads the metadata of all that are installed."""
    return dict(packages_distributions())


def undeclared(name: str, *, development: bool) -> bool:
    owners = {normal(owner) for owner in owners_of_packages().get(name, [name])}
    return owners.isdisjoint(declared(development=development))


def test_every_imported_package_is_declared():
    assert {
        f"{path.relative_to(ROOT)}: {name}"
        for path in python_files()
        for name in imported(tree_of(path))
        if undeclared(name, development=is_development(path))
    } == set()


def test_a_planted_import_of_what_only_others_need_is_found():
    assert imported(ast.parse("import urllib3.util, os\nfrom rapport.core import sql")) == {"urllib3"}
    assert undeclared("nowhere_declared", development=True)
    assert undeclared("hypothesis", development=False)


def test_every_declaration_says_why():
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("dependencies = [") : text.index("[project.scripts]")]
    lines = [line for line in block.splitlines() if line.lstrip().startswith('"')]
    assert [line for line in lines if "  # " not in line and not re.search(r",\s+# \S", line)] == []
