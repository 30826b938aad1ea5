"""Checks sending domains against DNS, keeps what was read, and lets published keys sign."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from django.db import transaction

from rapport.channels.email import checks
from rapport.channels.email.dns import Dns
from rapport.channels.email.models import DomainCheck, SendingDomain
from rapport.channels.email.services import domains
from rapport.channels.email.smtp import BadServer, Server
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
    keys = list(domain.keys.filter(retired_at=None).order_by("pk"))
    results = checks.check(
        domain.name,
        [checks.Key(key.selector, key.public) for key in keys],
        mail_server(),
        dns or Dns(),
        checks.encryption,
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


def mail_server() -> Server | None:
    """The mail server that marketing goes over; None when a provider's API sends it, or nothing is set up."""
    try:
        connection = connected("email", marketing=True)
        return Server.of(str(connection.settings["url"])) if connection.adapter.key == "smtp" else None
    except (UnknownChannel, BadServer):
        return None
