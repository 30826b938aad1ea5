"""What higher apps add to exports: whom to export, and columns."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise

from rapport.core.access import Actor
from rapport.core.registration import Registry
from rapport.people.models import Person

Cells = Mapping[uuid.UUID, Mapping[str, str]]


def _no_cells(_query: str, _person_ids: Sequence[uuid.UUID], _headers: Sequence[str]) -> Cells:
    return {}


@dataclass(frozen=True, slots=True)
class ExportScope:
    """A way to say whom to export.

    `people(actor, query)` returns the persons whom the actor may see; `query` is whatever the scope understands.
    Raises Http404 for what does not exist. `headers` are (header, label) of columns that only this scope has, such as
    when somebody entered the segment; `read(query, person_ids, headers)` fills them.
    """

    name: str
    people: Callable[[Actor, str], QuerySet[Person]]
    headers: Sequence[tuple[str, str | Promise]] = ()
    read: Callable[[str, Sequence[uuid.UUID], Sequence[str]], Cells] = _no_cells


EXPORT_SCOPES: Registry[ExportScope] = Registry("export scope")


@dataclass(frozen=True, slots=True)
class ExportColumns:
    """Columns a higher app fills: `headers()` are (header, label), `read(ids, headers)` gives {person: {header: text}}.

    A header that an import column's `suggest` understands comes back in as what it was.
    """

    name: str
    headers: Callable[[], list[tuple[str, str | Promise]]]
    read: Callable[[Sequence[uuid.UUID], Sequence[str]], Cells]


EXPORT_COLUMNS: Registry[ExportColumns] = Registry("set of export columns")
