"""What segments need in the `people` rows of ClickHouse beside what is there: companies and consents in full."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core import clickhouse
from rapport.governance.models import Consent
from rapport.people import registry
from rapport.people.models import CompanyMember
from rapport.people.queries import companies_above
from rapport.segments.clauses.company import as_known, as_stored

_COLUMNS = {
    "companies": "Array(String)",
    "consent_states": "Array(Tuple(String, String, String, DateTime64(3, 'UTC')))",
}


def register() -> None:
    """Adds the columns to the table and says how they are filled."""
    for name, kind in _COLUMNS.items():
        ddl = f"ALTER TABLE people ADD COLUMN IF NOT EXISTS {name} {kind}"
        clickhouse.SCHEMA.register(ddl, f"people.{name}")
    registry.ROW_COLUMNS.register(companies, "companies")
    registry.ROW_COLUMNS.register(consent_states, "consent_states")


def companies(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """{person: their companies as JSON texts}, the one they have belonged to longest first."""
    texts: dict[uuid.UUID, list[str]] = {person_id: [] for person_id in person_ids}
    members = list(
        CompanyMember.objects.filter(person_id__in=person_ids)
        .select_related("company")
        .order_by("since", "pk")
    )
    below = {member.company_id for member in members if member.company.parent_id}
    above = companies_above(below) if below else {}
    for member in members:
        company = member.company
        stored = as_stored(
            company.group_id,
            company.name,
            company.traits,
            [as_known(*parent) for parent in above.get(company.pk, [])],
        )
        texts[member.person_id].append(stored)
    return texts


def consent_states(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    """{person: [[purpose, channel, state, since]]}, withdrawn ones too."""
    states: dict[uuid.UUID, list[list[str]]] = {person_id: [] for person_id in person_ids}
    rows = Consent.objects.filter(person_id__in=person_ids)
    for person, purpose, channel, state, since in rows.values_list(
        "person_id", "purpose__key", "channel", "state", "at"
    ):
        states[person].append([purpose, channel, state, since.isoformat(" ", "milliseconds")[:23]])
    return states
