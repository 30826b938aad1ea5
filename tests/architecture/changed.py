"""`python -m tests.architecture.changed [COMMIT]`: the folders whose tests a change calls for, one a line.

The apps that differ from COMMIT (or from where the branch left main) and those that stand above them, as the contract
"rooms" says; what belongs to no app calls for everything. Browser, clients and crash tests stand above everything and
run only when they are changed themselves: the whole suite runs them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

import click

from tests.architecture.project import ROOT, rooms

ALWAYS = "tests/architecture"
APPS = "src/rapport"
# Nothing in these can change what a test of the program shows.
HARMLESS = ("docs/", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "bin/", ".ci/")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def changed_files(since: str) -> set[str]:
    """Files that differ from a commit, committed or not, with those git does not know yet."""
    base = since or git("merge-base", "HEAD", "main").strip()
    return {*git("diff", "--name-only", base).split(), *git("ls-files", "-o", "--exclude-standard").split()}


def folders(files: Iterable[str], heights: dict[str, int], present: set[str]) -> list[str]:
    """What to give to pytest; `heights` has 0 for the highest app, `present` the apps there are."""
    touched: set[str] = set()
    apps: set[str] = set()
    for name in files:
        parts = name.split("/")
        if name.startswith(f"{APPS}/") and len(parts) > 3:
            apps.add(parts[2])
        elif parts[0] == "tests" and len(parts) > 2:
            touched.add("/".join(parts[:2]))
        elif not name.startswith(HARMLESS):
            return ["src", "tests"]
    if apps:
        lowest = max(heights[app] for app in apps)
        touched |= {f"{APPS}/{app}" for app in present if app in apps or heights[app] < lowest}
    return [ALWAYS, *sorted(touched - {ALWAYS})]


def present_apps() -> set[str]:
    return {app for app in rooms() if (ROOT / APPS / app / "__init__.py").exists()}


if __name__ == "__main__":
    for folder in folders(changed_files(" ".join(sys.argv[1:])), rooms(), present_apps()):
        click.echo(folder)
