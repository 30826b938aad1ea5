"""The editor's form, taken apart and put together: blocks in the order in which they stand on the page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from rapport.content.landing import definitions
from rapport.content.landing.definitions import Block, Definition

KINDS: dict[str, Any] = {
    "hero": _("Opening"), "text": _("Text"), "features": _("Advantages"), "image": _("Picture"),
    "products": _("Products"), "form": _("Form"), "testimonials": _("Voices of customers"), "faq": _("Questions"),
    "countdown": _("Countdown"), "button": _("Call to action"), "footer": _("Footer"),
}  # fmt: skip
assert set(KINDS) == set(get_args(definitions.Kind))
LAYOUTS = [("centre", _("Centred")), ("split", _("Two columns")), ("cover", _("Whole width in colour"))]
TONES = [("plain", _("Plain")), ("tinted", _("Tinted")), ("accent", _("In the brand's colour"))]
SOURCES = [("newest", _("The newest")), ("top", _("The most bought")), ("chosen", _("These"))]
HEAD = ("eyebrow", "title", "text")
GO = ("label", "url")
INPUTS: dict[str, tuple[str, ...]] = {
    "hero": ("layout", *HEAD, *GO, "image", "alt", "form"), "text": ("tone", *HEAD, *GO),
    "features": ("tone", *HEAD, "entries", *GO), "image": ("image", "alt", "text"),
    "products": ("tone", *HEAD, "source", "keys", *GO), "form": ("tone", *HEAD, "form"),
    "testimonials": ("tone", *HEAD, "entries"), "faq": ("tone", *HEAD, "entries"),
    "countdown": ("tone", *HEAD, "until", *GO), "button": ("tone", *HEAD, *GO), "footer": ("text",),
}  # fmt: skip
LABELS: dict[str, Any] = {
    "layout": _("Layout"), "tone": _("Background"), "eyebrow": _("Line above"), "title": _("Heading"),
    "text": _("Text"), "label": _("Words of the button"), "url": _("Address of the button"),
    "image": _("Picture"), "alt": _("What the picture shows"), "form": _("Form"), "until": _("Until"),
    "source": _("Which"), "keys": _("Products, one a line: id or SKU"),
    "entries": _("Entries, with an empty line between; the first line of each is its heading"),
    "segment": _("Only for the segment"),
}  # fmt: skip
LONG = {"text": 3, "entries": 7, "keys": 3}
PAGE_TEXTS = ("title", "description", "image", "canonical")
_ID = re.compile(r"[a-z0-9]{1,12}")
Choices = Mapping[str, list[tuple[str, Any]]]


@dataclass
class Input:
    """One field of a block. `rows` makes it a long one, `choices` a list; `widget` is its type."""

    name: str
    value: str
    choices: list[tuple[str, Any]]
    rows: int
    widget: str

    @property
    def label(self) -> str:
        return str(LABELS[self.name])


@dataclass
class Row:
    """A block as its inputs hold it."""

    id: str
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    is_new: bool = False
    inputs: list[Input] = field(default_factory=list)

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind])

    @property
    def summary(self) -> str:
        return next((self.values[name] for name in ("title", "text", "eyebrow") if self.values.get(name)), "")


@dataclass
class Board:
    """Everything that the editor shows."""

    rows: list[Row]
    texts: dict[str, str]
    is_hidden: bool = False
    in_sitemap: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        return bool(self.problems) or any(row.problems for row in self.rows)


def board_of(definition: Definition) -> Board:
    rows = [Row(_new_id(), block.kind, _values(block)) for block in definition.blocks]
    texts = {name: getattr(definition, name) for name in PAGE_TEXTS}
    return Board(rows, texts, definition.is_hidden, definition.in_sitemap)


def _values(block: Block) -> dict[str, str]:
    names = (*INPUTS[block.kind], "segment")
    values = {name: getattr(block, name) for name in names if name not in {"entries", "keys"}}
    values["keys"] = "\n".join(block.keys)
    values["entries"] = "\n\n".join(f"{entry.title}\n{entry.text}".strip() for entry in block.entries)
    return values


def read(post: QueryDict) -> Board:
    """What was sent, with its button's `action` done: `add:hero`, `remove:ID`, `copy:ID`."""
    rows = [
        Row(id_, kind, {name: _text(post, f"{id_}-{name}") for name in (*INPUTS[kind], "segment")})
        for id_ in post.getlist("row")[: definitions.MOST_BLOCKS + 1]
        if _ID.fullmatch(id_) and (kind := post.get(f"{id_}-kind", "")) in KINDS
    ]
    texts = {name: _text(post, name) for name in PAGE_TEXTS}
    board = Board(rows, texts, bool(post.get("is_hidden")), bool(post.get("in_sitemap")))
    _act(board, post.get("action", ""))
    return board


def _text(post: QueryDict, name: str) -> str:
    return post.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()[: 4 * definitions.MOST_TEXT]


def _act(board: Board, action: str) -> None:
    verb, _colon, what = action.partition(":")
    if verb == "add" and what in KINDS:
        # What ends a page stays its end.
        ends = bool(board.rows) and board.rows[-1].kind == "footer"
        board.rows.insert(len(board.rows) - ends, Row(_new_id(), what, is_new=True))
    elif verb == "remove":
        board.rows = [row for row in board.rows if row.id != what]
    elif verb == "copy":
        for at, row in enumerate(board.rows):
            if row.id == what:
                board.rows.insert(at + 1, Row(_new_id(), row.kind, dict(row.values), is_new=True))
                break


def definition_of(board: Board) -> Definition:
    """What the board says. Raises msgspec.ValidationError."""
    plain = {
        **board.texts, "is_hidden": board.is_hidden, "in_sitemap": board.in_sitemap,
        "blocks": [_block(row) for row in board.rows],
    }  # fmt: skip
    return definitions.read(plain)


def _block(row: Row) -> dict[str, Any]:
    block: dict[str, Any] = {name: value for name, value in row.values.items() if value}
    block["kind"] = row.kind
    if "keys" in block:
        block["keys"] = [line.strip() for line in block["keys"].splitlines() if line.strip()]
    if "entries" in block:
        block["entries"] = list(_entries(block["entries"]))
    return block


def _entries(text: str) -> Iterable[dict[str, str]]:
    for paragraph in re.split(r"\n[ \t]*\n", text):
        title, _end, rest = paragraph.strip().partition("\n")
        if title:
            yield {"title": title.strip(), "text": rest.strip()}


def fit(board: Board, choices: Choices) -> None:
    """Gives every row its inputs. `choices` are those of forms and segments."""
    every: Choices = {"layout": LAYOUTS, "tone": TONES, "source": SOURCES, **choices}
    for row in board.rows:
        row.inputs = [
            Input(
                name, row.values.get(name, ""), list(every.get(name, [])), LONG.get(name, 0),
                "datetime-local" if name == "until" else "text",
            )
            for name in (*INPUTS[row.kind], "segment")
        ]  # fmt: skip


def mark(board: Board, problems: definitions.Problems) -> None:
    """Puts each problem beside the block that it is about."""
    for number, row in enumerate(board.rows):
        row.problems = problems.pop(str(number), [])
    board.problems += [text for texts in problems.values() for text in texts]


def _new_id() -> str:
    return secrets.token_hex(4)
