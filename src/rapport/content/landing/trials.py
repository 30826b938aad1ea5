"""Two versions of a page against each other: who sees which, and that what they send afterwards counts for it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.content.landing import queries, services
from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.web.models import FormSubmission
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.core.process_cache import forget
from rapport.experiments.models import Experiment
from rapport.experiments.registry import Subject
from rapport.experiments.services import assignments, experiments
from rapport.experiments.services.experiments import Plan, Way

SUBJECT = "landing_page"
EFFECT, ORDINARY_RATE = 0.2, 0.05
RUNNING = Experiment.State.RUNNING


@transaction.atomic
def start(
    *, actor: Actor, page_id: uuid.UUID, version: int, event: str = "Form Submitted", clock: Clock = SYSTEM
) -> Experiment:
    """Shows half of the visitors another version than the one that is live. Raises Http404, ValidationError."""
    actor.require("forms.edit")
    page = queries.page_for(actor, page_id, lock=True)
    if page.live is None or (page.experiment and page.experiment.state == RUNNING):
        raise ValidationError(
            _("Publish the page first.") if page.live is None else _("A test of this page runs already.")
        )
    if version == page.live.version or not page.versions.filter(version=version).exists():
        raise ValidationError({"version": _("Choose another version than the one that is live.")})
    views, answers = queries.counts([page])[page.pk]
    base = min(max(answers / views, 0.002), 0.5) if views and answers else ORDINARY_RATE
    ways = [
        Way(_("Version %(number)d") % {"number": number}, reference=str(number))
        for number in (page.live.version, version)
    ]
    experiment = experiments.create(
        actor=actor, key=f"page-{uuid.uuid4().hex[:12]}", name=f"{page.name}: {ways[0].name} / {ways[1].name}"[:120],
        about=Experiment.About.PAGE, event=event, ways=ways, plan=Plan(base, EFFECT), subject=SUBJECT,
        subject_id=str(page.pk),
    )  # fmt: skip
    page.experiment = experiments.start(actor=actor, experiment=experiment, by_subject=True, clock=clock)
    page.save(update_fields=["experiment"])
    forget(queries.published)
    return page.experiment


def version_for(
    page: LandingPage, *, person_id: uuid.UUID | None, unit: str, clock: Clock
) -> LandingVersion | None:
    """What this visitor sees: the live version unless a test runs."""
    if not is_tested(page) or page.experiment is None:
        return page.live
    variant = assignments.variant_for(page.experiment, person_id=person_id, anonymous_id=unit, clock=clock)
    if variant is None or page.live is None or variant.reference == str(page.live.version):
        return page.live
    return page.versions.filter(version=variant.reference).first() or page.live


def is_tested(page: LandingPage) -> bool:
    return page.experiment is not None and page.experiment.state == RUNNING


def expose(page: LandingPage, version: int, *, person_id: uuid.UUID | None, unit: str, clock: Clock) -> None:
    """A browser showed this version. What was not drawn for it (an address that was copied) counts for nothing."""
    experiment = page.experiment
    if experiment is None or not unit or experiment.state != RUNNING:
        return
    variant = assignments.variant_for(experiment, person_id=person_id, anonymous_id=unit, clock=clock)
    if variant is not None and variant.reference == str(version):
        assignments.record(experiment, {unit: (variant, person_id)}, clock=clock)


def hear(answers: Sequence[tuple[FormSubmission, uuid.UUID]]) -> None:
    """What a browser met becomes the person's who sent a form from it."""
    for answer, person_id in answers:
        version = LandingVersion.objects.select_related("page__experiment").get(submissions=answer)
        experiment = version.page.experiment
        if experiment is None or not answer.unit or experiment.state != RUNNING:
            continue
        variant = experiment.variants.filter(reference=str(version.version)).first()
        if variant is not None:
            given = {answer.unit: (variant, person_id)}
            assignments.record(experiment, given, clock=VirtualClock(answer.at))


def decided(page_id: str, winner: str, clock: Clock) -> None:
    """Everybody sees the winner from now on."""
    page = LandingPage.objects.select_for_update(of=("self",)).filter(pk=uuid.UUID(page_id)).first()
    version = (
        page.versions.filter(version=winner).first() if page is not None and winner.isdecimal() else None
    )
    if page is not None and version is not None and page.is_live:
        services.show(page, version, clock)


SUBJECT_OF_EXPERIMENTS = Subject(
    SUBJECT,
    gettext_lazy("Landing page"),
    lambda page_id: reverse("content:landing-page", args=[page_id]),
    decided,
)
