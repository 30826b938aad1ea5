"""Posts to be published wait after a restore, like everything that leaves the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import SocialPost, SocialPublication
from rapport.campaigns.services.social_posts import LOOP
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.services import audit
from rapport.core.services.held_work import HELD_WORK, HeldItem, HeldWork
from rapport.core.services.journal import Line

State = SocialPublication.State
_WAITING = (State.SCHEDULED, State.PUBLISHING, State.CHECKING)


def items(_lines: Sequence[Line], now: dt.datetime) -> list[HeldItem]:
    """Posts that would be published. What is late is looked for on its network before it is published."""
    waiting = Q(publications__state__in=_WAITING)
    rows = SocialPost.objects.annotate(
        waiting=Count("publications", filter=waiting),
        done=Count("publications", filter=Q(publications__state=State.PUBLISHED)),
        due=Min("publications__due_at", filter=waiting),
    ).filter(waiting__gt=0)
    return [
        HeldItem(
            str(row.pk),
            row.name,
            reverse("campaigns:social-post", args=[row.pk]),
            row.done,
            row.waiting,
            0,
            row.due,
            row.due <= now,
        )
        for row in rows.order_by("due", "pk")
    ]


def skip(actor: Actor, ids: Sequence[str], clock: Clock) -> None:
    """Cancels what waits of these posts."""
    for post in SocialPost.objects.filter(pk__in=ids):
        jobs.reopen(post.publications.filter(state__in=_WAITING), now=clock.now(), state=State.CANCELLED)
        audit.record(
            actor=actor,
            action="social_post.cancelled",
            object_type="social_post",
            object_id=post.pk,
            clock=clock,
        )


def register() -> None:
    HELD_WORK.register(HeldWork("social posts", _("Social posts"), items, skip, LOOP))
