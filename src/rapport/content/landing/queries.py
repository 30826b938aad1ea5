"""Reads of landing pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.web.models import FormSubmission
from rapport.content.web.queries import SECOND
from rapport.core.access import Actor
from rapport.core.process_cache import kept_for

ACCEPTED = FormSubmission.State.ACCEPTED


def pages(actor: Actor) -> QuerySet[LandingPage]:
    """All, newest change first. Raises Http404."""
    if not actor.may("forms.view"):
        raise Http404
    return LandingPage.objects.order_by("-updated_at", "id")


def page_for(actor: Actor, page_id: uuid.UUID, *, lock: bool = False) -> LandingPage:
    """Raises Http404."""
    rows = pages(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=page_id)


def versions(page: LandingPage) -> QuerySet[LandingVersion]:
    """Newest first, each with its `answers`."""
    rows = LandingVersion.objects.filter(page=page).order_by("-version")
    return rows.annotate(answers=Count("submissions", filter=Q(submissions__state=ACCEPTED)))


def counts(pages: Iterable[LandingPage]) -> dict[uuid.UUID, tuple[int, int]]:
    """{page: (views, answers of its forms)} over all its versions."""
    ids = [page.pk for page in pages]
    views: dict[uuid.UUID, int] = {}
    for page_id, number in LandingVersion.objects.filter(page__in=ids).values_list("page_id", "views"):
        views[page_id] = views.get(page_id, 0) + number
    rows = FormSubmission.objects.filter(landing__page__in=ids, state=ACCEPTED)
    answers = dict(rows.values_list("landing__page").annotate(n=Count("pk")))
    return {page_id: (views.get(page_id, 0), answers.get(page_id, 0)) for page_id in ids}


def live_page(slug: str, host: str = "") -> LandingPage | None:
    """What visitors see, with its version and its test; on a domain of its own only what belongs there.

    As it was at most a second ago. It belongs to nobody: change none.
    """
    try:
        return published(slug, host)
    except LandingPage.DoesNotExist:
        return None


@kept_for(SECOND)
def published(slug: str, host: str) -> LandingPage:
    """Raises DoesNotExist, which is asked each time."""
    rows = LandingPage.objects.filter(slug=slug).exclude(live=None).select_related("live", "experiment")
    return (rows.filter(host__in=["", host]) if host else rows).get()


def sitemap() -> QuerySet[LandingPage]:
    """The pages that search engines may be shown."""
    return LandingPage.objects.filter(live__definition__in_sitemap=True).order_by("slug")[:50_000]
