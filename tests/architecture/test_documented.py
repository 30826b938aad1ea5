"""Docs fail the build: what a person can set, send, call, ask for or be allowed has its place in docs/reference/."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import click
import pytest

from tests.architecture import channel_reference
from tests.architecture.project import REFERENCE, nodes, reference, sources, undocumented

READERS = {"text", "integer", "boolean", "words"}
EMITTERS = {"emit", "emit_many", "DomainEvent"}
EVENT_NAME = re.compile(r"[A-Z][a-z]+( [A-Z][a-z]+)*")


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def strings(tree: ast.Module) -> Iterator[str]:
    for node in nodes(tree, ast.Constant):
        if isinstance(node.value, str):
            yield node.value


def setting_in(node: ast.Call) -> str:
    """The name a call reads from `config.env`; else nothing."""
    if not node.args or not isinstance(node.args[0], ast.Constant):
        return ""
    name = str(node.args[0].value)
    return name if called(node) in READERS and re.fullmatch(r"[A-Z]+_[A-Z_]+", name) else ""


def settings_read() -> set[str]:
    """Names asked of `config.env`."""
    return {name for _, tree in sources() for node in nodes(tree, ast.Call) if (name := setting_in(node))}


def events_emitted() -> set[str]:
    """Event names in modules that tell domain events, and those capture gives to calls without a name."""
    from rapport.events.services.envelope import NAMES

    telling = [
        tree for _, tree in sources() if any(called(node) in EMITTERS for node in nodes(tree, ast.Call))
    ]
    return set(NAMES.values()) | {
        text for tree in telling for text in strings(tree) if EVENT_NAME.fullmatch(text)
    }


def commands(group: click.Group, path: str = "rapport") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def command_line() -> set[str]:
    """Every command, and every option as `rapport command --option`."""
    from rapport.config.cli import main

    found: set[str] = set()
    for name, command in commands(main):
        found.add(name)
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                found.add(f"{name} {parameter.opts[0]}")
    return found


def routes() -> set[str]:
    from rapport.config.api import api

    paths = api.get_openapi_schema()["paths"]
    return {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}


def segment_words() -> set[str]:
    """Every key a segment definition may hold."""
    from rapport.segments.language.registry import CLAUSE_KINDS

    found: set[str] = set()
    for kind in CLAUSE_KINDS:
        found |= set(kind.keys)
        for schema in kind.definitions().values():
            found |= set(schema["properties"])
    return found


def permissions() -> set[str]:
    from rapport.core.permissions import EVERYTHING, ROLES

    return {*EVERYTHING, *ROLES}


def personal_data_holders() -> set[str]:
    from rapport.core.registry import personal_data

    return {field for holder in personal_data() for field in holder.fields}


@pytest.mark.parametrize(
    ("collect", "page"),
    [
        (settings_read, "settings"),
        (events_emitted, "events"),
        (command_line, "cli"),
        (routes, "api"),
        (segment_words, "segments"),
        (permissions, "permissions"),
        (personal_data_holders, "personal-data"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_everything_has_its_place_in_the_reference(collect, page):
    names = collect()
    assert names, "the collector found nothing, so it is broken"
    missing = undocumented(names, page)
    assert not missing, (
        f"describe in docs/reference/{page}.md, in a table row or a heading, `in backticks`: {missing}"
    )


def test_the_page_of_channels_says_what_is_registered():
    assert channel_reference.PAGE.read_text() == channel_reference.page(), (
        "run `python -m tests.architecture.channel_reference`"
    )


def decisions_of(index: str) -> list[str]:
    """The pages that the rows of the table of decisions lead to."""
    return re.findall(r"^\| \[\d{4}\]\((.+?)\) \|", index, re.MULTILINE)


def test_every_decision_has_its_row_in_order():
    folder = REFERENCE.parent / "adr"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert decisions_of((folder / "index.md").read_text()) == pages


def test_a_planted_row_out_of_order_is_seen():
    index = "| [0017](0017-b.md) | B |\n| [0016](0016-a.md) | A, see [0017](0017-b.md) |\n"
    assert decisions_of(index) == ["0017-b.md", "0016-a.md"]


def says(permission: str, what: str) -> str:
    return f"the row of {permission} in docs/reference/permissions.md does not say {what}"


def test_the_table_of_permissions_says_what_the_code_does():
    from rapport.core.permissions import PERMISSIONS, ROLES, grants_of_role

    lines = [
        line.strip("|").split("|") for line in reference("permissions").splitlines() if line.startswith("|")
    ]
    roles = next([cell.strip() for cell in line[1:7]] for line in lines if "permission" in line[0])
    for line in lines:
        permission = line[0].strip(" `◐")
        if "." in permission:
            assert permission in PERMISSIONS, f"no app registers {permission}: take out its row"
            ticked = {role for role, cell in zip(roles, line[1:7], strict=True) if "✓" in cell}
            assert ticked == {role for role in ROLES if permission in grants_of_role(role)}, says(
                permission, "its default_roles"
            )
            assert ("◐" in line[0]) is PERMISSIONS[permission].has_reach, says(permission, "has_reach")
