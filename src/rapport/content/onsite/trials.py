"""Tests of messages and slots: of several, each visitor is drawn one, or in the holdout none."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.content.onsite import live, queries
from rapport.content.onsite.models import OnSiteMessage
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.process_cache import forget
from rapport.experiments.models import Experiment, Variant
from rapport.experiments.registry import Subject
from rapport.experiments.services import assignments, experiments
from rapport.experiments.services.experiments import Plan, Way

SUBJECT = "on_site_message"
ORDINARY_RATE, EFFECT, HOLDOUT_WEIGHT, WEIGHT = 0.05, 0.2, 1, 4
State = Experiment.State


@transaction.atomic
def start(
    *, actor: Actor, message_id: uuid.UUID, other_id: uuid.UUID | None = None, event: str = "Order Completed",
    clock: Clock = SYSTEM,
) -> Experiment:  # fmt: skip
    """A message against another or alone, beside a holdout that sees neither. Raises Http404, ValidationError."""
    actor.require("onsite.edit")
    rows = [queries.message_for(actor, id_, lock=True) for id_ in (message_id, other_id) if id_]
    if any(row.experiment and row.experiment.state == State.RUNNING for row in rows):
        raise ValidationError(_("A test of this message runs already."))
    if len({(row.format, row.slot) for row in rows}) > 1 or len({row.pk for row in rows}) < len(rows):
        raise ValidationError({"other": _("Choose another message of the same format and element.")})
    ways = [
        Way(f"{row.name}"[:110] + f" ({n})", WEIGHT, reference=str(row.pk)) for n, row in enumerate(rows, 1)
    ]
    ways.append(Way(_("Holdout"), HOLDOUT_WEIGHT, is_holdout=True))
    experiment = experiments.create(
        actor=actor, key=f"site-{uuid.uuid4().hex[:12]}", name=" / ".join(row.name for row in rows)[:120],
        about=Experiment.About.CONTENT, event=event, ways=ways, plan=Plan(ORDINARY_RATE, EFFECT), subject=SUBJECT,
        subject_id=str(rows[0].pk),
    )  # fmt: skip
    begun = experiments.start(actor=actor, experiment=experiment, by_subject=True, clock=clock)
    for row in rows:
        row.experiment = begun
        row.save(update_fields=["experiment"])
    forget(live.messages)
    return begun


def chosen(
    rows: Sequence[OnSiteMessage], *, person_id: uuid.UUID | None, visitor: str, passing: str, clock: Clock
) -> list[OnSiteMessage]:
    """Of the messages of each test the one that is this visitor's; all others stay."""
    drawn: dict[int, str] = {}
    for row in rows:
        test = row.experiment
        if test is not None and test.pk not in drawn and test.state in {State.RUNNING, State.DECIDED}:
            drawn[test.pk] = _reference(test, person_id, visitor, passing, clock)
    return [row for row in rows if drawn.get(row.experiment_id or 0, str(row.pk)) == str(row.pk)]


def _reference(
    test: Experiment, person_id: uuid.UUID | None, visitor: str, passing: str, clock: Clock
) -> str:
    variant: Variant | None
    if visitor or person_id:
        variant = assignments.variant_for(
            test, person_id=person_id, anonymous_id=visitor, expose=True, clock=clock
        )
    else:
        variant = assignments.variant_for(test, anonymous_id=f"passing-{passing}", clock=clock)
    return variant.reference if variant is not None else ""


def decided(message_id: str, winner: str, clock: Clock) -> None:
    """Whoever is drawn from a test that is decided gets its winner."""
    forget(live.messages)


SUBJECT_OF_EXPERIMENTS = Subject(
    SUBJECT,
    gettext_lazy("On-site message"),
    lambda message_id: reverse("content:on-site-message", args=[message_id]),
    decided,
    message_property="on_site_message_id",
)
