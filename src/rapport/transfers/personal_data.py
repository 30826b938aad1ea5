"""How transfers hands out and forgets what it holds about a person."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.registry import PersonalData
from rapport.transfers.exports.services import exporting
from rapport.transfers.feeds.services import personal_data as feeds
from rapport.transfers.imports.services import personal_data as imports


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    return {"imports": imports.export(person_ids), **feeds.export(person_ids)}


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    return imports.erase(person_ids) | feeds.erase(person_ids) | {"transfers.Export": exporting.forget()}


HOLDER = PersonalData(
    app="transfers",
    fields=(
        "transfers.Import.file",
        "transfers.Import.report",
        "transfers.ImportChunk.people",
        "transfers.ImportChunk.journal",
        "transfers.ImportChunk.problems",
        "transfers.Export.file",
        "transfers.Received.headers",
        "transfers.Received.body",
        "transfers.Received.reason",
        "transfers.Received.identifiers",
        "transfers.Webhook.sample",
        "transfers.FileRowError.reason",
        "transfers.FileRowError.cells",
        "transfers.FileFeed.sample",
        "transfers.FileRun.file",
    ),
    export=export,
    erase=erase,
)
