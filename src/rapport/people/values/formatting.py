"""Traits as a profile shows and takes them: readable values, where each came from, and who says otherwise."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.people import registry
from rapport.people.values import schema
from rapport.people.values.types import InvalidValue, TraitType, parse_boolean

# The source of a trait that somebody of the business set by hand, before their name.
BY_HAND = "by hand: "
IMPORT = "import: "  # before the name of the file
OWN_SOURCES = {
    "computed": gettext_lazy("Computed"),
    "lifecycle": gettext_lazy("Lifecycle"),
    "rapport": "Rapport",
}
# What nobody defined but nearly every source sends, in the reader's language.
USUAL_LABELS = {
    "city": gettext_lazy("City"),
    "country": gettext_lazy("Country"),
    "lifecycle stage": gettext_lazy("Lifecycle stage"),
    "postcode": gettext_lazy("Postcode"),
    "region": gettext_lazy("Region"),
    "street": gettext_lazy("Street"),
}
SHOWN_MEMBERS = 3  # of a list on the profile
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


class Profile(Protocol):
    """Whoever has traits: a person, a company."""

    traits: Any
    trait_facts: Any


@dataclass(frozen=True, slots=True)
class SourceValue:
    """What one source says of a trait, and since when."""

    value: Any
    source: str
    at: dt.datetime | None
    text: str = ""

    @property
    def json(self) -> str:
        return json.dumps(self.value)


def source_label(source: str) -> str:
    """Where a value came from, in the reader's language; sources that users named keep their name."""
    if source.startswith(BY_HAND):
        return _("By hand: %(name)s") % {"name": source.removeprefix(BY_HAND)}
    if source.startswith(IMPORT):
        return _("Import: %(name)s") % {"name": source.removeprefix(IMPORT)}
    return str(OWN_SOURCES.get(source, source))


def trait_label(name: str, definition: schema.Definition | None = None) -> str:
    """What colleagues call a trait: its definition's label, else its key as words."""
    if definition is not None:
        return str(definition.label)
    if (computed := registry.computed_words(name)) is not None:
        return computed.label
    return label_of_key(name)


def label_of_key(name: str) -> str:
    """A key as words, in the reader's language where nearly every source sends it."""
    words = name.replace("_", " ").replace("-", " ").strip()
    if (usual := USUAL_LABELS.get(words.casefold())) is not None:
        return str(usual)
    return words[:1].upper() + words[1:]


def predefined(name: str) -> schema.Definition | None:
    """The definition that a trait of people has from the beginning."""
    return next(
        (definition for definition in schema.PREDEFINED[schema.PERSON] if definition.key == name), None
    )


def default_label(name: str) -> str:
    """The label of a trait without asking the database: that of the predefined ones, else its key as words."""
    return trait_label(name, predefined(name))


@dataclass(frozen=True, slots=True)
class TraitFact:
    """One trait: its value as text, since when and by whom, and what other sources say instead."""

    name: str
    value: Any
    source: str
    at: dt.datetime | None
    message_id: str
    definition: schema.Definition | None = None
    others: tuple[SourceValue, ...] = ()

    @property
    def label(self) -> str:
        return trait_label(self.name, self.definition)

    @property
    def text(self) -> str:
        return format_trait(self.name, self.value, self.definition)

    @property
    def short(self) -> str:
        """The text; of a long list the first members and how many more there are."""
        if not isinstance(self.value, list) or len(self.value) <= SHOWN_MEMBERS + 1:
            return self.text
        first = format_trait(self.name, self.value[:SHOWN_MEMBERS], self.definition)
        return _("%(first)s and %(n)d more") % {"first": first, "n": len(self.value) - SHOWN_MEMBERS}

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
    traits: list[TraitFact] = field(default_factory=list)
    missing: list[schema.Definition] = field(default_factory=list)


def sections(subject: Profile, definitions: Sequence[schema.Definition]) -> list[Section]:
    """A record's traits by the definitions' sections and order; undefined ones last, by name."""
    by_title: dict[str, Section] = {}
    by_key = {definition.key: definition for definition in definitions}
    for definition in definitions:
        section = by_title.setdefault(
            str(definition.section) or _("More"), Section(str(definition.section) or _("More"))
        )
        if definition.key in subject.traits:
            section.traits.append(trait_fact(subject, definition.key, definition))
        elif definition.is_required:
            section.missing.append(definition)
    rest = sorted((name for name in subject.traits if name not in by_key), key=str.lower)
    more = by_title.pop(_("More"), Section(_("More")))
    more.traits += [trait_fact(subject, name) for name in rest]
    return [section for section in [*by_title.values(), more] if section.traits or section.missing]


def trait_fact(subject: Profile, name: str, definition: schema.Definition | None = None) -> TraitFact:
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


def _others(
    claims: Iterable[dict[str, Any]], value: Any, definition: schema.Definition | None
) -> list[SourceValue]:
    """What others say, newest first; those who agree are named too, after those who do not."""
    others = [
        SourceValue(
            claim["value"], claim["source"], _moment(claim["at"]), format_value(claim["value"], definition)
        )
        for claim in sorted(claims, key=lambda claim: claim["at"], reverse=True)
    ]
    return sorted(others, key=lambda other: other.value == value)


def format_trait(name: str, value: Any, definition: schema.Definition | None = None) -> str:
    """A trait's value in the reader's words, also of traits that an app or custom gives a meaning by their name."""
    if definition is None and (computed := registry.computed_words(name)) is not None:
        return computed.value(value)
    if definition is None and name == "country" and isinstance(value, str):
        return country_name(value) or value
    return format_value(value, definition) if definition else plain_text(value)


def format_value(value: Any, definition: schema.Definition | None = None) -> str:
    """A value in the reader's words."""
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if isinstance(value, dict):
        return ", ".join(format_value(part) for part in value.values() if part not in (None, "", {}, []))
    if isinstance(value, list):
        return ", ".join(format_value(part) for part in value)
    if value is None:
        return ""
    return _typed_text(value, definition) if definition else formats.as_text(value)


def plain_text(value: Any) -> str:
    """A value nobody defined: figures with decimals and moments as people write them, all else as it came."""
    if isinstance(value, float):
        return formats.number(value)
    if isinstance(value, str) and MOMENT.fullmatch(value):
        with contextlib.suppress(ValueError):
            return formats.short_moment(dt.datetime.fromisoformat(value))
    return format_value(value)


def _typed_text(value: Any, definition: schema.Definition) -> str:
    try:
        match definition.kind:
            case TraitType.MONEY:
                return formats.money(Decimal(str(value)), definition.currency or "GBP")
            case TraitType.NUMBER | TraitType.WHOLE:
                return formats.number(value)
            case TraitType.DATE:
                return formats.day(dt.date.fromisoformat(str(value)))
            case TraitType.MOMENT:
                return formats.short_moment(dt.datetime.fromisoformat(str(value)))
            case TraitType.COUNTRY:
                return country_name(str(value))
    except (ValueError, ArithmeticError, TypeError):
        pass
    return formats.as_text(value)


def country_name(code: str) -> str:
    """A country as the reader calls it; what is no ISO code stays as it is."""
    return str(formats.locale().territories.get(code.upper(), code)) if len(code) == 2 else code


def parse_text(text: str, before: Any) -> Any:
    """What somebody typed, of the type the trait had before where that is possible. Empty removes the trait."""
    text = text.strip()
    if not text:
        return None
    if isinstance(before, bool):
        with contextlib.suppress(InvalidValue):
            return parse_boolean(text)
        return text
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
