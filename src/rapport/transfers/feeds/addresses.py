"""Where a webhook's sender sends to."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from rapport.transfers.models import Webhook


def of(webhook: Webhook) -> str:
    return settings.PUBLIC_URL.rstrip("/") + reverse("transfers:inbound", args=[webhook.token])
