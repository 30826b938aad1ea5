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
    definition: Definition, sent: QueryDict, files: MultiValueDict[str, UploadedFile], known: frozenset[str]
) -> Answers:
    """The answers to what was asked: no field whose condition is not met, none that is known already."""
    answers = Answers()
    for one in definition.fields:
        typed = [_CONTROL.sub("", text).strip()[:10_000] for text in sent.getlist(one.name)[:300]]
        answers.typed[one.name] = typed
        if not is_asked(one, answers.values) or (one.progressive and one.trait in known and not any(typed)):
            continue
        try:
            _take(one, [text for text in typed if text], files, answers)
        except Wrong as error:
            answers.errors[one.name] = str(error)
    for consent in definition.consents:
        if sent.get(consent.name):
            answers.consents.append(consent.name)
            answers.typed[consent.name] = ["1"]
        elif consent.required:
            answers.errors[consent.name] = _("Tick this to go on.")
    return answers


def is_asked(one: Field, values: dict[str, Any]) -> bool:
    """Whether the condition of a field is met by what was entered before it."""
    if one.when is None:
        return True
    value = values.get(one.when.field)
    chosen = (
        [str(part) for part in value] if isinstance(value, list) else [] if value is None else [_plain(value)]
    )
    return bool(chosen) if not one.when.values else bool(set(chosen) & set(one.when.values))


def _plain(value: Any) -> str:
    return "yes" if value is True else "" if value is False else str(value)


def _take(one: Field, typed: list[str], files: MultiValueDict[str, UploadedFile], answers: Answers) -> None:
    label = {"label": one.label or one.name}
    if one.kind == "file":
        file = files.get(one.name)
        if file is not None:
            if reason := uploads.why_not(file):
                raise Wrong(reason)
            answers.files[one.name] = file
        elif one.required:
            raise Wrong(_("Choose a file for “%(label)s”.") % label)
        return
    if one.kind == "checkbox":
        if one.required and not typed:
            raise Wrong(_("Tick “%(label)s” to go on.") % label)
        answers.values[one.name] = bool(typed)
        return
    if one.kind != "checkboxes" and len(typed) > 1:
        raise Wrong(_("Enter only one value."))
    if not typed:
        if one.required:
            raise Wrong(_("Fill in “%(label)s”.") % label)
        return
    answers.values[one.name] = _choices(one, typed) if one.kind == "checkboxes" else _value(one, typed[0])


def _choices(one: Field, typed: list[str]) -> list[str]:
    allowed = {option.value for option in one.options}
    if set(typed) - allowed:
        raise Wrong(_("Choose from the list."))
    return list(dict.fromkeys(typed))


def _value(one: Field, text: str) -> Any:
    if one.kind in {"select", "radio"}:
        return _choices(one, [text])[0]
    if one.kind == "number":
        return _number(one, text)
    if one.kind == "date":
        try:
            return dt.date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise Wrong(_("Enter a date, such as 2026-03-31.")) from error
    if one.kind == "email":
        return _email(text)
    if one.kind == "phone" and not normalise("phone", text):
        raise Wrong(_("Enter a telephone number with the country code, such as +44 20 7946 0000."))
    longest = min(one.most or 10_000, LONGEST.get(one.kind, 500))
    if one.kind != "hidden" and len(text) < (one.least or 0):
        raise Wrong(_("Enter at least %(limit)d characters.") % {"limit": one.least})
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


def _number(one: Field, text: str) -> float | int:
    if not _NUMBER.fullmatch(text):
        raise Wrong(_("Enter a number."))
    exact = float(text.replace(",", "."))
    number = int(exact) if exact.is_integer() else exact
    if one.least is not None and number < one.least:
        raise Wrong(_("Enter %(limit)d or more.") % {"limit": one.least})
    if one.most is not None and number > one.most:
        raise Wrong(_("Enter %(limit)d or less.") % {"limit": one.most})
    return number
