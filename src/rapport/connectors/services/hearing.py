"""Calls from outside: what a system says of itself, read in the transaction that stores it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from rapport.connectors import queries
from rapport.connectors.asking import UNREADABLE
from rapport.connectors.meanings import number
from rapport.connectors.models import Connector
from rapport.connectors.services import catalogue, reading, setup, standing, taking
from rapport.core.access import system
from rapport.transfers.feeds.registry import PAYLOAD_READERS, PayloadReader, Read


def read(source_id: int, payload: Any, headers: dict[str, str], now: dt.datetime) -> Read:
    """What the call brings, by the same road as what is fetched; records that it only names are asked for."""
    connector = Connector.objects.filter(source_id=source_id).first()
    kind = queries.kind_of(connector) if connector else None
    if connector is None or kind is None or kind.hooks is None or not isinstance(payload, dict):
        return Read(troubles=["it is no call of a connector"])
    answer = Read(met=False)
    try:
        calls = kind.hooks.heard(payload, headers)
    except UNREADABLE as error:
        return Read(troubles=[taking.reason_of(error)])
    for heard in calls:
        resource = kind.resource(heard.resource)
        if resource is None:
            continue
        if not number(heard.id):
            return Read(troubles=[_("It has no “%(field)s”.") % {"field": "id"}])
        answer.met = True
        if heard.row is None:
            reading.record_soon(connector, heard.resource, heard.id, actor=system("connectors"))
            continue
        taken = taking.read(connector, resource, [heard.row], now)
        answer.troubles += [f"{resource.key} {name}: {why}" for name, why in taken.left_out.items()]
        answer.events += taken.events
        answer.identifiers |= taken.identifiers
        catalogue.write(connector, resource, taken.goods, now, announce=True)
        reading.ask_for(connector, taken)
        if taken.mirror:
            taken.mirror.write(now)
        connector.left_out.filter(resource=resource.key, external_id__in=taken.read).delete()
    if answer.met and not answer.troubles:
        standing.count(connector, None, now, records=1, events=len(answer.events))
    return answer


def register() -> None:
    PAYLOAD_READERS.register(PayloadReader(setup.READER, read))
