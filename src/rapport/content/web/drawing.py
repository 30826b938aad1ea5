"""A form as its template draws it: texts in one language, what was entered, what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rapport.content.web import definitions, spam
from rapport.content.web.definitions import ConsentBox, Definition, Field
from rapport.content.web.models import WebForm

INPUTS = {
    "email": "email",
    "phone": "tel",
    "number": "text",
    "date": "date",
    "hidden": "hidden",
    "file": "file",
}
COMPLETE = {
    "email": "email", "phone": "tel", "first_name": "given-name", "last_name": "family-name", "name": "name",
    "city": "address-level2", "postcode": "postal-code", "country": "country-name", "company": "organization",
}  # fmt: skip


@dataclass
class Filled:
    """What a visitor brings along or has entered."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    visitor: str = ""
    known: frozenset[str] = frozenset()
    again: bool = False
    lost_files: bool = False


@dataclass
class DrawnField:
    field: Field
    value: str
    chosen: list[str]
    error: str
    input: str
    complete: str

    @property
    def condition(self) -> str:
        """For the script, which hides what is not asked: the values, one a line."""
        return "\n".join(self.field.when.values) if self.field.when else ""


@dataclass
class DrawnConsent:
    consent: ConsentBox
    ticked: bool
    error: str


@dataclass
class Drawn:
    key: str
    language: str
    texts: Definition
    steps: list[tuple[str, list[DrawnField]]]
    consents: list[DrawnConsent]
    hidden: list[tuple[str, str]]
    filled: Filled
    work: int
    redirect: str
    has_files: bool


def shown(form: WebForm, language: str) -> Definition:
    """The form's definition in a language that it has, or in its own."""
    return definitions.translated(definitions.read(form.definition), form.translations.get(language, {}))


def draw(form: WebForm, language: str, filled: Filled, now: dt.datetime, *, embedded: bool = False) -> Drawn:
    texts = shown(form, language)
    steps = [
        (
            step.title,
            [
                _drawn(one, filled)
                for one in step.fields
                if one.kind != "hidden" and not (one.progressive and one.trait in filled.known)
            ],
        )
        for step in texts.steps
    ]
    own = [(one.name, _brought(one, filled)) for one in texts.fields if one.kind == "hidden"]
    hidden = [
        *own, ("rapport_token", spam.token(now)), ("rapport_language", language), ("rapport_visitor", filled.visitor),
        ("rapport_embed", "1" if embedded else ""), ("rapport_again", "1" if filled.again else ""),
        ("rapport_page", _text(filled.parameters, "rapport_page")),
        *((name, _text(filled.parameters, name)) for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term",
          "utm_content") if name not in dict(own)),
    ]  # fmt: skip
    return Drawn(
        key=form.key,
        language=language,
        texts=texts,
        steps=[(title, fields) for title, fields in steps if fields],
        consents=[
            DrawnConsent(one, bool(filled.typed.get(one.name)), filled.errors.get(one.name, ""))
            for one in texts.consents
        ],
        hidden=[(name, value) for name, value in hidden if value],
        filled=filled,
        work=spam.WORK_BITS if filled.again else 0,
        redirect=texts.redirect,
        has_files=any(one.kind == "file" for one in texts.fields),
    )


def _drawn(one: Field, filled: Filled) -> DrawnField:
    typed = filled.typed.get(one.name) or ([one.value] if one.value and not filled.typed else [])
    return DrawnField(
        field=one,
        value=typed[0] if typed else "",
        chosen=typed,
        error=filled.errors.get(one.name, ""),
        input=INPUTS.get(one.kind, "text"),
        complete=COMPLETE.get(one.trait or one.kind, ""),
    )


def _brought(one: Field, filled: Filled) -> str:
    typed = filled.typed.get(one.name)
    return (typed[0] if typed else "") or _text(filled.parameters, one.parameter or one.name) or one.value


def _text(parameters: Mapping[str, Any], name: str) -> str:
    return str(parameters.get(name) or "").replace("\0", "")[:500]
