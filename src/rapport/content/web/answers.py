"""What was entered into a form, checked field by field. Nothing is kept that was not asked."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from rapport.content.web import uploads
from rapport.content.web.definitions import Definition, Field
from rapport.people.normalise import normalise

LONGEST = {"textarea": 5000}
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,6})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass
class Answers:
    """`typed` is what stood in the fields, for showing them again; `values` what it means."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    consents: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


class Wrong(ValueError):
    """Why a value cannot be taken, in words for who entered it."""


def read(
    definition: Definition,
    sent: QueryDict,
    files: MultiValueDict[str, UploadedFile],
    recorded: frozenset[str],
) -> Answers:
    """The answers to what was asked: no field whose condition is not met, none that is known already."""
    answers = Answers()
    for question in definition.fields:
        typed = [_CONTROL.sub("", text).strip()[:10_000] for text in sent.getlist(question.name)[:300]]
        answers.typed[question.name] = typed
        if not is_asked(question, answers.values) or (
            question.progressive and question.trait in recorded and not any(typed)
        ):
            continue
        try:
            _take(question, [text for text in typed if text], files, answers)
        except Wrong as error:
            answers.errors[question.name] = str(error)
    for consent in definition.consents:
        if sent.get(consent.name):
            answers.consents.append(consent.name)
            answers.typed[consent.name] = ["1"]
        elif consent.required:
            answers.errors[consent.name] = _("Tick this to go on.")
    return answers


def is_asked(question: Field, values: dict[str, Any]) -> bool:
    """Whether the condition of a field is met by what was entered before it."""
    if question.when is None:
        return True
    value = values.get(question.when.field)
    chosen = (
        [str(part) for part in value] if isinstance(value, list) else [] if value is None else [_plain(value)]
    )
    chosen = [text for text in chosen if text]
    return bool(chosen) if not question.when.values else bool(set(chosen) & set(question.when.values))


def _plain(value: Any) -> str:
    return "yes" if value is True else "" if value is False else str(value)


def _take(
    question: Field, typed: list[str], files: MultiValueDict[str, UploadedFile], answers: Answers
) -> None:
    label = {"label": question.label or question.name}
    if question.kind == "file":
        file = files.get(question.name)
        if file is not None:
            if reason := uploads.why_not(file):
                raise Wrong(reason)
            answers.files[question.name] = file
        elif question.required:
            raise Wrong(_("Choose a file for “%(label)s”.") % label)
        return
    if question.kind == "checkbox":
        if question.required and not typed:
            raise Wrong(_("Tick “%(label)s” to go on.") % label)
        answers.values[question.name] = bool(typed)
        return
    if question.kind != "checkboxes" and len(typed) > 1:
        raise Wrong(_("Enter only one value."))
    if not typed:
        if question.required:
            raise Wrong(_("Fill in “%(label)s”.") % label)
        return
    answers.values[question.name] = (
        _choices(question, typed) if question.kind == "checkboxes" else _value(question, typed[0])
    )


def _choices(question: Field, typed: list[str]) -> list[str]:
    allowed = {option.value for option in question.options}
    if set(typed) - allowed:
        raise Wrong(_("Choose from the list."))
    return list(dict.fromkeys(typed))


def _value(question: Field, text: str) -> Any:
    if question.kind in {"select", "radio"}:
        return _choices(question, [text])[0]
    if question.kind == "number":
        return _number(question, text)
    if question.kind == "date":
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise Wrong(_("Enter a date, such as 2026-03-31.")) from error
    if question.kind == "email":
        return _email(text)
    if question.kind == "phone" and not normalise("phone", text):
        raise Wrong(_("Enter a telephone number with the country code, such as +44 20 7946 0000."))
    longest = min(question.most or 10_000, LONGEST.get(question.kind, 500))
    if question.kind != "hidden" and len(text) < (question.least or 0):
        raise Wrong(_("Enter at least %(limit)d characters.") % {"limit": question.least})
    if len(text) > longest:
        raise Wrong(_("Enter at most %(limit)d characters.") % {"limit": longest})
    return text


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise Wrong(_("Enter an email address, such as name@example.com.")) from error
    if len(text) > 254 or not normalise("email", text):
        raise Wrong(_("Enter an email address, such as name@example.com."))
    return text


def _number(question: Field, text: str) -> float | int:
    if not _NUMBER.fullmatch(text):
        raise Wrong(_("Enter a number."))
    exact = float(text.replace(",", "."))
    number = int(exact) if exact.is_integer() else exact
    if question.least is not None and number < question.least:
        raise Wrong(_("Enter %(limit)d or more.") % {"limit": question.least})
    if question.most is not None and number > question.most:
        raise Wrong(_("Enter %(limit)d or less.") % {"limit": question.most})
    return number
