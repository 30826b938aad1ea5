"""The plan as a file: JSON in the shape of Segment Protocols' tracking plans, and CSV with a line per property."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.ui.lists.columns import csv_value
from rapport.events.catalogue import reading, schemas, writing
from rapport.events.models import EventProperty, EventType

COLUMNS = (
    "event description category state mode property type required values pattern personal property_description"
).split()
MAX_EVENTS = 5_000


def plan_of(actor: Actor) -> dict[str, Any]:
    """Every event that is declared or deprecated, as a tracking plan."""
    events = reading.events(actor).exclude(state=EventType.State.SEEN).order_by("name")
    return {
        "display_name": "Rapport",
        "rules": {"events": [_event(event) for event in events.prefetch_related("properties")]},
    }


def _event(event: EventType) -> dict[str, Any]:
    schema = event.schema or {"type": "object"}
    labels = {
        "category": event.category,
        "state": event.state,
        "mode": event.mode,
        "renamed_to": event.renamed_to,
    }
    personal = [row.name for row in event.properties.all() if row.personal == EventProperty.Personal.YES]
    return {
        "name": event.name,
        "version": event.schema_version or 1,
        "description": event.description,
        "labels": {name: value for name, value in labels.items() if value},
        "rules": {
            "$schema": schemas.DIALECT,
            "type": "object",
            "properties": {"properties": schema} if event.schema else {},
        },
        "personal": personal,
    }


def csv_of(actor: Actor) -> str:
    """The same as CSV. Cells that a spreadsheet would run as a formula are led by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    events = reading.events(actor).exclude(state=EventType.State.SEEN).order_by("name")
    for event in events.prefetch_related("properties"):
        for row in _lines(event):
            writer.writerow([csv_value(cell) for cell in row])
    return out.getvalue()


def _lines(event: EventType) -> Iterable[list[str]]:
    head = [event.name, event.description, event.category, event.state, event.mode]
    declared = {row.name: row for row in schemas.rows_of(event.schema)}
    rows_by_name = {row.name: row for row in event.properties.all()}
    for name in sorted({*declared, *rows_by_name}) or [""]:
        row, seen = declared.get(name), rows_by_name.get(name)
        yield [
            *head,
            name,
            row.type if row else "",
            "yes" if row and row.required else "",
            "|".join(row.values) if row else "",
            row.pattern if row else "",
            seen.personal if seen else "",
            seen.description if seen else "",
        ]


@dataclass(slots=True)
class Entry:
    """One event as a file describes it. `schema` is None where the file says nothing of properties."""

    name: str
    description: str = ""
    category: str = ""
    state: str = ""
    mode: str = ""
    renamed_to: str = ""
    schema: dict[str, Any] | None = None
    personal: dict[str, str] = field(default_factory=dict)


def read(content: bytes) -> list[Entry]:
    """The events of a plan, JSON or CSV by its look. Raises ValidationError saying what is wrong and where."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(_("The file is not UTF-8.")) from error
    entries = _from_json(text) if text.lstrip()[:1] in {"{", "["} else _from_csv(text)
    if not entries:
        raise ValidationError(_("There is no event in the file."))
    if len(entries) > MAX_EVENTS:
        raise ValidationError(_("A plan has at most %(n)d events.") % {"n": MAX_EVENTS})
    for entry in entries:
        if entry.schema is not None:
            schemas.checked(entry.schema)
    return entries


def _from_json(text: str) -> list[Entry]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This is no JSON: %(why)s") % {"why": error}) from error
    rules = data.get("rules", data) if isinstance(data, dict) else {"events": data}
    events = rules.get("events") if isinstance(rules, dict) else None
    if not isinstance(events, list):
        raise ValidationError(_("A tracking plan has its events under “rules”, “events”."))
    return [_entry(document, at) for at, document in enumerate(events, 1)]


def _entry(document: Any, at: int) -> Entry:
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ValidationError(_("Event %(n)d has no name.") % {"n": at})
    rules, labels = document.get("rules"), document.get("labels")
    labels = labels if isinstance(labels, dict) else {}
    inner = rules.get("properties", {}) if isinstance(rules, dict) else {}
    schema = inner.get("properties") if isinstance(inner, dict) else None
    labelled: dict[str, Any] = {
        key: str(labels.get(key) or "") for key in ("category", "state", "mode", "renamed_to")
    }
    personal = dict.fromkeys((str(path) for path in document.get("personal") or []), "yes")
    return Entry(
        name.strip(), str(document.get("description") or ""), schema=schema, personal=personal, **labelled
    )


def _from_csv(text: str) -> list[Entry]:
    reader = csv.DictReader(io.StringIO(text))
    if "event" not in (reader.fieldnames or []):
        raise ValidationError(_("The first line must hold the column names, including “event”."))
    entries: dict[str, Entry] = {}
    rows: dict[str, list[schemas.PropertyRow]] = {}
    for line in reader:
        cell = {
            name: (value or "").strip().removeprefix("'")
            for name, value in line.items()
            if isinstance(value, str)
        }
        if not (name := cell.get("event", "")):
            continue
        cells: dict[str, Any] = {
            key: cell.get(key, "") for key in ("description", "category", "state", "mode")
        }
        entry = entries.setdefault(name, Entry(name, **cells))
        if property_name := cell.get("property", ""):
            entry.personal[property_name] = cell.get("personal", "")
            values = tuple(value for value in cell.get("values", "").split("|") if value)
            row = schemas.PropertyRow(
                property_name,
                cell.get("type", ""),
                cell.get("required") == "yes",
                values,
                cell.get("pattern", ""),
            )
            if row.type or row.required or row.values or row.pattern:
                rows.setdefault(name, []).append(row)
    for name, properties in rows.items():
        entries[name].schema = schemas.of_rows(properties, only_these=False)
    return list(entries.values())


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import would do to one event: `new`, `changed` or `same`, and whether its schema changes."""

    name: str
    what: str
    schema_changes: bool


def compared(actor: Actor, entries: list[Entry]) -> list[Difference]:
    """What importing would change, without changing it."""
    existing = {event.name: event for event in reading.events(actor)}
    return [_difference(entry, existing.get(entry.name)) for entry in entries]


def _difference(entry: Entry, event: EventType | None) -> Difference:
    schema = entry.schema is not None and (event is None or event.schema != entry.schema)
    if event is None:
        return Difference(entry.name, "new", schema)
    declared = (entry.description or event.description, entry.category or event.category)
    same = (
        not schema
        and declared == (event.description, event.category)
        and (entry.state or event.state) == event.state != EventType.State.SEEN
        and (entry.mode or event.mode) == event.mode
    )
    return Difference(entry.name, "same" if same else "changed", schema)


@transaction.atomic
def load(*, actor: Actor, entries: list[Entry]) -> int:
    """Declares every event of a file; what the file leaves out stays. Returns how many. Raises ValidationError."""
    for entry in entries:
        event = writing.declare(
            actor=actor, name=entry.name, description=entry.description, category=entry.category
        )
        mode = entry.mode if entry.mode in EventType.Mode.values else event.mode
        if entry.schema is not None or mode != event.mode:
            schema = entry.schema if entry.schema is not None else event.schema
            writing.set_schema(actor=actor, event_id=event.pk, schema=schema, mode=mode)
        for name, personal in entry.personal.items():
            if personal in {"yes", "no"}:
                writing.decide_property(actor=actor, event_id=event.pk, name=name, personal=personal)
        if entry.renamed_to:
            writing.rename(actor=actor, event_id=event.pk, to=entry.renamed_to)
        elif entry.state == EventType.State.DEPRECATED:
            about: dict[str, Any] = {
                "description": event.description,
                "category": event.category,
                "owner": event.owner,
            }
            writing.describe(actor=actor, event_id=event.pk, state=entry.state, **about)
    return len(entries)
