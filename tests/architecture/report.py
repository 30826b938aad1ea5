"""`python -m tests.architecture.report`: how large the source is, how even, and how much of it is tested, per app."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click

from tests.architecture.project import ROOT, graph, python_files, text_of, tree_of
from tests.architecture.test_layers import mutual_pairs
from tests.architecture.test_size import functions

HEADINGS = (
    "app",
    "lines",
    "files",
    "median",
    "p95",
    "functions",
    "median",
    "p95",
    "tests",
    "cases",
    "per 1,000",
)


@dataclass
class App:
    """The figures of one app: lengths of its files and functions, and how many tests and cases of them it has."""

    files: list[int] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    tests: int = 0
    cases: int = 0

    @property
    def lines(self) -> int:
        return sum(self.files)

    def cells(self, name: str) -> list[str]:
        per_thousand = f"{1000 * self.cases / self.lines:.0f}" if self.lines else "-"
        sizes = [*_middle_and_high(self.files), str(len(self.functions)), *_middle_and_high(self.functions)]
        return [
            name,
            str(self.lines),
            str(len(self.files)),
            *sizes,
            str(self.tests),
            str(self.cases),
            per_thousand,
        ]


def _middle_and_high(sizes: list[int]) -> list[str]:
    if len(sizes) < 2:
        return [str(size) for size in (sizes * 2)[:2]] or ["-", "-"]
    return [f"{statistics.median(sizes):.0f}", f"{statistics.quantiles(sizes, n=20)[-1]:.0f}"]


def app_of(path: Path) -> str:
    names = path.relative_to(ROOT).parts
    return names[2] if names[:2] == ("src", "rapport") and len(names) > 3 else ""


def tests_in(tree: ast.AST) -> int:
    return sum(node.name.startswith("test_") for _name, node in functions(tree))


def collected() -> Counter[str]:
    """{app: cases} as pytest collects them, those of browser, crash and other tests outside the apps left out."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "src"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return counted(printed)


def counted(printed: str) -> Counter[str]:
    cases: Counter[str] = Counter()
    for name, number in re.findall(r"^(src/\S+\.py): (\d+)$", printed, re.MULTILINE):
        cases[app_of(ROOT / name)] += int(number)
    return cases


def measure(paths: Iterable[Path]) -> dict[str, App]:
    """Source is without tests and migrations."""
    apps: dict[str, App] = {}
    for path in paths:
        if not (name := app_of(path)):
            continue
        app, tree = apps.setdefault(name, App()), tree_of(path)
        if "tests" in path.relative_to(ROOT).parts:
            app.tests += tests_in(tree)
            continue
        app.files.append(len(text_of(path).splitlines()))
        app.functions += [(node.end_lineno or 0) - node.lineno + 1 for _name, node in functions(tree)]
    return apps


def whole(apps: dict[str, App]) -> App:
    return App(
        [size for app in apps.values() for size in app.files],
        [size for app in apps.values() for size in app.functions],
        sum(app.tests for app in apps.values()),
        sum(app.cases for app in apps.values()),
    )


def main() -> None:
    apps = measure(python_files())
    for name, number in collected().items():
        apps[name].cases = number
    rows = [HEADINGS, *(app.cells(name) for name, app in sorted(apps.items())), whole(apps).cells("all")]
    for row in rows:
        click.echo(row[0].ljust(14) + "".join(cell.rjust(11) for cell in row[1:]))
    click.echo(f"mutual pairs of packages inside an app: {len(mutual_pairs(graph()))}")


if __name__ == "__main__":
    main()
