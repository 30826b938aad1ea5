"""What changed between a version and the draft, line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.content.models import Template, TemplateVersion
from rapport.core import languages

CONTEXT = 3
_FIELDS: tuple[tuple[str, str | Promise], ...] = (
    ("subject", _("Subject")),
    ("preheader", _("Preheader")),
    ("mjml", "MJML"),
    ("text", _("Plain text")),
)


@dataclass(frozen=True, slots=True)
class Line:
    """`sign` is + for what came, - for what went, @ where lines are left out, otherwise a blank."""

    sign: str
    text: str


def differences(version: TemplateVersion, template: Template) -> list[tuple[str | Promise, list[Line]]]:
    """What the parts are called, and their lines, of those that differ, in the template's own language and others."""
    pairs: list[tuple[str | Promise, list[Line]]] = [
        (label, list(_lines(getattr(version, key), getattr(template, key)))) for key, label in _FIELDS
    ]
    for name in sorted(version.fields.keys() | template.fields.keys()):
        pairs.append((name, list(_lines(version.fields.get(name, ""), template.fields.get(name, "")))))
    for language in sorted(version.translations.keys() | template.translations.keys()):
        old, new = (source.translations.get(language) or {} for source in (version, template))
        pairs.append((languages.name_of(language), list(_lines(_as_text(old), _as_text(new)))))
    return [(label, lines) for label, lines in pairs if lines]


def _as_text(written: dict[str, Any]) -> str:
    """The parts of a translation, one under the other."""
    values = {**written, **written.get("fields", {})}
    return "\n".join(str(value) for name, value in values.items() if name != "fields" and value)


def _lines(old: str, new: str) -> Iterator[Line]:
    rows = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=CONTEXT)
    for at, row in enumerate(rows):
        if at > 2 or (at == 2 and not row.startswith("@@")):
            yield Line("@", "") if row.startswith("@@") else Line(row[0], row[1:])
