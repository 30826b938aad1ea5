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
    recorded: frozenset[str] = frozenset()
    again: bool = False
    lost_files: bool = False
    has_changed: bool = False
    # A page that many see alike carries no token; `place` is where the form stands, for what counts there.
    is_shared: bool = False
    place: str = ""


@dataclass
class DrawnField:
    field: Field
    value: str
    chosen: list[str]
    error: str
    input: str
    complete: str

    @property
    def described(self) -> str:
        """The ids of what is said of the field, for whoever hears the page."""
        names = [f"error-{self.field.name}"] if self.error else []
        return " ".join([*names, f"help-{self.field.name}"] if self.field.help else names)

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
                _drawn(question, filled)
                for question in step.fields
                if question.kind != "hidden"
                and not (question.progressive and question.trait in filled.recorded)
            ],
        )
        for step in texts.steps
    ]
    return Drawn(
        key=form.key,
        language=language,
        texts=texts,
        steps=[(title, fields) for title, fields in steps if fields],
        consents=[
            DrawnConsent(
                question, bool(filled.typed.get(question.name)), filled.errors.get(question.name, "")
            )
            for question in texts.consents
        ],
        hidden=_hidden(texts, language, filled, now, embedded, form.version),
        filled=filled,
        work=spam.WORK_BITS if filled.again else 0,
        redirect=texts.redirect,
        has_files=any(question.kind == "file" for question in texts.fields),
    )


def _hidden(
    texts: Definition, language: str, filled: Filled, now: dt.datetime, embedded: bool, version: int
) -> list[tuple[str, str]]:
    """What the form carries along unseen."""
    own = [
        (question.name, _brought(question, filled)) for question in texts.fields if question.kind == "hidden"
    ]
    hidden = [
        *own, ("rapport_token", _token(filled, now)), (
        "rapport_place", filled.place or _text(filled.parameters, "rapport_place")), ("rapport_version", str(version)),
        ("rapport_language", language), ("rapport_visitor", filled.visitor),
        ("rapport_embed", "1" if embedded else ""), ("rapport_again", "1" if filled.again else ""),
        ("rapport_page", _text(filled.parameters, "rapport_page")),
        *((name, _text(filled.parameters, name)) for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term",
          "utm_content") if name not in dict(own)),
    ]  # fmt: skip
    return [(name, value) for name, value in hidden if value]


def _token(filled: Filled, now: dt.datetime) -> str:
    """That of the page before, so that whoever corrects something is not taken for a quick program."""
    if filled.is_shared:
        return ""
    before = _text(filled.parameters, "rapport_token")
    return before if before and not filled.again and spam.is_fresh(before, now) else spam.token(now)


def _drawn(question: Field, filled: Filled) -> DrawnField:
    typed = filled.typed.get(question.name) or (
        [question.value] if question.value and not filled.typed else []
    )
    return DrawnField(
        field=question,
        value=typed[0] if typed else "",
        chosen=typed,
        error=filled.errors.get(question.name, ""),
        input=INPUTS.get(question.kind, "text"),
        complete=COMPLETE.get(question.trait or question.kind, ""),
    )


def _brought(question: Field, filled: Filled) -> str:
    typed = filled.typed.get(question.name)
    return (
        (typed[0] if typed else "")
        or _text(filled.parameters, question.parameter or question.name)
        or question.value
    )


def _text(parameters: Mapping[str, Any], name: str) -> str:
    return str(parameters.get(name) or "").replace("\0", "")[:500]
