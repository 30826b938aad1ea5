"""Reads of sending domains, their keys and their checks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.channels.email import wording
from rapport.channels.email.checks import UNKNOWN, dkim_record
from rapport.channels.email.models import DkimKey, DomainCheck, ProviderPace, SendingDomain
from rapport.channels.models import SenderIdentity
from rapport.core.access import Actor
from rapport.people.normalise import normalise

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Record:
    """One result of a check in words."""

    record: str
    label: str | Promise
    state: str
    state_label: str | Promise
    tone: str
    name: str
    kind: str
    expected: str
    read: list[str]
    words: str | Promise


def all_domains(actor: Actor) -> QuerySet[SendingDomain]:
    """Raises Http404."""
    if not actor.may("channels.view"):
        raise Http404
    return SendingDomain.objects.order_by("name")


def domains(actor: Actor) -> QuerySet[SendingDomain]:
    """All domains, each with `latest`: its newest check in a list, or none. Raises Http404."""
    newest = DomainCheck.objects.order_by("domain", "-checked_at").distinct("domain")
    signing = DkimKey.objects.filter(signing_since__isnull=False, retired_at=None)
    return all_domains(actor).prefetch_related(
        Prefetch("checks", newest, "latest"), Prefetch("keys", signing, "signing_keys")
    )


def domain_for(actor: Actor, domain_id: int) -> SendingDomain:
    """Raises Http404."""
    return get_object_or_404(domains(actor), pk=domain_id)


def keys(domain: SendingDomain) -> list[DkimKey]:
    """Newest first, with `record`: the text that has to stand in DNS."""
    rows = list(domain.keys.order_by("-pk"))
    for row in rows:
        row.record = dkim_record(row.public)  # type: ignore[attr-defined]
    return rows


def latest_check(domain: SendingDomain) -> DomainCheck | None:
    return domain.checks.order_by("-checked_at").first()


def records(check: DomainCheck) -> list[Record]:
    """The results of a check as a page shows them, what is wrong first."""
    rows = [_record(result) for result in check.results]
    return sorted(rows, key=lambda row: row.tone in {"good", ""})


def _record(result: dict[str, Any]) -> Record:
    label, tone = wording.STATES[result["state"]]
    return Record(
        record=result["record"],
        label=wording.RECORDS[result["record"]],
        state=result["state"],
        state_label=label,
        tone=tone,
        name=result["name"],
        kind=result["kind"],
        expected=result["expected"],
        read=result["read"],
        words=wording.PROBLEMS.get(result["problem"], ""),
    )


def answer_address(reply_to: str) -> str:
    """Where the writer of a mail wants answers, by its Reply-To; empty if that is no address, or one of our own."""
    address = normalise("email", parseaddr(reply_to[:1_000])[1]) or ""
    rows = SenderIdentity.objects.values_list("address", "reply_to") if address else ()
    return "" if address in {own.lower() for pair in rows for own in pair} else address


def paces(actor: Actor) -> QuerySet[ProviderPace]:
    """Mailbox providers that have a limit or rested once. Raises Http404."""
    if not actor.may("channels.view"):
        raise Http404
    return ProviderPace.objects.order_by("provider")


def problems() -> list[str]:
    """What the newest checks of all domains found wrong, in sentences; for operators."""
    newest = DomainCheck.objects.order_by("domain", "-checked_at").distinct("domain").select_related("domain")
    return [
        f"{check.domain.name}: {row.words}"
        for check in newest
        if not check.passed
        for row in records(check)
        if row.state != UNKNOWN and row.words
    ]


def unproven(hosts: list[str]) -> list[str]:
    """The hosts of From addresses whose mail nothing signs."""
    signing = set(
        DkimKey.objects.filter(signing_since__isnull=False, retired_at=None).values_list(
            "domain__name", flat=True
        )
    )
    return [host for host in hosts if not any(host == name or host.endswith(f".{name}") for name in signing)]


def share_of(domain: SendingDomain, day: dt.date) -> int | None:
    """How many messages the warm-up plan allows on a day; None: as many as there are."""
    if domain.warmup_from is None:
        return None
    days = max(0, (day - domain.warmup_from).days)
    share = domain.warmup_first * (1 + domain.warmup_growth / 100) ** min(days, 1_000)
    return None if share >= domain.warmup_target else int(share)
