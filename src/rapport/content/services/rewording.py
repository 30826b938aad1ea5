"""Templates with other words than their own: for a variant of a campaign, or emptied when a person is forgotten."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Collection, Mapping

from rapport.content.models import Link, Template, TemplateVersion


def reworded(template: Template, words: Mapping[str, str]) -> Template:
    """The same with another subject or preheader, in all of its languages: a copy that is never saved."""
    given = {name: text for name, text in words.items() if text}
    if not given:
        return template
    changed = copy.copy(template)
    for name, text in given.items():
        setattr(changed, name, text)
    changed.translations = {tag: {**written, **given} for tag, written in template.translations.items()}
    return changed


def erase_inline(template_ids: Collection[uuid.UUID]) -> int:
    """Empties inline templates that were written for one person who is forgotten. Returns how many."""
    rows = Template.objects.filter(pk__in=template_ids, is_inline=True)
    for version in TemplateVersion.objects.filter(template__in=rows):
        Link.objects.filter(template_version=version).update(url="")
    TemplateVersion.objects.filter(template__in=rows).update(
        subject="",
        line="",
        preheader="",
        mjml="",
        text="",
        html="",
        plain="",
        fields={},
        compiled={},
        translations={},
        translated={},
    )
    return rows.update(name="", subject="", preheader="", mjml="", text="", fields={}, translations={})
