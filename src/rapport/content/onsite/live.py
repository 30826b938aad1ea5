"""The messages that are shown somewhere, as they were at most a second ago: each page view of each visitor asks."""

from __future__ import annotations

from typing import Any

from rapport.content.onsite.models import OnSiteMessage
from rapport.content.services.rendering import workspace_context
from rapport.core.process_cache import kept_for
from rapport.core.queries import workspace

MOST = 1000
SECOND, BUSINESS_SECONDS = 1.0, 10.0


@kept_for(SECOND)
def messages() -> tuple[OnSiteMessage, ...]:
    """All that were launched and not stopped, most important first. They belong to nobody: change none."""
    rows = OnSiteMessage.objects.exclude(live_at=None).filter(stopped_at=None).select_related("experiment")
    return tuple(rows.order_by("-priority", "live_at", "pk")[:MOST])


@kept_for(BUSINESS_SECONDS)
def business() -> dict[str, Any]:
    """What texts know of it."""
    own = workspace()
    return workspace_context(own, own.name)
