"""From records of another system to events and the catalogue: one road for full readings, looks and calls."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.commerce.services.items import checked
from rapport.connectors import queries
from rapport.connectors.asking import INCOMPLETE, UNREADABLE
from rapport.connectors.meanings import CUSTOMER_ID, number
from rapport.connectors.models import Connector, LeftOut
from rapport.connectors.registry import Context, Raw, Resource, Told
from rapport.connectors.services import catalogue, mirroring
from rapport.connectors.telling import Unfit
from rapport.events.services import log
from rapport.events.services.cleaning import Rejected
from rapport.events.services.envelope import Event

logger = logging.getLogger("rapport.connectors")
MOVES_STOCK = frozenset({"Order Completed", "Order Refunded"})
RECENT = dt.timedelta(days=1)


@dataclass(slots=True)
class Taken:
    """What records came to: events for the log, rows for the catalogue, who is in them, and what could not be read."""

    events: list[Event] = field(default_factory=list)
    goods: dict[str, catalogue.Goods] = field(default_factory=dict)
    identifiers: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    accounts: set[str] = field(default_factory=set)
    bought: dict[str, set[str]] = field(default_factory=dict)
    incomplete: set[tuple[str, str]] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    mirror: mirroring.Mirror | None = None


def context_of(connector: Connector) -> Context:
    shown = dict(connector.settings)
    return Context(connector.kind, connector.store, shown, connector.details)


def read(connector: Connector, resource: Resource, rows: Iterable[Raw], now: dt.datetime) -> Taken:
    """What the records say; nothing is written. A record is taken as a whole or not at all."""
    taken, context = Taken(), context_of(connector)
    rows = [row for row in rows if isinstance(row, dict)]
    taken.mirror = mirror = mirroring.of(connector, resource, rows)
    for row in rows:
        name = name_of(resource, row)
        try:
            content = _content(resource, row, context)
            calls = mirror.news(name, row, content) if mirror else content.calls
            events = [call.event_for_log(now) for call in calls]
            items = [checked(item) for item in content.items]
            changed_at = resource.changed(row) if items else None
        except ValidationError as error:
            taken.left_out[name] = "; ".join(error.messages)
        except (Rejected, *UNREADABLE) as error:
            logger.info("%s %s could not be read (%s)", resource.key, name, type(error).__name__)
            taken.left_out[name] = reason_of(error)
            if INCOMPLETE in row and name != "?":
                taken.incomplete.add((resource.key, name))
        else:
            taken.events += events
            if items:
                taken.goods[name] = catalogue.Goods(changed_at, items)
            taken.read.append(name)
            taken.identifiers |= _identifiers(content)
            taken.accounts |= _accounts(content)
            _note_bought(taken, content, now)
    return taken


def _note_bought(taken: Taken, content: Told, now: dt.datetime) -> None:
    """Which products a new order or refund moved, by each of their names."""
    for call in content.calls:
        if call.event in MOVES_STOCK and call.at > now - RECENT:
            for line in call.properties.get("products") or ():
                for name in ("product_id", "variant_id", "sku"):
                    if number(line.get(name)):
                        taken.bought.setdefault(name, set()).add(str(line[name]))


def name_of(resource: Resource, row: Raw) -> str:
    """What a record is called among those that were left out; “?” for one without a number."""
    try:
        return number(resource.identity(row)) or "?"
    except UNREADABLE:
        return "?"


def _content(resource: Resource, row: Raw, context: Context) -> Told:
    """What a record says. Raises one of UNREADABLE."""
    if INCOMPLETE in row:
        raise Unfit(row[INCOMPLETE])
    if name_of(resource, row) == "?":
        raise Unfit(_("It has no “%(field)s”.") % {"field": "id"})
    content = resource.read(row, context)
    for call in content.calls:
        if call.event in {"Order Completed", "Order Updated"} and (call.properties.get("total") or 0) < 0:
            raise Unfit(_("Its total is less than nothing."))
    return content


def _accounts(content: Told) -> set[str]:
    """Customers of whom it has nothing but their number: whoever they are, their own record says."""
    return {
        id for call in content.calls for kind, id in call.who.ids.items()
        if kind == CUSTOMER_ID and not call.who.email
    }  # fmt: skip


def reason_of(error: Exception) -> str:
    """In words, without what stands in the record."""
    match error:
        case Unfit():
            return str(error)[:500]
        case Rejected():
            return _("A value in it cannot be kept: %(why)s") % {"why": str(error)[:200]}
        case KeyError():
            return _("It has no “%(field)s”.") % {"field": str(error.args[0])[:60]}
        case ArithmeticError():
            return _("An amount in it is no number.")
        case UnicodeError():
            return _("A text in it is none.")
        case RecursionError():
            return _("It has too many parts within parts.")
        case ValueError():
            return _("A number or a moment in it cannot be read.")
    return _("A part of it has another shape than documented.")


def _identifiers(content: Told) -> set[str]:
    return {text[:1000] for call in content.calls for text in call.who.identifiers}


def write(
    connector: Connector, resource: Resource, taken: Taken, now: dt.datetime, *, announce: bool
) -> None:
    """In the caller's transaction. `announce`: customers hear of prices and stock that changed."""
    if taken.events:
        log.append(connector.source_id, taken.events, now)
    catalogue.write(connector, resource, taken.goods, now, announce=announce)
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


def resource_of(connector: Connector, key: str) -> Resource | None:
    return queries.kind_of(connector).resource(key)
