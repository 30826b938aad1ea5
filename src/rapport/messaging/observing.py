"""What messaging tells operators: rates that mailbox providers punish, mailboxes that are not read, and figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.observing import (
    ALARM_SOURCES,
    METRIC_SOURCES,
    RETENTIONS,
    Alarm,
    AlarmSource,
    Metric,
    MetricSource,
    Retention,
    Sample,
    delete_some,
)
from rapport.governance.models import MARKETING
from rapport.messaging.models import DeliverabilityDay, Delivery, IncomingMail, Mailbox
from rapport.messaging.queries import deliverability

UNREAD = dt.timedelta(hours=1)
RESULTS = ("offered", "accepted", "bounced", "returned", "complained")


def rates(now: dt.datetime) -> Iterator[Alarm]:
    """Complaints above 0.1 % and bounces above 2 % of the last week."""
    for sentence in deliverability.alarms(now.date()):
        advice = _("Send to fewer who do not open, and look where the addresses came from.")
        yield Alarm(sentence, advice, reverse("messaging:deliverability"))


def mailboxes(now: dt.datetime) -> Iterator[Alarm]:
    """Mailboxes that could not be read, or were not for an hour."""
    for row in Mailbox.objects.filter(disabled_at=None).order_by("id"):
        if row.has_failed or (row.last_success_at or row.created_at) < now - UNREAD:
            yield Alarm(
                _("The mailbox “%(name)s” is not read.") % {"name": row.name},
                row.last_error or _("Start `rapport worker`; nobody reads it at present."),
                reverse("messaging:mailbox", args=[row.pk]),
            )


def metrics(now: dt.datetime) -> list[Metric]:
    """The queue as it is, and what became of messages as counted every quarter of an hour."""
    queued = list(_by_stream(Q(state=Delivery.State.QUEUED)))
    uncertain = list(_by_stream(Q(state=Delivery.State.UNCERTAIN)))
    boxes = Mailbox.objects.filter(disabled_at=None).order_by("id")
    return [
        Metric(
            "rapport_messages_waiting",
            "Messages that wait to be sent.",
            [Sample(labels, row["count"]) for labels, row in queued],
        ),
        Metric(
            "rapport_messages_oldest_seconds",
            "For how long the oldest message that is due has waited.",
            [Sample(labels, _age(row["oldest"], now)) for labels, row in queued],
        ),
        Metric(
            "rapport_messages_retried",
            "Waiting messages of which a try has failed.",
            [Sample(labels, row["retried"]) for labels, row in queued],
        ),
        Metric(
            "rapport_messages_uncertain",
            "Messages of which nobody knows whether they arrived.",
            [Sample(labels, row["count"]) for labels, row in uncertain],
        ),
        *_results(),
        Metric(
            "rapport_mailbox_works",
            "1 while the mailbox is read.",
            [Sample({"mailbox": row.name}, 0 if row.has_failed else 1) for row in boxes],
        ),
    ]


def _by_stream(which: Q) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """({channel, stream}, counts) of deliveries."""
    rows = (
        Delivery.objects.filter(which)
        .order_by()
        .values("channel", marketing=Q(send__purpose__basis__in=MARKETING))
        .annotate(
            count=Count("pk"),
            retried=Count("pk", filter=Q(attempts__gt=0)),
            oldest=Min(Coalesce("not_before", "queued_at")),
        )
    )
    for row in rows:
        yield {"channel": row["channel"], "stream": _stream(row["marketing"])}, row


def _stream(marketing: bool) -> str:
    return "marketing" if marketing else "transactional"


def _age(since: object, now: dt.datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if isinstance(since, dt.datetime) else 0.0


def _results() -> Iterator[Metric]:
    sums = {name: Sum(name) for name in RESULTS}
    rows = list(DeliverabilityDay.objects.order_by().values("channel", "marketing").annotate(**sums))
    for name in RESULTS:
        yield Metric(
            f"rapport_messages_{name}_total",
            f"Messages that were {name}.",
            [
                Sample({"channel": row["channel"], "stream": _stream(row["marketing"])}, row[name] or 0)
                for row in rows
            ],
            is_counter=True,
        )


def forget_mails(before: dt.datetime, limit: int) -> int:
    """What came of them stays where it is kept."""
    return delete_some(IncomingMail.objects.filter(read_at__lt=before), limit)


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("deliverability", "messages.view", rates, 20))
    ALARM_SOURCES.register(AlarmSource("mailboxes", "channels.view", mailboxes, 30))
    METRIC_SOURCES.register(MetricSource("messaging", metrics))
    RETENTIONS.register(
        Retention("mails", gettext_lazy("Mails read"), lambda: settings.MAIL_DAYS, forget_mails)
    )
