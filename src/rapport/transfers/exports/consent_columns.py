"""Consent columns of exported files: what each said, when, in which words, and where."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.functional import Promise

from rapport.governance.models import Consent
from rapport.governance.registry import channel_label
from rapport.transfers.imports.consent_statements import COLUMNS


def export_headers() -> list[tuple[str, str | Promise]]:
    """consent.newsletter.email.state and its like, for every purpose and channel that anybody answered."""
    used = Consent.objects.values_list("purpose__key", "purpose__name", "channel").distinct()
    headings = ("state", "at", "wording", "source")
    return [
        (f"consent.{key}.{channel}.{part}", f"{name} · {channel_label(channel)} · {COLUMNS[part]}")
        for key, name, channel in used.order_by("purpose__position", "purpose__key", "channel")
        for part in headings
    ]


def export_cells(person_ids: Sequence[uuid.UUID], headers: Sequence[str]) -> dict[uuid.UUID, dict[str, str]]:
    """The state now with its evidence; one query."""
    rows: dict[uuid.UUID, dict[str, str]] = {}
    wanted = set(headers)
    for consent in Consent.objects.filter(person_id__in=person_ids).select_related(
        "purpose", "record__wording"
    ):
        cells = {
            "state": consent.state,
            "at": consent.at.isoformat(),
            "wording": str(consent.record.proof.get("wording", "")),
            "source": consent.record.source,
        }
        start = f"consent.{consent.purpose.key}.{consent.channel}."
        row = rows.setdefault(consent.person_id, {})
        row.update({start + part: text for part, text in cells.items() if start + part in wanted})
    return rows
