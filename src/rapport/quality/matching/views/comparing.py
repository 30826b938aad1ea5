"""Two records beside one another, with what differs marked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from django.utils.translation import gettext as _

from rapport.core.ui import formats
from rapport.people.identity_types import label_of as type_label
from rapport.people.models import Company, Person
from rapport.people.values.formatting import default_label, format_trait, predefined
from rapport.people.values.schema import COMPUTED
from rapport.quality.matching.queries import Side

_FIRST = ("first_name", "firstName", "last_name", "lastName", "birthday", "email", "phone", "address", "city")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in pieces; a piece that differs from the other side is marked."""

    pieces: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        return "".join(piece for piece, _differs in self.pieces)


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    left: Cell
    right: Cell

    @property
    def state(self) -> str:
        """same, different, or lonely (only one side knows it)."""
        if not self.left.text or not self.right.text:
            return "lonely"
        return "same" if self.left.text.casefold() == self.right.text.casefold() else "different"


def rows(left_side: Side, right_side: Side) -> list[Row]:
    """What is known of both, the usual facts first; what both lack is left out."""
    left, right = _values(left_side), _values(right_side)
    names = sorted({*left, *right}, key=lambda name: (_place(name), name))
    return [Row(_label(name), *_marked(left.get(name, ""), right.get(name, ""))) for name in names]


def _values(side: Side) -> dict[str, str]:
    record = side.record
    values = {"": record.name, **_said(record)}
    if values.get("name") == record.name:
        del values["name"]
    for type_, texts in side.identifiers.items():
        if type_ != "anonymous_id":
            values[f"id:{type_}"] = ", ".join(texts[:5])
    if isinstance(record, Person):
        values["~first"] = formats.day(record.first_seen_at)
        values["~last"] = formats.day(record.last_seen_at)
    return {name: value for name, value in values.items() if value}


def _said(record: Person | Company) -> dict[str, str]:
    """The traits that somebody said, as text; what Rapport works out of events tells nothing of who it is."""
    stated = record.trait_facts
    return {
        name: format_trait(name, value, predefined(name))[:_LONGEST]
        for name, value in record.traits.items()
        if stated.get(name, {}).get("source", "").partition(":")[0] not in COMPUTED
    }


def _place(name: str) -> int:
    if name == "":
        return -1
    if name in _FIRST:
        return _FIRST.index(name)
    return 300 if name.startswith("~") else 200 if name.startswith("id:") else 100


def _label(name: str) -> str:
    fixed = {"": _("Name"), "~first": _("First seen"), "~last": _("Last seen")}
    if name in fixed:
        return fixed[name]
    if name.startswith("id:"):
        return _("Known by: %(type)s") % {"type": type_label(name.removeprefix("id:"))}
    return default_label(name)


def _marked(text: str, other: str) -> tuple[Cell, Cell]:
    if not text or not other or text == other:
        return Cell(((text, False),)), Cell(((other, False),))
    matcher = difflib.SequenceMatcher(None, text.casefold(), other.casefold(), autojunk=False)
    if len(text) != len(text.casefold()) or len(other) != len(other.casefold()) or matcher.ratio() < 0.4:
        return Cell(((text, True),)), Cell(((other, True),))
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        left.append((text[a:b], kind != "equal"))
        right.append((other[c:d], kind != "equal"))
    return Cell(tuple(p for p in left if p[0])), Cell(tuple(p for p in right if p[0]))
