"""What an import's page calls things: columns' meanings, traits, reasons, and values as people write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.people import identity_types
from rapport.people.queries import traits as trait_queries
from rapport.people.values import schema
from rapport.people.values.formatting import format_trait, trait_label
from rapport.transfers.imports import mapping

REASONS = {
    "nobody": gettext_lazy("The row has no identifier"),
    "malformed": gettext_lazy("The row has too many or too few cells"),
    "ambiguous": gettext_lazy("It matches several people"),
    "refused": gettext_lazy("The person was erased on request"),
    "consent": gettext_lazy("A consent without evidence"),
}
MORE = {
    "consent withdrawn": gettext_lazy("Consents withdrawn"),
    "consent granted": gettext_lazy("Consents granted"),
}


def reason(code: str) -> str:
    """Why rows are left out. Codes of single cells name their column: cell:Birthday."""
    if code.startswith("cell:"):
        return _("%(column)s cannot be read") % {"column": code.removeprefix("cell:")}
    return str(REASONS.get(code, code))


def more(name: str) -> str:
    return str(MORE.get(name, name[:1].upper() + name[1:]))


def namer() -> tuple[Callable[[str], str], Callable[[str, Any], str]]:
    """(label of a trait, its value as text), knowing the definitions. One query."""
    defined = {
        definition.key: definition for definition in trait_queries.definitions(schema.PERSON, archived=True)
    }
    return (
        lambda name: trait_label(name, defined.get(name)) if name != "tags" else _("Tags"),
        lambda name, value: format_trait(name, value, defined.get(name)),
    )


def fixed(columns: list[dict[str, Any]]) -> list[str]:
    """What every row of another system's export says besides, such as "Newsletter · email · how: Mailchimp"."""
    labels = {target.value: f"{target.group} {target.label}".strip() for target in mapping.targets()}
    return [
        f"{labels.get(mapping.chosen(column), mapping.chosen(column))}: {column['value']}"
        for column in columns
    ]


def preview_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `checking.preview`, with every fact as (label, text)."""
    label, text = namer()
    labels = {target.value: target.label for target in mapping.targets()}
    return [
        row
        | {
            "facts": [
                *((identity_types.label_of(kind), value) for kind, value in row["identifiers"]),
                *((label(name), text(name, value)) for name, value in row["traits"].items()),
                *([(_("Company"), row["company"])] if row["company"] else []),
                *(
                    (labels.get(f"{kind}:{part}", part), value)
                    for kind, cells in row["held"].items()
                    for part, value in cells.items()
                ),
            ]
        }
        for row in rows
    ]


def sample_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a report, their changes as (label, before or nothing, after)."""
    label, text = namer()
    return [
        row
        | {
            "changes": [
                (label(name), None if old is None else text(name, old), text(name, new))
                for name, old, new in row.get("changes") or []
            ]
        }
        for row in rows
    ]
