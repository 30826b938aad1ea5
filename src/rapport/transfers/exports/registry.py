"""The doors by which higher apps add people and columns to exports."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise

from rapport.core.access import Actor
from rapport.core.registration import Registry
from rapport.people.models import Person

Scope = Callable[[Actor, str], QuerySet[Person]]
# `people(actor, query)` returns the persons the actor may see; `query` is whatever the scope understands.
# Raises Http404 for what does not exist.
EXPORT_SCOPES: Registry[Scope] = Registry("export scope")


@dataclass(frozen=True, slots=True)
class ExportColumns:
    """Columns a higher app fills: `headers()` are (header, label), `read(ids, headers)` gives {person: {header: text}}.

    A header that an import column's `suggest` understands comes back in as what it was.
    """

    name: str
    headers: Callable[[], list[tuple[str, str | Promise]]]
    read: Callable[[Sequence[uuid.UUID], Sequence[str]], dict[uuid.UUID, dict[str, str]]]


EXPORT_COLUMNS: Registry[ExportColumns] = Registry("set of export columns")
