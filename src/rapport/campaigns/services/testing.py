"""A/B tests of campaigns: who gets which variant, when it is decided, and what the rest gets.

Each variant has a send of its own, so each delivery says which it is; who gets which is drawn once and kept by
`experiments`. Whoever is in the campaign's holdout gets none, now and when the rest is written.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign, CampaignChannel, CampaignTest, CampaignVariant
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.experiments.models import Experiment, Variant
from rapport.experiments.registry import Subject
from rapport.experiments.services import assignments, counting, drawing, experiments
from rapport.experiments.services.experiments import Plan, Way
from rapport.experiments.services.results import arm_of, results
from rapport.messaging.models import Send
from rapport.messaging.services import sends

SUBJECT = "campaign"
SYSTEM_ACTOR = "campaign tests"
State = Experiment.State


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is judged. `holdout` and the weights of the templates are shares of the same whole."""

    share: int = 100
    hours: int = 24
    holdout: int = 0
    event: str = "Message Clicked"
    window_days: int = 7
    base: float = 0.05
    effect: float = 0.2


def plan(*, actor: Actor, campaign: Campaign, others: Sequence[Template], terms: Terms) -> None:
    """The same; without other templates nothing is compared. Raises ValidationError."""
    if others:
        set_test(actor=actor, campaign=campaign, others=others, terms=terms)
    else:
        with transaction.atomic():
            remove(actor=actor, campaign=_draft(actor, campaign))


def _draft(actor: Actor, campaign: Campaign) -> Campaign:
    """The campaign, kept from being sent until the transaction ends. Raises PermissionDenied, ValidationError."""
    actor.require("campaigns.edit")
    row = queries.campaign_for(actor, campaign.pk, lock=True)
    if row.send is not None:
        raise ValidationError(_("It has been sent or scheduled already."))
    return row


@transaction.atomic
def set_test(
    *, actor: Actor, campaign: Campaign, others: Sequence[Template], terms: Terms, clock: Clock = SYSTEM
) -> CampaignTest:
    """Has these templates compared with the campaign's own; replaces an earlier plan. Raises ValidationError."""
    campaign = _draft(actor, campaign)
    if getattr(campaign, "rule", None) is not None or campaign.fallbacks.exists():
        raise ValidationError(
            {"variants": _("Only a campaign that is sent once over one channel has variants.")}
        )
    if len(others) >= experiments.MOST_VARIANTS:
        raise ValidationError({"variants": _("At least two, at most ten.")})
    chosen = [campaign.template, *others]
    if len({template.pk for template in chosen}) < len(chosen):
        raise ValidationError({"variants": _("Each variant needs a template of its own.")})
    if any(template.channel != campaign.channel for template in chosen):
        raise ValidationError({"variants": _("The template was written for another channel.")})
    if not 1 <= terms.share <= 100 or not 1 <= terms.hours <= 720:
        raise ValidationError({"share": _("From 1 to 100 percent, and from 1 to 720 hours.")})
    remove(actor=actor, campaign=campaign, clock=clock)
    experiment = _experiment(actor, campaign, chosen, terms)
    test = CampaignTest.objects.create(
        campaign=campaign, experiment=experiment, share=terms.share, hours=terms.hours
    )
    ways = experiment.variants.filter(is_holdout=False).order_by("pk")
    CampaignVariant.objects.bulk_create(
        CampaignVariant(test=test, variant=variant, template=template)
        for variant, template in zip(ways, chosen, strict=True)
    )
    return test


def _experiment(actor: Actor, campaign: Campaign, chosen: Sequence[Template], terms: Terms) -> Experiment:
    letters = "ABCDEFGHIJ"
    ways = [
        Way(f"{letters[at]}: {template.name}"[:120], 50, reference=str(template.pk))
        for at, template in enumerate(chosen)
    ]
    ways += [Way(_("Holdout"), terms.holdout, is_holdout=True)] if terms.holdout else []
    return experiments.create(
        actor=actor,
        key=f"campaign-{campaign.pk.hex[:20]}",
        name=campaign.name,
        about=Experiment.About.CONTENT,
        event=terms.event,
        ways=ways,
        plan=Plan(terms.base, terms.effect),
        window_days=terms.window_days,
        decision=Experiment.Decision.AUTO if terms.share < 100 else Experiment.Decision.HAND,
        subject=SUBJECT,
        subject_id=str(campaign.pk),
    )


def test_of(campaign: Campaign) -> CampaignTest | None:
    return CampaignTest.objects.select_related("experiment__winner").filter(campaign=campaign).first()


def is_stale(campaign: Campaign) -> bool:
    """Whether what is compared leaves out the campaign's own template: nothing would be sent of it."""
    rows = CampaignVariant.objects.filter(test__campaign=campaign)
    return rows.exists() and not rows.filter(template=campaign.template_id).exists()


def remove(*, actor: Actor, campaign: Campaign, clock: Clock = SYSTEM) -> None:
    """Takes an earlier plan away, while nothing came of it."""
    if (test := test_of(campaign)) is not None:
        test.delete()
        test.experiment.delete()
        audit.record(
            actor=actor,
            action="campaign.test_removed",
            object_type="campaign",
            object_id=campaign.pk,
            clock=clock,
        )


def stop(*, campaign: Campaign, clock: Clock) -> None:
    """Nothing more is sent, so nothing more can be learned."""
    test = test_of(campaign)
    if test is not None and test.experiment.state == State.RUNNING:
        experiments.stop(actor=system(SYSTEM_ACTOR), experiment=test.experiment, clock=clock)


def order(*, actor: Actor, campaign: Campaign, at: dt.datetime | None, clock: Clock) -> None:
    """Orders the sends of the other variants, beside the campaign's own. Raises TemplateError."""
    for row in _rows(campaign):
        if row.template_id == campaign.template_id:
            row.send = campaign.send
        else:
            version = templates.publish(actor=actor, template_id=row.template_id, clock=clock)
            row.send = sends.order(
                actor=actor, origin="campaign", origin_id=str(campaign.pk), purpose=campaign.purpose,
                channel=campaign.channel, version=version, at=at, clock=clock,
            )  # fmt: skip
        row.save(update_fields=["send"])


def workspace_zone() -> ZoneInfo:
    """The zone of times that are nobody's own."""
    return ZoneInfo(workspace().time_zone)


def sends_of(campaign: Campaign) -> list[Send]:
    """All that it ordered, its own first, then those of variants or of other channels."""
    own = [campaign.send] if campaign.send else []
    more = [row.send for row in _rows(campaign)] + [row.send for row in fallbacks_of(campaign)]
    return own + [send for send in more if send and send.pk != campaign.send_id]


def fallbacks_of(campaign: Campaign) -> list[CampaignChannel]:
    rows = campaign.fallbacks.select_related("send__template_version__template", "template")
    return list(rows.order_by("position", "pk"))


def forget_sends(campaign: Campaign) -> None:
    """Before orders are taken back."""
    campaign.fallbacks.update(send=None)
    CampaignVariant.objects.filter(test__campaign=campaign).update(send=None)


def _rows(campaign: Campaign) -> list[CampaignVariant]:
    rows = CampaignVariant.objects.filter(test__campaign=campaign)
    return list(rows.select_related("send__template_version__template", "variant", "template").order_by("pk"))


Placed = dict[uuid.UUID, tuple[Send, Variant]]


def placed(campaign: Campaign, test: CampaignTest, people: Sequence[uuid.UUID], clock: Clock) -> Placed:
    """{person: their send and variant} of those who get one in this phase; in the job's transaction."""
    experiment = test.experiment
    if experiment.state == State.DRAFT:
        experiment = experiments.start(
            actor=system(SYSTEM_ACTOR), experiment=experiment, by_subject=True, clock=clock
        )
    by_variant = {row.variant_id: row.send for row in _rows(campaign)}
    if test.is_rest or experiment.state != State.RUNNING:
        given = _rest(experiment, people)
    else:
        tried = [p for p in people if drawing.place(f"{campaign.pk}:test", p) < test.share * 100]
        given = assignments.variants_for(experiment, tried)
        # The delivery tells of it; whoever is in the holdout has met nothing.
        assignments.expose(experiment, given, tell=False, clock=clock)
    return {
        person: (send, variant)
        for person, variant in given.items()
        if (send := by_variant.get(variant.pk)) is not None
    }


def _rest(experiment: Experiment, people: Sequence[uuid.UUID]) -> dict[uuid.UUID, Variant]:
    """Those who have met no variant yet and are not drawn for the holdout get the winner, if there is one."""
    winner = experiment.winner
    if winner is None:
        return {}
    drawn = assignments.drawn_for(experiment, people)
    met = assignments.met_by(experiment, people)
    return {p: winner for p in people if p not in met and not drawn[p].is_holdout}


def begin_rest(campaign: Campaign, test: CampaignTest, clock: Clock) -> None:
    """The time for trying is over: decides, if nobody has, and goes through the audience once more."""
    if test.is_rest:
        return
    experiment = test.experiment
    if experiment.state == State.RUNNING:
        counting.count(experiment, clock.now())
        shown = results(experiment)
        leading = max(shown.rows, key=lambda row: arm_of(row.variant).mean).variant
        best = shown.best or leading
        experiments.decide(
            actor=system(SYSTEM_ACTOR), experiment=experiment, variant_key=best.key, clock=clock,
            certain=shown.best is not None,
        )  # fmt: skip
        experiment.refresh_from_db()
    test.is_rest = True
    test.save(update_fields=["is_rest"])
    campaign.audience_cursor = 0
    campaign.save(update_fields=["audience_cursor"])


def because(experiment: Experiment, variant: Variant) -> dict[str, object]:
    """What a delivery keeps of it."""
    return {"experiment": {"key": experiment.key, "variant": variant.key, "name": variant.name}}


def subject_of_experiments(hear: Callable[[str, str, Clock], None]) -> Subject:
    return Subject(
        SUBJECT,
        gettext_lazy("Campaign"),
        lambda pk: reverse("campaigns:campaign", args=[pk]),
        hear,
        message_property="campaign_id",
    )
