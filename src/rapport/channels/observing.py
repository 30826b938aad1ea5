"""What channels tell operators: accounts and domains in trouble, figures, and what is kept how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.email import queries as domains
from rapport.channels.email.models import ProviderPace
from rapport.channels.models import ChannelAccount, Device, InboxMessage
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


def accounts_in_trouble(_now: dt.datetime) -> Iterator[Alarm]:
    """Accounts in use whose last attempt failed."""
    for row in ChannelAccount.objects.filter(disabled_at=None).order_by("channel", "id"):
        if row.has_failed:
            yield Alarm(
                _("The account “%(name)s” does not work.") % {"name": row.name},
                row.last_error or _("Test it, and mend its settings."),
                reverse("channels:account", args=[row.pk]),
            )


def domains_in_trouble(_now: dt.datetime) -> Iterator[Alarm]:
    """Sending domains that mailbox providers cannot believe."""
    for problem in domains.problems():
        yield Alarm(
            _("A sending domain is not set up: %(problem)s") % {"problem": problem},
            _("Its page has the DNS records to copy."),
            reverse("channels:senders"),
        )


def metrics(now: dt.datetime) -> list[Metric]:
    """Health of each account, and who asked to be sent to more slowly."""
    rows = list(ChannelAccount.objects.filter(disabled_at=None).order_by("id"))
    names = [{"channel": row.channel, "account": row.name, "stream": row.stream} for row in rows]
    resting = ProviderPace.objects.filter(rests_until__gt=now).order_by("provider")
    return [
        Metric(
            "rapport_channel_account_works",
            "1 unless the last attempt over the account failed.",
            [Sample(name, 0 if row.has_failed else 1) for name, row in zip(names, rows, strict=True)],
        ),
        Metric(
            "rapport_channel_account_calls_refused_total",
            "Calls of the provider that were not taken: not proved, or not to be read.",
            [Sample(name, row.calls_refused) for name, row in zip(names, rows, strict=True)],
            is_counter=True,
        ),
        Metric(
            "rapport_mailbox_provider_rests",
            "How many times in a row a mailbox provider that rests now asked for fewer messages.",
            [Sample({"provider": row.provider}, row.strikes) for row in resting],
        ),
    ]


def forget_inbox(before: dt.datetime, limit: int) -> int:
    return delete_some(InboxMessage.objects.filter(created_at__lt=before), limit)


def forget_devices(before: dt.datetime, limit: int) -> int:
    return delete_some(Device.objects.filter(Q(gone_at__lt=before)), limit)


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("channel accounts", "channels.view", accounts_in_trouble, 10))
    ALARM_SOURCES.register(AlarmSource("sending domains", "channels.view", domains_in_trouble, 15))
    METRIC_SOURCES.register(MetricSource("channels", metrics))
    for name, label, days, forget in (
        ("inbox", gettext_lazy("Messages in apps"), lambda: settings.INBOX_DAYS, forget_inbox),
        ("devices", gettext_lazy("Devices that have ended"), lambda: settings.DEVICE_DAYS, forget_devices),
    ):
        RETENTIONS.register(Retention(name, label, days, forget))
