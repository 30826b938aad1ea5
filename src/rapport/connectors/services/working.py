"""A job at work with a connected system: how it went is noted, and decides what becomes of the job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from rapport.connectors import queries
from rapport.connectors.asking import Api, Busy, Denied, Refused, Trouble
from rapport.connectors.models import Connector
from rapport.connectors.registry import Resource
from rapport.connectors.services import setup, standing
from rapport.core import crypto, jobs


@contextmanager
def at_work(job: jobs.RunningJob) -> Iterator[tuple[Connector, Api]]:
    """The connector and its API; how it went is noted, and decides whether the job is tried again."""
    connector = Connector.objects.select_related("source").filter(pk=job.payload["connector"]).first()
    if connector is None or connector.disabled_at is not None:
        raise jobs.JobFailed(_("It is disconnected or switched off."))
    now = job.clock.now()
    if connector.rests_until and connector.rests_until > now:
        raise jobs.Later(connector.rests_until - now)
    try:
        with setup.opened(connector) as api:
            try:
                yield connector, api
            finally:
                standing.count(connector, api, job.clock.now())
    except Trouble as error:
        _noted(connector, error, job)
    except crypto.Unreadable as error:
        _noted(connector, Denied(str(error)), job)
    else:
        standing.works(connector, job.clock.now())


def _noted(connector: Connector, error: Trouble, job: jobs.RunningJob) -> None:
    """Raises what the job does next."""
    standing.fails(connector, error, job.clock.now())
    if isinstance(error, Busy):
        raise jobs.Later(error.wait) from error
    if isinstance(error, Denied | Refused):
        raise jobs.JobFailed(str(error)) from error
    raise error


def resource_of(connector: Connector, key: str) -> Resource:
    resource = queries.kind_of(connector).resource(key)
    if resource is None:
        raise jobs.JobFailed(_("It has no such records."))
    return resource
