"""Traits as a profile shows and takes them: readable values, where each came from, and who says otherwise."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from rapport.core.ui import formats
from rapport.people import known, registry
from rapport.people.kinds import Kind
from rapport.people.models import Company, Person

# The source of a trait that somebody of the business set by hand, before his name.
BY_HAND = "by hand: "
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says of a trait, and since when."""

    value: Any
    source: str
    at: dt.datetime | None
    text: str = ""

    @property
    def by_hand(self) -> str:
        """Who set it by hand; "" when an event brought it."""
        return self.source.removeprefix(BY_HAND) if self.source.startswith(BY_HAND) else ""

    @property
    def json(self) -> str:
        return json.dumps(self.value)


def label_of(name: str, definition: known.Definition | None = None) -> str:
    """What colleagues call a trait: its definition's label, else its key as words."""
    if definition is not None:
        return str(definition.label)
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def usual_label(name: str) -> str:
    """The label of a trait without asking the database: that of the predefined ones, else its key as words."""
    usual = next((each for each in known.KNOWN[known.PERSON] if each.key == name), None)
    return label_of(name, usual)


@dataclass(frozen=True, slots=True)
class TraitFact:
    """One trait: its value as text, since when and by whom, and what other sources say instead."""

    name: str
    value: Any
    source: str
    at: dt.datetime | None
    message_id: str
    definition: known.Definition | None = None
    others: tuple[Said, ...] = ()

    @property
    def label(self) -> str:
        return label_of(self.name, self.definition)

    @property
    def text(self) -> str:
        return text_of(self.name, self.value, self.definition)

    @property
    def kind(self) -> str:
        return self.definition.kind if self.definition else ""

    @property
    def by_hand(self) -> str:
        """Who set it by hand; "" when an event brought it."""
        return self.source.removeprefix(BY_HAND) if self.source.startswith(BY_HAND) else ""

    @property
    def is_editable(self) -> bool:
        if self.definition is not None:
            return not self.definition.is_read_only
        return not isinstance(self.value, dict | list)


@dataclass(slots=True)
class Section:
    """Traits under one heading, and those that are expected and missing."""

    title: str
    facts: list[TraitFact] = field(default_factory=list)
    missing: list[known.Definition] = field(default_factory=list)


def sections(subject: Person | Company, definitions: Sequence[known.Definition]) -> list[Section]:
    """A record's traits by the definitions' sections and order; undefined ones last, by name."""
    found: dict[str, Section] = {}
    by_key = {each.key: each for each in definitions}
    for each in definitions:
        section = found.setdefault(str(each.section) or _("More"), Section(str(each.section) or _("More")))
        if each.key in subject.traits:
            section.facts.append(trait_fact(subject, each.key, each))
        elif each.is_required:
            section.missing.append(each)
    rest = sorted((name for name in subject.traits if name not in by_key), key=str.lower)
    more = found.pop(_("More"), Section(_("More")))
    more.facts += [trait_fact(subject, name) for name in rest]
    return [each for each in [*found.values(), more] if each.facts or each.missing]


def trait_fact(subject: Person | Company, name: str, definition: known.Definition | None = None) -> TraitFact:
    fact = subject.trait_facts.get(name) or {}
    value = subject.traits.get(name, "")
    return TraitFact(
        name=name,
        value=value,
        source=str(fact.get("source", "")),
        at=_moment(fact.get("at")),
        message_id=str(fact.get("message_id", "")),
        definition=definition,
        others=tuple(_others(fact.get("others", {}).values(), value, definition)),
    )


def _others(claims: Iterable[dict[str, Any]], value: Any, definition: known.Definition | None) -> list[Said]:
    """What others say, newest first; those who agree are named too, after those who do not."""
    said = [
        Said(each["value"], each["source"], _moment(each["at"]), shown(each["value"], definition))
        for each in sorted(claims, key=lambda each: each["at"], reverse=True)
    ]
    return sorted(said, key=lambda each: each.value == value)


def text_of(name: str, value: Any, definition: known.Definition | None = None) -> str:
    """A trait's value in the reader's words, also of traits that an app or custom gives a meaning by their name."""
    words = registry.TRAIT_WORDS.get(name)
    if words is not None:
        return words(value)
    if definition is None and name == "country" and isinstance(value, str):
        return country_name(value) or value
    return shown(value, definition) if definition else _plain_text(value)


def shown(value: Any, definition: known.Definition | None = None) -> str:
    """A value in the reader's words."""
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if isinstance(value, dict):
        return ", ".join(shown(part) for part in value.values() if part not in (None, "", {}, []))
    if isinstance(value, list):
        return ", ".join(shown(part) for part in value)
    if value is None:
        return ""
    return _typed_text(value, definition) if definition else str(value)


def _plain_text(value: Any) -> str:
    """A value nobody defined: figures with decimals and moments as people write them, all else as it came."""
    if isinstance(value, float):
        return formats.number(value)
    if isinstance(value, str) and MOMENT.fullmatch(value):
        with contextlib.suppress(ValueError):
            return formats.short_moment(dt.datetime.fromisoformat(value))
    return shown(value)


def _typed_text(value: Any, definition: known.Definition) -> str:
    try:
        match definition.kind:
            case Kind.MONEY:
                return formats.money(Decimal(str(value)), definition.currency or "GBP")
            case Kind.NUMBER | Kind.WHOLE:
                return formats.number(value)
            case Kind.DATE:
                return formats.day(dt.date.fromisoformat(str(value)))
            case Kind.MOMENT:
                return formats.short_moment(dt.datetime.fromisoformat(str(value)))
            case Kind.COUNTRY:
                return country_name(str(value))
    except (ValueError, InvalidOperation, TypeError):
        pass
    return str(value)


def country_name(code: str) -> str:
    """A country as the reader calls it; what is no ISO code stays as it is."""
    return str(formats.locale().territories.get(code.upper(), code)) if len(code) == 2 else code


def typed(text: str, before: Any) -> Any:
    """What somebody typed, of the type the trait had before where that is possible. Empty removes the trait."""
    text = text.strip()
    if not text:
        return None
    if isinstance(before, bool):
        return text.lower() in {"yes", "true", "1", _("yes").lower()}
    if isinstance(before, int | float):
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if number.is_integer() and isinstance(before, int) else number
    if isinstance(before, dict | list):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _moment(value: Any) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
