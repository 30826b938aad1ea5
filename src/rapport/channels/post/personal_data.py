"""What letters hold about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.db import transaction

from rapport.channels.post import services
from rapport.channels.post.models import Mailpiece, PrintFile
from rapport.core.registry import PersonalData

FIELDS = (
    "channels.Mailpiece.person",
    "channels.Mailpiece.address",
    "channels.Mailpiece.subject",
    "channels.Mailpiece.body",
    "channels.PrintFile.path",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Every letter to the person."""
    rows = Mailpiece.objects.filter(person_id__in=person_ids).order_by("created_at", "pk")
    return {
        "letters": [
            {
                "code": row.code,
                "address": row.address,
                "subject": row.subject,
                "body": row.body,
                "purpose": row.purpose,
                "created_at": row.created_at.isoformat(),
                "state": row.state,
            }
            for row in rows
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """The letters are gone, and so are the files that hold one; these can be document again without it."""
    rows = Mailpiece.objects.filter(person_id__in=person_ids)
    files = PrintFile.objects.filter(pk__in=rows.values("print_file")).exclude(path="")
    for path in list(files.values_list("path", flat=True)):
        transaction.on_commit(partial(services.remove, path))
    emptied = files.update(path="", size=0)
    removed, _kinds = rows.delete()
    return {"channels_mailpiece": removed, "channels_printfile": emptied}


HOLDER = PersonalData("letters", FIELDS, export, erase)
