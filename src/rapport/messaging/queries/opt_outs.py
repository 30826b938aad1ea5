"""How often messages make people leave, to expect what more of them would."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q

from rapport.messaging.models import Delivery, Engagement

FEWEST = 100  # messages, below which a rate says nothing


def opt_out_rate(since: dt.datetime) -> float | None:
    """The share of messages since then after which somebody unsubscribed; None while there are too few."""
    left = Q(engagements__kind=Engagement.Kind.UNSUBSCRIBE)
    rows = Delivery.objects.filter(finished_at__gte=since, state=Delivery.State.SENT)
    counted = rows.aggregate(sent=Count("pk", distinct=True), left=Count("pk", filter=left, distinct=True))
    return counted["left"] / counted["sent"] if counted["sent"] >= FEWEST else None
