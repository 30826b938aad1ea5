"""What a form consists of, and what makes one usable. Nothing here reads or writes the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _

Kind = Literal[
    "text", "textarea", "email", "phone", "number", "date", "select", "radio", "checkbox", "checkboxes",
    "hidden", "file",
]  # fmt: skip
CHOOSING = frozenset({"select", "radio", "checkboxes"})
MOST_FIELDS, MOST_OPTIONS = 60, 200
MOST_STEPS, MOST_CONSENTS = 10, 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TRAIT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_OWN_PATH = re.compile(r"/(?![/\\])[^\s\\]*")
_ADDRESS = re.compile(r"https?://[^\s/\\@;,?#'\"]+(?:[/?#][^\s\\]*)?")
RESERVED = "rapport_"


class Option(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    value: str
    label: str = ""


class Condition(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The field is asked only where another one has one of these values; an empty list: any value at all."""

    field: str
    values: list[str] = []


class Field(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`trait` names what the answer becomes of the person; `progressive` fields are asked while that is unknown.

    `parameter` is the part of the page's address that fills in a hidden field, such as utm_source.
    """

    name: str
    kind: Kind = "text"
    label: str = ""
    help: str = ""
    required: bool = False
    trait: str = ""
    options: list[Option] = []
    when: Condition | None = None
    progressive: bool = False
    parameter: str = ""
    value: str = ""
    least: int | None = None
    most: int | None = None


class Step(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    title: str = ""
    fields: list[Field] = []


class ConsentBox(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A box to tick: the wording is kept as evidence, word for word."""

    name: str
    purpose: str
    channels: list[str]
    wording: str
    required: bool = False


class Definition(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`redirect` is where the browser goes afterwards; without one `thanks` is shown."""

    title: str = ""
    intro: str = ""
    steps: list[Step] = []
    consents: list[ConsentBox] = []
    button: str = ""
    thanks: str = ""
    redirect: str = ""

    @property
    def fields(self) -> list[Field]:
        return [field for step in self.steps for field in step.fields]


Translations = dict[str, dict[str, str]]
Problems = dict[str, list[str]]


def read(raw: Any) -> Definition:
    """Raises msgspec.ValidationError, which says where."""
    return msgspec.convert(raw, Definition)


def written(definition: Definition) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(definition)
    return plain


def problems(definition: Definition, purposes: set[str], channels: set[str]) -> Problems:
    """{place: what is wrong}; places are `email` (a field), `consent:news`, `redirect`, `steps`."""
    by_place: Problems = {}
    for place, text in _problems(definition, purposes, channels):
        by_place.setdefault(place, []).append(text)
    return by_place


def _problems(definition: Definition, purposes: set[str], channels: set[str]) -> Iterator[tuple[str, str]]:
    fields = definition.fields
    if not fields:
        yield "steps", _("Add a field.")
    if len(fields) > MOST_FIELDS or len(definition.steps) > MOST_STEPS:
        yield (
            "steps",
            _("At most %(fields)d fields in %(steps)d steps.") % {"fields": MOST_FIELDS, "steps": MOST_STEPS},
        )
    if len(definition.consents) > MOST_CONSENTS:
        yield "consents", _("At most %(limit)d consents.") % {"limit": MOST_CONSENTS}
    earlier: set[str] = set()
    for field in fields:
        yield from ((field.name, text) for text in _field_problems(field, earlier))
        earlier.add(field.name)
    for consent in definition.consents:
        place = f"consent:{consent.name}"
        yield from ((place, text) for text in _consent_problems(consent, purposes, channels, earlier))
        earlier.add(consent.name)
    if not is_safe_target(definition.redirect):
        yield "redirect", _("An address begins with https://, or with / for a page of this installation.")


def is_safe_target(address: str) -> bool:
    """Whether a browser may be sent there: nothing, a path of ours, or a web address without a user name."""
    return not address or bool(_OWN_PATH.fullmatch(address) or _ADDRESS.fullmatch(address))


def _field_problems(field: Field, earlier: set[str]) -> Iterator[str]:
    if not _NAME.fullmatch(field.name) or field.name.startswith(RESERVED):
        yield _("A name has small letters, digits and _, begins with a letter, and not with rapport_.")
    if field.name in earlier:
        yield _("There are two of this name.")
    if not field.label.strip() and field.kind != "hidden":
        yield _("A field needs a label.")
    if field.trait and not _TRAIT.fullmatch(field.trait):
        yield _("The name of a trait has letters, digits and _.")
    values = [option.value for option in field.options]
    if field.kind in CHOOSING and (not values or len(values) > MOST_OPTIONS or not all(values)):
        yield _("Give the options to choose from, at most %(limit)d.") % {"limit": MOST_OPTIONS}
    if len(set(values)) < len(values):
        yield _("Two options have the same value.")
    if field.when and field.when.field not in earlier:
        yield _("A condition names a field that stands before it.")
    if field.progressive and not field.trait:
        yield _("What is asked only when unknown needs the trait that it becomes.")
    if field.least is not None and field.most is not None and field.least > field.most:
        yield _("The most is less than the least.")


def _consent_problems(
    consent: ConsentBox, purposes: set[str], channels: set[str], earlier: set[str]
) -> Iterator[str]:
    if not _NAME.fullmatch(consent.name) or consent.name.startswith(RESERVED):
        yield _("A name has small letters, digits and _, begins with a letter, and not with rapport_.")
    if consent.name in earlier:
        yield _("There are two of this name.")
    if consent.purpose not in purposes:
        yield _("Choose a purpose.")
    if not consent.channels or set(consent.channels) - channels:
        yield _("Choose a channel.")
    if not consent.wording.strip():
        yield _("Say in full what they agree to.")


def translated(definition: Definition, texts: dict[str, str]) -> Definition:
    """The same in another language: `texts` by place ("title", "email.label", "topic.option.news", "news.wording")."""
    plain = written(definition)
    for name in ("title", "intro", "button", "thanks"):
        if text := texts.get(name):
            plain[name] = text
    for step, number in zip(plain.get("steps", []), range(1, MOST_STEPS + 1), strict=False):
        if text := texts.get(f"step{number}.title"):
            step["title"] = text
        for field in step.get("fields", []):
            _translate_field(field, texts)
    for consent in plain.get("consents", []):
        consent["wording"] = texts.get(f"{consent['name']}.wording") or consent["wording"]
    return read(plain)


def _translate_field(field: dict[str, Any], texts: dict[str, str]) -> None:
    for part in ("label", "help"):
        if text := texts.get(f"{field['name']}.{part}"):
            field[part] = text
    for option in field.get("options", []):
        if text := texts.get(f"{field['name']}.option.{option['value']}"):
            option["label"] = text
