"""How a connector stands: what was asked and answered, hour by hour, and what is wrong since when."""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from rapport.connectors.asking import Api, Busy, Trouble
from rapport.connectors.models import Connector
from rapport.core import sql

_ADD = """
    INSERT INTO connectors_connectorhour (connector_id, at, requests, failures, records, events)
    VALUES (%b, %b, %b, %b, %b, %b)
    ON CONFLICT (connector_id, at) DO UPDATE SET
        requests = connectors_connectorhour.requests + EXCLUDED.requests,
        failures = connectors_connectorhour.failures + EXCLUDED.failures,
        records = connectors_connectorhour.records + EXCLUDED.records,
        events = connectors_connectorhour.events + EXCLUDED.events
"""


# So long a system may ask us to wait before that is a failure.
PATIENCE = dt.timedelta(hours=1)


def count(
    connector: Connector, api: Api | None, now: dt.datetime, *, records: int = 0, events: int = 0
) -> None:
    """Adds what was done since the last time to this hour."""
    requests, failures = (api.requests, api.failures) if api else (0, 0)
    if api:
        api.requests = api.failures = 0
    hour = now.replace(minute=0, second=0, microsecond=0)
    sql.run(_ADD, [connector.pk, hour, requests, failures, records, events])


def works(connector: Connector, now: dt.datetime) -> None:
    """It answered as it should: what was wrong is over."""
    Connector.objects.filter(pk=connector.pk).update(
        last_success_at=now, trouble="", failing_since=None, failures=0, rests_until=None
    )


def fails(connector: Connector, error: Trouble, now: dt.datetime) -> None:
    """Notes what is wrong. To be asked for patience is no failure: it only rests."""
    rows = Connector.objects.filter(pk=connector.pk)
    if isinstance(error, Busy):
        rows.update(rests_until=now + error.wait)
        # Where it asks for nothing but that, it may be closed: somebody has to look.
        silent = rows.filter(failing_since=None, last_success_at__lt=now - PATIENCE)
        silent.update(failing_since=now, trouble=error.kind, last_error=str(error)[:1000], last_error_at=now)
        return
    rows.filter(failing_since=None).update(failing_since=now)
    rows.update(
        last_error_at=now, last_error=str(error)[:1000], trouble=error.kind, failures=F("failures") + 1
    )
