"""Settings of what comes in many kinds (accounts of channels, connectors): fields, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting: a `text` has several lines, a `switch` is on or off."""

    key: str
    label: str | Promise
    kind: Literal["line", "secret", "text", "number", "url", "choice", "switch"] = "line"
    required: bool = True
    help: str | Promise = ""
    choices: Sequence[tuple[str, str | Promise]] = ()
    default: Any = ""


def read_settings(
    fields: Sequence[SettingField], values: Mapping[str, Any], present: Mapping[str, Any]
) -> dict[str, Any]:
    """All settings: what is given, else what is there, else the default. Raises ValidationError by field."""
    if unknown := values.keys() - {field.key for field in fields}:
        raise ValidationError({name: _("There is no such setting.") for name in sorted(unknown)})
    whole: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in fields:
        given = values.get(field.key, present.get(field.key, field.default))
        try:
            whole[field.key] = _value(field, given, present)
        except ValueError as error:
            wrong[field.key] = str(error)
    if wrong:
        raise ValidationError(wrong)
    return whole


def parted(fields: Sequence[SettingField], whole: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what may be seen, what is to be sealed)."""
    hidden = {field.key for field in fields if field.kind == "secret"}
    shown = {key: value for key, value in whole.items() if key not in hidden}
    return shown, {key: value for key, value in whole.items() if key in hidden and value}


def _value(field: SettingField, given: Any, present: Mapping[str, Any]) -> Any:
    """Raises ValueError with what is wrong."""
    if field.kind == "switch":
        return given in {True, "on", "true", "yes", "1"}
    if field.kind == "secret" and given in {"", None}:
        given = present.get(field.key, "")
    text = str(given if given is not None else "").strip()
    if not text:
        if field.required:
            raise ValueError(_("This is needed."))
        return "" if field.kind != "number" else None
    if "\0" in text or (field.kind not in {"text", "secret"} and not text.isprintable()):
        raise ValueError(_("There is a control character in it."))
    if field.kind == "number":
        try:
            return float(text) if "." in text else int(text)
        except ValueError:
            raise ValueError(_("That is no number.")) from None
    if field.kind == "url" and not text.startswith(("https://", "http://")):
        raise ValueError(_("An address begins with https://."))
    if field.kind == "choice" and text not in {key for key, _label in field.choices}:
        raise ValueError(
            _("One of: %(choices)s") % {"choices": ", ".join(key for key, _label in field.choices)}
        )
    return text
