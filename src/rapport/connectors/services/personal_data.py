"""What is kept of customers of connected systems: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.commerce.models import Order
from rapport.connectors.meanings import CUSTOMER_ID
from rapport.connectors.models import Connector, Difference, Outgoing
from rapport.connectors.services import ours
from rapport.core.registry import PersonalData
from rapport.people.models import Identifier

FIELDS = (
    "connectors.Difference.ours",
    "connectors.Difference.theirs",
    "connectors.Difference.customer",
    "connectors.Outgoing.subject",
    "connectors.Outgoing.text",
    "connectors.Outgoing.theirs",
    "connectors.Outgoing.base",
)


def _theirs(person_ids: list[uuid.UUID], column: str) -> Q | None:
    """Rows about them, by the numbers they have as customers."""
    values = Identifier.objects.filter(person_id__in=person_ids, type=CUSTOMER_ID).values_list(
        "value", flat=True
    )
    numbers = list(values)
    chosen: Q | None = None
    for row in Connector.objects.all() if numbers else ():
        begin = ours.prefix(row)
        names = [value.removeprefix(begin) for value in numbers if value.startswith(begin)]
        if names:
            condition = Q(**{"connector": row, f"{column}__in": names})
            chosen = condition if chosen is None else chosen | condition
    return chosen


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Where a shop and Rapport said something else, and what was decided."""
    theirs = _theirs(person_ids, "customer")
    rows = Difference.objects.filter(theirs).select_related("connector").order_by("pk") if theirs else []
    return {
        "connector_differences": [
            {
                "connector": row.connector.name, "field": row.field, "ours": row.ours, "theirs": row.theirs,
                "winner": row.winner, "at": row.at.isoformat(),
            }
            for row in rows
        ]
    }  # fmt: skip


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Nothing of theirs waits or is compared any more."""
    counts = {"connectors_difference": 0, "connectors_outgoing": 0}
    if theirs := _theirs(person_ids, "customer"):
        counts["connectors_difference"] = Difference.objects.filter(theirs).delete()[0]
    if theirs := _theirs(person_ids, "subject"):
        rows = Outgoing.objects.filter(theirs, thing=Outgoing.Thing.CUSTOMER)
        counts["connectors_outgoing"] = rows.delete()[0]
    counts["connectors_outgoing"] += _notes(person_ids)
    return counts


def _notes(person_ids: list[uuid.UUID]) -> int:
    """What was to be noted on their orders, and was not (yet)."""
    orders = set(Order.objects.filter(person_id__in=person_ids).values_list("store", "external_id"))
    notes = Outgoing.objects.filter(thing=Outgoing.Thing.NOTE).exclude(text="").select_related("connector")
    theirs = [row.pk for row in notes if (row.connector.store, row.text.partition("\n")[0]) in orders]
    return Outgoing.objects.filter(pk__in=theirs).delete()[0]


HOLDER = PersonalData("connectors", FIELDS, export, erase)
