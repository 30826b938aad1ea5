"""What segments need in the `people` rows of ClickHouse beside what is there: companies and consents in full."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core import clickhouse
from rapport.governance.models import Consent
from rapport.people import registry
from rapport.people.models import CompanyMember
from rapport.segments.clauses.company import as_stored

_COLUMNS = {
    "companies": "Array(String)",
    "consent_states": "Array(Tuple(String, String, String, DateTime64(3, 'UTC')))",
}


def register() -> None:
    """Adds the columns to the table and says how they are filled."""
    for name, kind in _COLUMNS.items():
        ddl = f"ALTER TABLE people ADD COLUMN IF NOT EXISTS {name} {kind}"
        clickhouse.register_schema(f"people.{name}", ddl)
    registry.register_row_column("companies", companies)
    registry.register_row_column("consent_states", consent_states)


def companies(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """{person: his companies as JSON texts}, the one he has belonged to longest first."""
    found: dict[uuid.UUID, list[str]] = {person_id: [] for person_id in person_ids}
    members = CompanyMember.objects.filter(person_id__in=person_ids).select_related("company")
    for member in members.order_by("since", "pk"):
        company = member.company
        found[member.person_id].append(as_stored(company.group_id, company.name, company.traits))
    return found


def consent_states(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """{person: [[purpose, channel, state, since]]}, withdrawn ones too."""
    found: dict[uuid.UUID, list[list[str]]] = {person_id: [] for person_id in person_ids}
    rows = Consent.objects.filter(person_id__in=person_ids)
    for person, purpose, channel, state, since in rows.values_list(
        "person_id", "purpose__key", "channel", "state", "at"
    ):
        found[person].append([purpose, channel, state, since.isoformat(" ", "milliseconds")[:23]])
    return found
