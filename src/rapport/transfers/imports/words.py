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
from rapport.transfers.imports import mapping, reasons, values
from rapport.transfers.imports.services import errors
from rapport.transfers.models import Import

MORE = {
    "consent withdrawn": gettext_lazy("Consents withdrawn"),
    "consent granted": gettext_lazy("Consents granted"),
    "consent refused": gettext_lazy("Consents refused, for a purpose or a day that there is not"),
}


def left_out(run: Import) -> list[dict[str, Any]]:
    """What single cells say that did not come in: by column, reason and number, with the first of them.

    Of the rules of a trait only its name is known; the column is the one that is kept as it.
    """
    counts = (run.counts or run.report.get("counts", {})).get("cells", {})
    examples = run.report.get("examples", {})
    places = {header: place for place, header in enumerate(run.headers)}
    columns = {
        column["key"]: header
        for column, header in zip(run.mapping.get("columns", []), run.headers, strict=False)
        if column.get("to") == "trait"
    }
    return [
        {
            "column": values.shown(columns.get(column, column)) or _("The whole row"),
            "reason": reasons.words_of(code),
            "number": number,
            "example": values.shown(example[0]) if example else "",
            "row": example[1] if example else None,
        }
        for column, codes in sorted(
            counts.items(), key=lambda pair: places.get(columns.get(pair[0], pair[0]), -1)
        )
        for code, number in sorted(codes.items(), key=lambda pair: -pair[1])
        for example in [examples.get(column, {}).get(code)]
    ]


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
        | _explained(row)
        | {
            "facts": [
                *((identity_types.label_of(kind), value) for kind, value in row["identifiers"]),
                *((label(name), text(name, value)) for name, value in row["traits"].items()),
                *([(_("Company"), row["company"])] if row["company"] else []),
                *(
                    (labels.get(f"{kind}:{part}", part), value)
                    for kind, cells in row["cells"].items()
                    for part, value in cells.items()
                ),
            ]
        }
        for row in rows
    ]


def _explained(row: dict[str, Any]) -> dict[str, Any]:
    """The problem of a row and the notes about its cells, in words."""
    return {
        "problem": errors.reason(*row["problem"]) if row["problem"] else "",
        "notes": [
            (values.shown(column), reasons.words_of(code), values.shown(value))
            for column, code, value in row["notes"]
        ],
    }


def sample_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a report, their changes as (label, before or nothing, after)."""
    label, text = namer()
    return [
        row
        | _explained(row)
        | {
            "changes": [
                (label(name), None if old is None else text(name, old), text(name, new))
                for name, old, new in row.get("changes") or []
            ]
        }
        for row in rows
    ]
