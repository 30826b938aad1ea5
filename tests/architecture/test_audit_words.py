"""Every action that the code writes into the audit log has its sentence there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from rapport.core.audit_log import AUDIT_ACTIONS, AUDITED_RECORDS
from tests.architecture.lints import Source, calls, dotted
from tests.architecture.project import python_files

WRITERS = re.compile(r"(audit\.record(_many)?|_audit|_note|_record|_done|_told|_save)")
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def _actions(source: Source) -> Iterator[str]:
    """Dotted literals passed to what writes audit lines."""
    for node in calls(source):
        if WRITERS.fullmatch(dotted(node.func)):
            values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "action")]
            for inner in (inner for value in values for inner in ast.walk(value)):
                if isinstance(inner, ast.Constant) and ACTION.fullmatch(str(inner.value)):
                    yield str(inner.value)


def test_every_action_has_words() -> None:
    sources = (Source.read(path) for path in python_files())
    services = [s for s in sources if not s.is_test and "/services/" in s.name and "audit" in s.text]
    actions = {action for source in services for action in _actions(source)}
    assert len(actions) > 50
    assert sorted(action for action in actions if action not in AUDIT_ACTIONS) == []


def test_records_refer_to_kinds_that_have_words() -> None:
    kinds = {kind for record in AUDITED_RECORDS for kind in record.refers.values()}
    assert kinds <= {record.name for record in AUDITED_RECORDS}
