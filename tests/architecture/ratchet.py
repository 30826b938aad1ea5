"""The ratchet: what today breaks a rule is counted per app in ratchet.json, and the counts may only shrink.

`python -m tests.architecture.ratchet` prints the counts; with `--write` it lowers the file to them, also after code
moved between apps: it refuses when a rule's total grew. `… NAME` lists the findings of one rule.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

from tests.architecture.lints import Finding, Lint, Source, layout, rules, texts, words
from tests.architecture.project import ROOT, python_files

PATH = Path(__file__).with_name("ratchet.json")
LINTS: dict[str, Lint] = {
    lint.__name__: lint
    for lint in (
        words.plain_words,
        words.product_text,
        texts.untranslatable,
        layout.template_sizes,
        layout.split_layers,
        rules.real_time,
        rules.hand_made_queues,
        rules.settings_past_their_files,
        rules.foreign_tables,
        rules.private_modules,
        rules.sleeping_tests,
    )
}
Counts = dict[str, dict[str, int]]


@cache
def files() -> tuple[Source, ...]:
    """The project's Python files, templates, scripts and documentation for users, but for the checks themselves."""
    templates = sorted((ROOT / "src").rglob("templates/**/*.*"))
    scripts = sorted(path for path in (ROOT / "src").rglob("static/**/*.js") if "vendor" not in path.parts)
    docs = sorted(path for folder in ("guide", "reference") for path in (ROOT / "docs" / folder).glob("*.md"))
    return tuple(
        Source.read(path)
        for path in (
            *python_files(),
            *templates,
            *scripts,
            *docs,
            ROOT / "README.md",
            ROOT / "docs" / "index.md",
        )
        if path.is_file() and ROOT / "tests" / "architecture" not in path.parents
    )


@cache
def findings(rule: str) -> tuple[Finding, ...]:
    return tuple(sorted(finding for source in files() for finding in LINTS[rule](source)))


def counts() -> Counts:
    """{rule: {app: findings}} of today."""
    apps = {source.name: source.app for source in files()}
    return {
        rule: dict(sorted(counted.items()))
        for rule in sorted(LINTS)
        if (counted := Counter(apps[finding.name] for finding in findings(rule)))
    }


def allowed() -> Counts:
    return json.loads(PATH.read_text())


def grown(today: Counts, limits: Counts) -> Iterator[tuple[str, str]]:
    """The (rule, app) that have more findings than the file allows."""
    for rule, by_app in today.items():
        for app, number in by_app.items():
            if number > limits.get(rule, {}).get(app, 0):
                yield rule, app


def write(today: Counts) -> None:
    PATH.write_text(json.dumps(today, indent=1, sort_keys=True) + "\n")


def _table(today: Counts) -> str:
    apps = sorted({app for by_app in today.values() for app in by_app})
    lines = ["app".ljust(14) + "".join(rule[:15].rjust(17) for rule in today)]
    for app in apps:
        lines.append(app.ljust(14) + "".join(str(by_app.get(app, "")).rjust(17) for by_app in today.values()))
    lines.append("all".ljust(14) + "".join(str(sum(by_app.values())).rjust(17) for by_app in today.values()))
    return "\n".join(lines)


def set_up() -> None:
    """Django with every app, as for the tests; nothing is started and nothing is written but an empty folder."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")
    os.environ.update(RAPPORT_DEMO="yes", RAPPORT_DATA=tempfile.mkdtemp(prefix="rapport-ratchet-"))
    django.setup()


def main(arguments: list[str]) -> int:
    today, limits = counts(), allowed()
    for rule in set(arguments) & set(LINTS):
        click.echo("\n".join(map(str, findings(rule))))
    if "--write" in arguments:
        larger = [rule for rule in today if sum(today[rule].values()) > sum(limits.get(rule, {}).values())]
        if larger and "--first" not in arguments:
            click.echo(f"More than before: {', '.join(larger)}")
            return 1
        write(today)
    click.echo(_table(today))
    return 0


if __name__ == "__main__":
    set_up()
    sys.exit(main(sys.argv[1:]))
