"""The builder's form, taken apart and put together: rows in the order in which they stand on the page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, get_args

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rapport.content.web import definitions, suggesting
from rapport.content.web.definitions import Definition, Kind

STEP = "step"
KINDS: dict[str, Any] = {
    "text": _("Text"), "textarea": _("Long text"), "email": _("Email address"), "phone": _("Phone number"),
    "number": _("Number"), "date": _("Date"), "select": _("Choice from a list"), "radio": _("One choice"),
    "checkboxes": _("Several choices"), "checkbox": _("Box to tick"), "hidden": _("Hidden"), "file": _("File"),
}  # fmt: skip
assert set(KINDS) == set(get_args(Kind))
# What is typed of a row, and how much of it is read.
TEXTS = {
    "name": 100, "label": 500, "help": 500, "trait": 100, "parameter": 100, "options": 20_000, "when_field": 100,
    "when_values": 2000,
}  # fmt: skip
_ID = re.compile(r"[a-z0-9]{1,12}")


@dataclass
class Row:
    """A field, or the beginning of a step (`kind` is "step"), as its inputs hold it."""

    id: str
    kind: str = "text"
    name: str = ""
    label: str = ""
    help: str = ""
    trait: str = ""
    parameter: str = ""
    options: str = ""
    when_field: str = ""
    when_values: str = ""
    required: bool = False
    progressive: bool = False
    # The name that the builder gave; it follows the label until the form is saved.
    auto: str = ""
    # What stands before it, as (name, label): only that can decide whether it is asked.
    earlier: list[tuple[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def kind_label(self) -> str:
        return str(_("Step") if self.kind == STEP else KINDS.get(self.kind, self.kind))

    @property
    def trait_choices(self) -> list[tuple[str, str]]:
        """What is offered beside the traits that there are: one of its own, and what was chosen elsewhere."""
        return [
            (key, suggesting.in_words(key))
            for key in dict.fromkeys((self.trait, suggesting.key_of(self.label)))
        ]

    @property
    def chooses(self) -> bool:
        return self.kind in definitions.CHOOSING


@dataclass
class ConsentRow:
    id: str
    name: str = ""
    purpose: str = ""
    channels: list[str] = field(default_factory=list)
    wording: str = ""
    required: bool = False
    problems: list[str] = field(default_factory=list)


@dataclass
class Board:
    """Everything that the builder shows."""

    rows: list[Row] = field(default_factory=list)
    consents: list[ConsentRow] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        rows = [row.problems for row in self.rows] + [row.problems for row in self.consents]
        return bool(self.problems) or any(rows)


def board_of(definition: Definition) -> Board:
    rows: list[Row] = []
    for number, step in enumerate(definition.steps):
        if number or step.title:
            rows.append(Row(_new_id(), STEP, label=step.title))
        rows += [
            Row(
                _new_id(), entry.kind, entry.name, entry.label, entry.help, entry.trait or suggesting.ONLY_ANSWER,
                entry.parameter,
                "\n".join(_option_line(option) for option in entry.options),
                entry.when.field if entry.when else "", "\n".join(entry.when.values) if entry.when else "",
                entry.required, entry.progressive,
            )
            for entry in step.fields
        ]  # fmt: skip
    consents = [
        ConsentRow(_new_id(), entry.name, entry.purpose, entry.channels, entry.wording, entry.required)
        for entry in definition.consents
    ]
    names = ("title", "intro", "button", "thanks", "redirect")
    return Board(rows, consents, {name: getattr(definition, name) for name in names})


def read(post: QueryDict) -> Board:
    """What was sent, with its button's `action` done: `add:email`, `remove:ID`, `consent`."""
    rows = [
        _row(post, id_, kind)
        for id_ in post.getlist("row")[: 2 * definitions.MOST_FIELDS]
        if _ID.fullmatch(id_) and ((kind := post.get(f"{id_}-kind", "text")) in KINDS or kind == STEP)
    ]
    consents = [
        ConsentRow(
            id_, post.get(f"{id_}-name", "").strip(), post.get(f"{id_}-purpose", ""),
            post.getlist(f"{id_}-channels"), post.get(f"{id_}-wording", "").replace("\r\n", "\n").strip()[:5000],
            bool(post.get(f"{id_}-required")),
        )
        for id_ in post.getlist("consent_row")[: definitions.MOST_CONSENTS + 1]
        if _ID.fullmatch(id_)
    ]  # fmt: skip
    names = ("title", "intro", "button", "thanks", "redirect")
    texts = {name: post.get(name, "").replace("\r\n", "\n").strip()[:5000] for name in names}
    offered = suggesting.choices()
    for row in rows:
        if row.kind != STEP and not row.trait:
            row.trait = suggesting.trait_of(row.kind, row.label, offered)
    board = Board(rows, consents, texts)
    _act(board, post.get("action", ""))
    return board


def _row(post: QueryDict, id_: str, kind: str) -> Row:
    row = Row(id_, kind)
    for name, longest in TEXTS.items():
        setattr(row, name, post.get(f"{id_}-{name}", "").replace("\r\n", "\n").strip()[:longest])
    row.auto = post.get(f"{id_}-auto", "")[:100]
    row.required, row.progressive = bool(post.get(f"{id_}-required")), bool(post.get(f"{id_}-progressive"))
    return row


def _act(board: Board, action: str) -> None:
    verb, _colon, what = action.partition(":")
    if verb == "add" and (what in KINDS or what == STEP):
        label = str(KINDS.get(what, "")) if what in {"email", "phone"} else ""
        trait = what if what in {"email", "phone"} else ""
        board.rows.append(Row(_new_id(), what, label=label, trait=trait))
    elif verb == "remove":
        board.rows = [row for row in board.rows if row.id != what]
        board.consents = [row for row in board.consents if row.id != what]
    elif verb == "consent":
        board.consents.append(ConsentRow(_new_id()))


def definition_of(board: Board, saved: Definition) -> Definition:
    """What the board says; what it does not show of a field stays as it was saved. A row without a name gets one of its
    label.
    """
    before = {entry.name: entry for entry in saved.fields}
    steps: list[dict[str, Any]] = [{"title": "", "fields": []}]
    _name_anew(board, before)
    taken = {row.name for row in board.rows if row.name}
    for row in board.rows:
        if row.kind == STEP:
            steps.append({"title": row.label, "fields": []})
            continue
        steps[-1]["fields"].append(_unseen(before.get(row.name)) | _field(row))
    for consent in board.consents:
        consent.name = consent.name or _free(f"agree_{consent.purpose}", taken)
        taken.add(consent.name)
    plain = {
        **board.texts,
        "steps": [step for step in steps if step["fields"]],
        "consents": [
            {
                "name": entry.name, "purpose": entry.purpose, "channels": entry.channels, "wording": entry.wording,
                "required": entry.required,
            }
            for entry in board.consents
        ],
    }  # fmt: skip
    return definitions.read(plain)


def _name_anew(board: Board, saved: Collection[str]) -> None:
    """Rows that are not saved yet are called what their label says now; conditions follow."""
    fresh = {
        row.id: row.name for row in board.rows if row.kind != STEP and row.name in {"", row.auto} - set(saved)
    }
    taken = {row.name for row in board.rows if row.id not in fresh}
    renamed: dict[str, str] = {}
    for row in board.rows:
        if row.id in fresh:
            row.name = row.auto = _free(row.label or row.kind, taken)
            renamed[fresh[row.id]] = row.name
            taken.add(row.name)
    for row in board.rows:
        row.when_field = renamed.get(row.when_field, row.when_field) if row.when_field else ""
    so_far: list[tuple[str, str]] = []
    for row in board.rows:
        row.earlier = list(so_far)
        so_far += [] if row.kind == STEP else [(row.name, row.label or row.kind_label)]


def _unseen(entry: definitions.Field | None) -> dict[str, Any]:
    """What only the API writes."""
    return {name: getattr(entry, name) for name in ("value", "least", "most")} if entry else {}


def _field(row: Row) -> dict[str, Any]:
    names = ("name", "kind", "label", "help", "trait", "parameter", "required", "progressive")
    plain = {name: getattr(row, name) for name in names}
    if row.trait == suggesting.ONLY_ANSWER:
        plain["trait"] = ""
    plain["options"] = (
        [option(line) for line in row.options.splitlines() if line.strip()] if row.chooses else []
    )
    if row.when_field:
        values = [value.strip() for value in row.when_values.splitlines() if value.strip()]
        plain["when"] = {"field": row.when_field, "values": values}
    return plain


def option(line: str) -> dict[str, str]:
    """A value with its label; spaces around the sign say which one it is where the value has one too."""
    value, equals, label = line.partition(" = " if " = " in line else "=")
    return {"value": value.strip(), "label": label.strip() if equals else ""}


def _option_line(option: definitions.Option) -> str:
    label = option.label or (option.value if "=" in option.value else "")
    return f"{option.value} = {label}" if label else option.value


def _free(text: str, taken: set[str]) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:36]
    name = name if name and name[0].isalpha() and not name.startswith(definitions.RESERVED) else "field"
    return next(
        entry for entry in [name, *(f"{name}_{number}" for number in range(2, 200))] if entry not in taken
    )


def mark(board: Board, problems: definitions.Problems) -> None:
    """Puts each problem beside the row that it is about."""
    for row in board.rows:
        row.problems = [] if row.kind == STEP else problems.pop(row.name, [])
    for consent in board.consents:
        consent.problems = problems.pop(f"consent:{consent.name}", [])
    board.problems = [text for texts in problems.values() for text in texts]


def _new_id() -> str:
    return secrets.token_hex(4)
