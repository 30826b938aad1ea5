"""From records of another system to events and the catalogue: one road for full readings, looks and calls."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.commerce.services import products
from rapport.commerce.services.items import Item, checked
from rapport.connectors import queries
from rapport.connectors.models import Connector, LeftOut
from rapport.connectors.registry import Context, Raw, Resource, Told
from rapport.connectors.services import mirroring
from rapport.events.services import log
from rapport.events.services.cleaning import Rejected
from rapport.events.services.envelope import Event

logger = logging.getLogger("rapport.connectors")
# What a record may be that is not as its documentation says.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, OverflowError)


@dataclass(slots=True)
class Taken:
    """What records came to: events for the log, rows for the catalogue, who is in them, and what could not be read."""

    events: list[Event] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    mirror: mirroring.Mirror | None = None


def context_of(connector: Connector) -> Context:
    shown = dict(connector.settings)
    return Context(connector.kind, connector.store, shown, connector.details)


def read(connector: Connector, resource: Resource, rows: Iterable[Raw], now: dt.datetime) -> Taken:
    """What the records say; nothing is written. A record is taken as a whole or not at all."""
    taken, context = Taken(), context_of(connector)
    rows = list(rows)
    taken.mirror = mirror = mirroring.of(connector, resource, rows)
    for row in rows:
        try:
            name = resource.identity(row)[:200]
        except UNREADABLE:
            name = "?"
        try:
            content = resource.read(row, context)
            calls = mirror.news(name, row, content) if mirror else content.calls
            events = [call.event_for_log(now) for call in calls]
            items = [checked(item) for item in content.items]
        except ValidationError as error:
            taken.left_out[name] = "; ".join(error.messages)
        except (Rejected, *UNREADABLE) as error:
            logger.info("%s %s could not be read (%s)", resource.key, name, type(error).__name__)
            taken.left_out[name] = reason_of(error)
        else:
            taken.events += events
            taken.items += items
            taken.read.append(name)
            taken.identifiers |= _identifiers(content)
    return taken


def reason_of(error: Exception) -> str:
    """In words, without what stands in the record."""
    match error:
        case KeyError():
            return _("It has no “%(field)s”.") % {"field": str(error.args[0])[:60]}
        case ArithmeticError():
            return _("An amount in it is no number.")
        case TypeError() | AttributeError():
            return _("A part of it has another shape than documented: %(error)s") % {
                "error": str(error)[:200]
            }
    return str(error)[:500]


def _identifiers(content: Told) -> set[str]:
    return {text[:1000] for call in content.calls for text in call.who.identifiers}


def write(
    connector: Connector, resource: Resource, taken: Taken, now: dt.datetime, *, announce: bool
) -> None:
    """In the caller's transaction. `announce`: customers hear of prices and stock that changed."""
    if taken.events:
        log.append(connector.source_id, taken.events, now)
    write_items(connector, taken, now, announce=announce)
    if taken.mirror:
        taken.mirror.write(now)
    rows = connector.left_out.filter(resource=resource.key)
    rows.filter(external_id__in=taken.read).delete()
    LeftOut.objects.bulk_create(
        [
            LeftOut(connector=connector, resource=resource.key, external_id=name, reason=reason[:2000], at=now)
            for name, reason in taken.left_out.items()
        ],
        update_conflicts=True, unique_fields=["connector", "resource", "external_id"],
        update_fields=["reason", "at"],
    )  # fmt: skip


def write_items(connector: Connector, taken: Taken, now: dt.datetime, *, announce: bool) -> None:
    """One row a variant, the last word for each: two of one in a block would be written twice."""
    items = {(item.product, item.variant): item for item in taken.items}
    if items:
        shop = products.catalogue(connector.store)
        products.write(shop=shop, items=list(items.values()), announce=announce, now=now)


def resource_of(connector: Connector, key: str) -> Resource | None:
    return queries.kind_of(connector).resource(key)
