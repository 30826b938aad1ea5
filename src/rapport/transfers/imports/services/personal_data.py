"""What imports hold about a person, and how it is forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from backports import zstd
from django.core.files.storage import default_storage
from django.db.models import Q

from rapport.core import sql
from rapport.people.models import Identifier
from rapport.transfers.imports.services.applying import entries
from rapport.transfers.models import Import, ImportChunk

CLEARED = "The words were removed when somebody was forgotten."


def export(person_ids: Sequence[uuid.UUID]) -> list[dict[str, Any]]:
    """In which row of which file the person came."""
    wanted = {str(person) for person in person_ids}
    chunks = ImportChunk.objects.filter(people__overlap=list(person_ids)).select_related("run")
    return [
        {"file": chunk.run.name, "row": entry["row"], "at": chunk.run.created_at.isoformat()}
        for chunk in chunks
        for entry in entries(chunk)
        if entry["person"] in wanted
    ]


def erase(person_ids: Sequence[uuid.UUID]) -> dict[str, int]:
    """Takes the person out of the journal, and deletes uploaded files that may name them."""
    gone = {str(person) for person in person_ids}
    runs: set[uuid.UUID] = set()
    lines = 0
    runs |= _clear_problems(person_ids)
    for chunk in ImportChunk.objects.filter(people__overlap=list(person_ids)):
        kept = [entry for entry in entries(chunk) if entry["person"] not in gone]
        lines += len(entries(chunk)) - len(kept)
        chunk.journal = zstd.compress(b"\n".join(msgspec.json.encode(entry) for entry in kept), 3)
        chunk.people = [person for person in chunk.people if str(person) not in gone]
        chunk.save(update_fields=["journal", "people"])
        runs.add(chunk.run_id)
    done = [Import.State.DONE, Import.State.CANCELLED, Import.State.REVERTED, Import.State.FAILED]
    files = list(Import.objects.filter(pk__in=runs, state__in=done).exclude(file=""))
    for run in files:
        default_storage.delete(run.file)
    Import.objects.filter(pk__in=[run.pk for run in files]).update(file="")
    # What a dry run showed as samples may be about anybody.
    Import.objects.filter(Q(pk__in=runs) | _shown(person_ids)).update(report={})
    return {"transfers.ImportChunk": lines, "transfers.Import": len(files)}


def _shown(person_ids: Sequence[uuid.UUID]) -> Q:
    """Whether a dry run that no run followed shows one of the identifiers; short ones stand there by chance."""
    condition = Q(pk=None)
    for value in Identifier.objects.filter(person_id__in=person_ids).values_list("value", flat=True):
        if len(value) >= 6:
            condition |= Q(report__icontains=value)
    return condition


def _clear_problems(person_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Takes the words from problems that may quote the person, known only from a rejected row; their imports."""
    own = Identifier.objects.filter(person_id__in=person_ids).values_list("type", "value")
    texts = [f"{kind} {value}" for kind, value in own]  # as the reason for an ambiguous row names them
    rows = sql.run(
        "UPDATE transfers_importchunk SET problems ="
        " (SELECT coalesce(jsonb_agg(jsonb_build_array(one->0, one->1, %b::text) ORDER BY place), '[]')"
        " FROM jsonb_array_elements(problems) WITH ORDINALITY AS p (one, place))"
        " WHERE problems <> '[]' AND (people && %b::uuid[] OR EXISTS ("
        "SELECT 1 FROM unnest(%b::text[]) AS said WHERE strpos(lower(problems::text), lower(said)) > 0))"
        " RETURNING run_id",
        [CLEARED, list(person_ids), texts],
    )
    return {run for (run,) in rows}
