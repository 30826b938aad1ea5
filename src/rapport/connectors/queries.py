"""Reads of connectors: how each stands, what it did, and what it could not read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet, Sum
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.connectors.meanings import CUSTOMER_ID, customers_begin
from rapport.connectors.models import (
    Connector,
    ConnectorHour,
    ConnectorResource,
    Difference,
    LeftOut,
    Outgoing,
)
from rapport.connectors.registry import CONNECTORS, ConnectorKind
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.links import RecordUse, UseFinder
from rapport.events.registry import SourceState
from rapport.people import queries as people
from rapport.people.models import Identifier, Person
from rapport.segments.models import Segment
from rapport.transfers.models import Received, Webhook

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Health:
    """The last day of a connector: requests, how many failed, records, events; and what waits for somebody.

    `call_lag` and `write_lag`: for how many seconds the oldest call, and the oldest thing to write, has waited.
    """

    requests: int = 0
    failures: int = 0
    records: int = 0
    events: int = 0
    left_out: int = 0
    failed_calls: int = 0
    call_lag: int = 0
    write_lag: int = 0

    @property
    def error_rate(self) -> float:
        return self.failures / self.requests if self.requests else 0.0


def connectors(actor: Actor) -> QuerySet[Connector]:
    """All of them by name. Raises Http404."""
    if not actor.may("connectors.view"):
        raise Http404
    return Connector.objects.select_related("source", "job").order_by("name", "id")


def connector_for(actor: Actor, connector_id: uuid.UUID, *, lock: bool = False) -> Connector:
    """Raises Http404."""
    rows = connectors(actor)
    rows = rows.select_for_update(of=("self",)) if lock else rows
    row = rows.filter(pk=connector_id).first()
    if row is None:
        raise Http404("no such connector")
    return row


def connector_of_source(actor: Actor, source_id: int) -> Connector:
    """Raises Http404."""
    row = connectors(actor).filter(source_id=source_id).first()
    if row is None:
        raise Http404("no such connector")
    return row


def kind_of(connector: Connector) -> ConnectorKind:
    """Raises Http404 for one whose kind this version does not have."""
    try:
        return CONNECTORS[connector.kind]
    except KeyError:
        raise Http404("no such kind of connector") from None


def resources(connector: Connector) -> list[ConnectorResource]:
    """In the order in which they are read."""
    order = [resource.key for resource in kind_of(connector).resources]
    rows = [row for row in connector.resources.all() if row.key in order]
    return sorted(rows, key=lambda row: order.index(row.key))


def left_out(connector: Connector) -> QuerySet[LeftOut]:
    """Newest first."""
    return connector.left_out.order_by("-at", "-pk")


def _of_segments(segment_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[RecordUse]]:
    """Connectors that write these as tags: while one does, its segment stays."""
    keys = dict(Segment.objects.filter(pk__in=segment_ids).values_list("key", "pk"))
    uses: dict[uuid.UUID, list[RecordUse]] = {}
    for row in Connector.objects.exclude(writes={}).order_by("name", "id"):
        for key in keys.keys() & set(row.writes.get("tags") or ()):
            address = reverse("connectors:connector", args=[row.pk])
            uses.setdefault(keys[key], []).append(RecordUse("connector", row.name, address, blocks=True))
    return uses


FINDER = UseFinder("connectors of segments", "segment", _of_segments)


def health(connectors: Iterable[Connector], now: dt.datetime | None = None) -> dict[uuid.UUID, Health]:
    """{connector: its last day}. Five queries."""
    by_source = {row.source_id: row.pk for row in connectors}
    ids = list(by_source.values())
    since = (now or SYSTEM.now()) - DAY
    names = ("requests", "failures", "records", "events")
    sums = ConnectorHour.objects.filter(connector_id__in=ids, at__gte=since).values("connector_id").order_by()
    values: dict[uuid.UUID, dict[str, int]] = {pk: {} for pk in ids}
    for row in sums.annotate(**{f"all_{name}": Sum(name) for name in names}):
        values[row["connector_id"]] = {name: row[f"all_{name}"] for name in names}
    missing = LeftOut.objects.filter(connector_id__in=ids).values_list("connector_id").order_by()
    for pk, count in missing.annotate(Count("pk")):
        values[pk]["left_out"] = count
    failed = Received.objects.filter(state=Received.State.FAILED, webhook__source_id__in=list(by_source))
    for source_id, count in failed.values_list("webhook__source_id").order_by().annotate(Count("pk")):
        values[by_source[source_id]]["failed_calls"] = count
    moment = now or SYSTEM.now()
    waiting = Received.objects.filter(state=Received.State.WAITING, webhook__source_id__in=list(by_source))
    for source_id, oldest in waiting.values_list("webhook__source_id").order_by().annotate(Min("at")):
        values[by_source[source_id]]["call_lag"] = max(0, int((moment - oldest).total_seconds()))
    due = Outgoing.objects.filter(connector_id__in=ids, state=Outgoing.State.WAITING).order_by()
    for pk, oldest in due.values_list("connector_id").annotate(Min("queued_at")):
        values[pk]["write_lag"] = max(0, int((moment - oldest).total_seconds()))
    return {pk: Health(**given) for pk, given in values.items()}


def webhook(connector: Connector) -> Webhook | None:
    """The address at which it is told of changes; none until it is asked for."""
    return Webhook.objects.filter(source_id=connector.source_id).first()


def address(hook: Webhook) -> str:
    return settings.PUBLIC_URL + reverse("transfers:inbound", args=[hook.token])


def failed_calls(connector: Connector) -> QuerySet[Received]:
    """Calls from outside that could not be read, newest first; their content is not shown."""
    rows = Received.objects.filter(webhook__source_id=connector.source_id, state=Received.State.FAILED)
    return rows.defer("body").order_by("-pk")


@dataclass(frozen=True, slots=True)
class Concerned:
    """A row about a customer of a system; `person` is null where nobody is, or nobody the actor may see."""

    row: Any
    person: Person | None


def outgoing_counts(connector: Connector) -> dict[str, int]:
    """{state: how many}; groups of codes are none of them."""
    rows = connector.outgoing.exclude(thing=Outgoing.Thing.GROUP).order_by()
    return dict(rows.values_list("state").annotate(Count("pk")))


def not_written(actor: Actor, connector: Connector, limit: int) -> list[Concerned]:
    """What was refused, or waits after a failure, newest first."""
    stuck = Q(state=Outgoing.State.REFUSED) | Q(state=Outgoing.State.WAITING, tries__gt=0)
    rows = list(connector.outgoing.filter(stuck).order_by("-queued_at", "-pk")[:limit])
    customers = {row.subject for row in rows if row.thing == Outgoing.Thing.CUSTOMER}
    who = _persons(actor, connector, customers)
    return [
        Concerned(row, who.get(row.subject) if row.thing == Outgoing.Thing.CUSTOMER else None) for row in rows
    ]


def differences(actor: Actor, connector: Connector, limit: int) -> list[Concerned]:
    """Those that wait for a decision, oldest first; of persons that the actor may see."""
    rows = list(connector.differences.filter(winner="").order_by("at", "pk")[:limit])
    who = _persons(actor, connector, {row.customer for row in rows})
    return [Concerned(row, who[row.customer]) for row in rows if row.customer in who]


def sees_customer(actor: Actor, connector: Connector, customer: str) -> bool:
    """Whether a customer of a system is a person that the actor may see."""
    return bool(_persons(actor, connector, [customer]))


def _persons(actor: Actor, connector: Connector, customers: Iterable[str]) -> dict[str, Person]:
    begin = customers_begin(connector.kind, connector.store)
    values = Identifier.objects.filter(type=CUSTOMER_ID, value__in=[begin + name for name in customers])
    names = {person: value.removeprefix(begin) for person, value in values.values_list("person_id", "value")}
    return {names[row.pk]: row for row in people.people(actor).filter(pk__in=names)}


@dataclass(frozen=True, slots=True)
class Shop:
    """A system that somebody is a customer of: what was written of them, and what was decided."""

    connector: Connector
    customer: str
    outgoing: Outgoing | None
    differences: list[Difference]


def shops_of(actor: Actor, person: Person) -> list[Shop]:
    """Where they are a customer. Raises Http404."""
    rows = list(connectors(actor))
    numbers = list(Identifier.objects.filter(person=person, type=CUSTOMER_ID).values_list("value", flat=True))
    pairs = [
        (row, value.removeprefix(begin))
        for row in rows
        for value in numbers
        if value.startswith(begin := customers_begin(row.kind, row.store))
    ]
    customers, where = [customer for _row, customer in pairs], {row.pk for row, _customer in pairs}
    written = Outgoing.objects.filter(
        connector__in=where, thing=Outgoing.Thing.CUSTOMER, subject__in=customers
    )
    sent = {(row.connector_id, row.subject): row for row in written}
    decided: dict[tuple[uuid.UUID, str], list[Difference]] = {}
    noted = Difference.objects.filter(connector__in=where, customer__in=customers)
    for entry in noted.order_by("-at", "-pk"):
        decided.setdefault((entry.connector_id, entry.customer), []).append(entry)
    return [
        Shop(row, customer, sent.get((row.pk, customer)), decided.get((row.pk, customer), []))
        for row, customer in pairs
    ]


def states(source_ids: list[int]) -> dict[int, SourceState]:
    """How connectors fare, for the list of sources. One query."""
    return {row.source_id: _state(row) for row in Connector.objects.filter(source_id__in=source_ids)}


def _state(row: Connector) -> SourceState:
    if row.disabled_at:
        return SourceState(str(_("Off")), "", row.last_success_at)
    if row.failing_since:
        return SourceState(row.get_trouble_display(), "bad", row.last_success_at, row.failures)
    label, tone = (_("Works"), "good") if row.last_success_at else (_("Waiting"), "")
    return SourceState(str(label), tone, row.last_success_at)
