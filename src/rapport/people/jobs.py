"""Background jobs of people."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JobKind, RunningJob
from rapport.people.models import TraitRecompute
from rapport.people.services import recompute


def recompute_traits(job: RunningJob) -> dict[str, int]:
    """Judges every profile by the definitions and source priorities of today, in small transactions."""
    while recompute.recompute_next(job):
        pass
    return {"changed": TraitRecompute.objects.get(job=job.row).changed}


RECOMPUTE = JobKind(
    recompute.JOB,
    _("Recomputing traits by source priority"),
    run=recompute_traits,
    permission="settings.edit",
    url=lambda job: reverse("people_settings:settings_traits_of", args=[job.payload["entity"]]),
)
