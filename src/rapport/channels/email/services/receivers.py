"""Which provider takes the mail of a domain: known by name, or by the mail servers that its DNS names.

Nothing that sends ever asks DNS. A domain that mail goes to for the first time is noted and counts as a provider of its
own; a job looks its mail servers up soon after, and again every month. Without a name server all goes on as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import transaction
from django.db.models import F, Q

from rapport.channels.email.dns import Dns, Unanswered
from rapport.channels.email.groups import group_of, provider_behind
from rapport.channels.email.models import ReceivingDomain
from rapport.core.clock import SYSTEM, Clock

AGAIN, AFTER_FAILURE = dt.timedelta(days=30), dt.timedelta(hours=6)
BATCH, AT_ONCE = 500, 8
# Some domains have broken name servers; when so many do not answer, it is ours that is gone.
MOST_FAILURES = 25
FORGOTTEN = dt.timedelta(days=400)


def providers_of(addresses: Iterable[str]) -> dict[str, str]:
    """{address or domain: the provider it counts to}. One query."""
    named = {address: group_of(address) for address in addresses}
    rows = ReceivingDomain.objects.filter(name__in=set(named.values())).exclude(provider="")
    behind = dict(rows.values_list("name", "provider"))
    return {address: behind.get(name, name) for address, name in named.items()}


def note(addresses: Collection[str]) -> None:
    """Has domains looked up that mail goes to for the first time."""
    names = {name for address in addresses if "." in (name := group_of(address)) and len(name) <= 253}
    noted = set(ReceivingDomain.objects.filter(name__in=names).values_list("name", flat=True))
    rows = [ReceivingDomain(name=name) for name in sorted(names - noted)]
    if rows:
        # Not within a claim: another sender that meets the same new domain would wait for its end.
        transaction.on_commit(lambda: ReceivingDomain.objects.bulk_create(rows, ignore_conflicts=True))


def look_up(clock: Clock = SYSTEM, dns: Dns | None = None) -> int:
    """Looks up the mail servers of domains that are due; returns of how many an answer came."""
    now, dns = clock.now(), dns or Dns(most_failures=MOST_FAILURES)
    ReceivingDomain.objects.filter(asked_at__lt=now - FORGOTTEN).delete()
    due = Q(asked_at=None) | Q(asked_at__lt=now - AGAIN) | Q(failed=True, asked_at__lt=now - AFTER_FAILURE)
    rows = list(
        ReceivingDomain.objects.filter(due).order_by(F("asked_at").asc(nulls_first=True), "name")[:BATCH]
    )
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="mx") as threads:
        answers = list(threads.map(lambda row: _servers(row.name, dns), rows))
    for row, servers in zip(rows, answers, strict=True):
        row.asked_at, row.failed = now, servers is None
        if servers is not None:
            row.provider = provider_behind(servers)
    ReceivingDomain.objects.bulk_update(rows, ["asked_at", "failed", "provider"])
    return sum(servers is not None for servers in answers)


def _servers(domain: str, dns: Dns) -> list[str] | None:
    """The names of a domain's mail servers; None when nobody answered."""
    try:
        return [line.partition(" ")[2].rstrip(".").lower() for line in dns.mx(domain)]
    except (Unanswered, OSError, UnicodeError):
        return None
