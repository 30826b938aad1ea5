"""Checks sending domains against DNS, keeps what was read, and lets published keys sign."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from django.db import transaction

from rapport.channels.email import checks
from rapport.channels.email.dns import Dns
from rapport.channels.email.models import DomainCheck, SendingDomain
from rapport.channels.email.services import domains
from rapport.channels.email.smtp import LOOPBACK, BadServer, Server
from rapport.channels.models import SenderIdentity
from rapport.channels.registry import UnknownChannel
from rapport.channels.services.connections import connected
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock

KEPT = dt.timedelta(days=90)
CHECKER = system("check of sending domains")


def check_all(clock: Clock = SYSTEM) -> int:
    """Checks every domain; returns how many there are."""
    rows = list(SendingDomain.objects.order_by("pk"))
    dns = Dns()
    for domain in rows:
        check_domain(actor=CHECKER, domain=domain, dns=dns, clock=clock)
    domains.forget_retired(clock.now())
    return len(rows)


def check_domain(
    *, actor: Actor, domain: SendingDomain, dns: Dns | None = None, clock: Clock = SYSTEM
) -> DomainCheck:
    """Reads DNS and the mail server, keeps the answers, and lets the newest published key sign."""
    actor.require("channels.edit")
    route = route_of(domain)
    keys = list(domain.keys.filter(retired_at=None).order_by("pk")) if route.signs else []
    results = checks.check(
        domain.name,
        [checks.Key(key.selector, key.public) for key in keys],
        route.server,
        dns or Dns(),
        checks.encryption,
        signs=route.signs,
    )
    published = {
        result.name for result in results if result.record == "dkim" and result.state == checks.RIGHT
    }
    ready = [key for key in keys if f"{key.selector}._domainkey.{domain.name}" in published]
    now = clock.now()
    with transaction.atomic():
        if ready and ready[-1].signing_since is None:
            domains.start_signing(actor=actor, key=ready[-1], clock=clock)
        domain.checks.filter(checked_at__lt=now - KEPT).delete()
        return DomainCheck.objects.create(
            domain=domain,
            checked_at=now,
            results=[asdict(result) for result in results],
            passed=not any(result.state in {checks.MISSING, checks.DIFFERS} for result in results),
        )


@dataclass(frozen=True, slots=True)
class Route:
    """How mail from a domain goes out: over a mail server and signed by us, or over a provider that signs itself."""

    server: Server | None = None
    signs: bool = True

    @property
    def is_local(self) -> bool:
        """Whether no stranger gets mail this way: nothing is set up, or it ends on this machine."""
        return self.signs and (self.server is None or self.server.host in LOOPBACK)


def route_of(domain: SendingDomain) -> Route:
    """The route of the stream whose sender is at the domain; marketing's when it is both or neither."""
    streams = [
        row.stream
        for row in SenderIdentity.objects.all()
        if f".{domains.normalised(row.address)}".endswith(f".{domain.name}")
    ]
    try:
        connection = connected("email", marketing=streams != [SenderIdentity.Stream.TRANSACTIONAL])
        if connection.adapter.key != "smtp":
            return Route(signs=False)
        return Route(Server.of(str(connection.settings["url"])))
    except (UnknownChannel, BadServer):
        return Route()
