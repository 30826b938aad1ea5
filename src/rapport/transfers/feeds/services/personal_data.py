"""What webhooks and files hold about a person, and how it is forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet

from rapport.people.models import Identifier, Person
from rapport.transfers.models import FileFeed, FileRowError, FileRun, Received, Webhook


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    return {
        "received_payloads": [
            {"at": item.at.isoformat(), "source": item.webhook.source.name, "payload": item.body}
            for item in _payloads(person_ids).select_related("webhook__source")
        ],
        "file_rows": [{"row": row.row, "cells": row.cells} for row in _rows(person_ids)],
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    _forget_samples(person_ids)
    return {
        "transfers.FileRun": _forget_files(),
        "transfers.Received": _payloads(person_ids).delete()[0],
        "transfers.FileRowError": _rows(person_ids).delete()[0],
    }


def _values(person_ids: list[uuid.UUID]) -> list[str]:
    """Identifiers and shown addresses by which a text can name the person."""
    identifiers = Identifier.objects.filter(person_id__in=person_ids).values_list("value", flat=True)
    shown = Person.objects.filter(pk__in=person_ids).exclude(email="").values_list("email", flat=True)
    return sorted({*identifiers, *(address.lower() for address in shown)})


def _standing(field: str, person_ids: list[uuid.UUID]) -> Q:
    """Whether one of the identifiers stands in a text. Short ones would by chance."""
    condition = Q(pk=None)
    for value in _values(person_ids):
        if len(value) >= 6:
            condition |= Q(**{f"{field}__icontains": value})
    return condition


def _payloads(person_ids: list[uuid.UUID]) -> QuerySet[Received]:
    """Payloads in which one of the identifiers was found, or, where none could be read yet, stands somewhere."""
    condition = Q(identifiers__overlap=_values(person_ids)) | _standing("body", person_ids)
    return Received.objects.filter(condition)


def _rows(person_ids: list[uuid.UUID]) -> QuerySet[FileRowError]:
    """Rows of files in which one of the person's identifiers stands."""
    return FileRowError.objects.filter(_standing("cells", person_ids))


def _forget_samples(person_ids: list[uuid.UUID]) -> None:
    """A sample that names the person goes; the mapping made with it stays."""
    Webhook.objects.filter(_standing("sample", person_ids)).update(sample="")
    FileFeed.objects.filter(_standing("sample", person_ids)).update(sample="")


def _forget_files() -> int:
    """Files that could not be read, and will not be read again, may name anybody."""
    failed = list(FileRun.objects.filter(state=FileRun.State.FAILED).exclude(file=""))
    for run in failed:
        default_storage.delete(run.file)
    FileRun.objects.filter(pk__in=[run.pk for run in failed]).update(file="")
    return len(failed)
