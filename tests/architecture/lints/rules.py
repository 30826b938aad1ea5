"""DESIGN's rules that one file at a time can break: passed-in time, one job queue, own tables, public modules."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache

from tests.architecture.lints import Finding, Source, calls, dotted, literals
from tests.architecture.project import nodes, told

CLOCKS = {
    "SYSTEM.now",
    "timezone.now",
    "datetime.now",
    "dt.datetime.now",
    "datetime.datetime.now",
    "time.time",
}
CLOCK_OWNER = "src/rapport/core/clock.py"
SETTINGS_OWNERS = re.compile(r"src/rapport/(bench/|config/(env|testing\w*)\.py)")
# `Job` and `Leased` stand among core's models; the ledger of deliveries is these files of messaging.
QUEUE_OWNERS = re.compile(
    r"src/rapport/(core/(jobs|models/jobs)|events/services/log"
    r"|messaging/(models|services/(claiming|keeper|ledger|outcomes|sender)))\b"
)
QUEUE = re.compile(r"\b_claim\b|\blease_until\b|\bskip_locked\b|SKIP LOCKED")


def real_time(source: Source) -> Iterator[Finding]:
    """Reads of the machine's clock other than as a default (`now or SYSTEM.now()`)."""
    if not source.name.endswith(".py") or source.is_test or source.name == CLOCK_OWNER:
        return
    defaults = {id(node.values[-1]) for node in nodes(source.tree, ast.BoolOp) if isinstance(node.op, ast.Or)}
    for node in calls(source):
        if dotted(node.func) in CLOCKS and id(node) not in defaults:
            yield Finding(source.name, node.lineno, f"{dotted(node.func)}()")


def hand_made_queues(source: Source) -> Iterator[Finding]:
    """Claims, leases and SKIP LOCKED outside `core.jobs`, the event log and the ledger of deliveries."""
    if not source.name.startswith("src/") or source.is_test or QUEUE_OWNERS.match(source.name):
        return
    if source.name.endswith(".py"):
        for number, line in enumerate(source.text.splitlines(), 1):
            if match := QUEUE.search(line):
                yield Finding(source.name, number, match.group())


def settings_past_their_files(source: Source) -> Iterator[Finding]:
    """Documented settings taken from or put into `os.environ`, where `NAME_FILE` is passed over: `config.env` does it.

    The bench and the tests' own set-up prepare an environment for others, and may.
    """
    if not source.name.endswith(".py") or not source.name.startswith("src/") or source.is_test:
        return
    if SETTINGS_OWNERS.match(source.name):
        return
    for node in nodes(source.tree, ast.Subscript, ast.Call):
        if isinstance(node, ast.Subscript):
            place, name = node.value, node.slice
        elif isinstance(node.func, ast.Attribute) and node.args:
            place, name = node.func.value, node.args[0]
            place = node.func if dotted(node.func) == "os.getenv" else place
        else:
            continue
        taken = isinstance(name, ast.Constant) and name.value in told("settings")
        if taken and dotted(place) in {"os.environ", "os.getenv"}:
            yield Finding(source.name, node.lineno, ast.unparse(name))


@cache
def table_owners() -> dict[str, str]:
    """{table: its app}."""
    from django.apps import apps

    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.db_table: model._meta.app_label
        for model in models
        if model.__module__.startswith("rapport.")
    }


@cache
def _any_table() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(sorted(table_owners(), key=len, reverse=True))})\b")


def foreign_tables(source: Source) -> Iterator[Finding]:
    """Names of another app's tables in strings, which are SQL: that app's queries are the way to its rows."""
    if not source.name.startswith("src/") or source.is_test or not source.name.endswith(".py"):
        return
    for literal in literals(source):
        for table in sorted(set(_any_table().findall(str(literal.value)))):
            if table_owners()[table] != source.app:
                yield Finding(source.name, literal.lineno, table)


def private_modules(source: Source) -> Iterator[Finding]:
    """Imports of what another package marks as private, which may go with its next version."""
    if not source.name.endswith(".py"):
        return
    for node in nodes(source.tree, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, *inner = name.split(".")
            if top in sys.stdlib_module_names and any(re.match(r"_[a-z]", part) for part in inner):
                yield Finding(source.name, node.lineno, name)


def sleeping_tests(source: Source) -> Iterator[Finding]:
    """Tests that wait for real time to pass."""
    if source.is_test and source.name.startswith("src/") and source.name.endswith(".py"):
        for node in calls(source):
            if dotted(node.func).endswith(("time.sleep", "asyncio.sleep")):
                yield Finding(source.name, node.lineno, dotted(node.func))
