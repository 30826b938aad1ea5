"""A/B tests of campaigns: who gets which variant, when it is decided, and what the rest gets.

Each variant has a send of its own, so each delivery says which it is; who gets which is drawn once and kept by
`experiments`. Whoever is in the campaign's holdout gets none, now and when the rest is written.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns.models import Campaign, CampaignChannel, CampaignTest, CampaignVariant
from rapport.content.services import templates
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.experiments.models import Experiment, Variant
from rapport.experiments.registry import Subject, SubjectPlan
from rapport.experiments.services import assignments, counting, drawing, experiments
from rapport.experiments.services.results import arm_of, results
from rapport.messaging.models import Send
from rapport.messaging.services import sends

SUBJECT = "campaign"
SYSTEM_ACTOR = "campaign tests"
State = Experiment.State


def test_of(campaign: Campaign) -> CampaignTest | None:
    return CampaignTest.objects.select_related("experiment__winner").filter(campaign=campaign).first()


def is_stale(campaign: Campaign) -> bool:
    """Whether what is compared leaves out the campaign's own template: nothing would be sent of it."""
    first = CampaignVariant.objects.filter(test__campaign=campaign).order_by("pk").first()
    return first is not None and first.template_id != campaign.template_id


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
    for place, row in enumerate(variants_of(campaign)):
        if place == 0:
            row.send = campaign.send
        else:
            given = {"subject": row.subject, "preheader": row.preheader}
            words = given if any(given.values()) else None
            version = templates.publish(actor=actor, template_id=row.template_id, words=words, clock=clock)
            row.send = sends.order(
                actor=actor, origin="campaign", origin_id=str(campaign.pk), purpose=campaign.purpose,
                channel=campaign.channel, version=version, at=at, sender_name=row.sender_name, clock=clock,
            )  # fmt: skip
        row.save(update_fields=["send"])


def workspace_zone() -> ZoneInfo:
    """The zone of times that are nobody's own."""
    return ZoneInfo(workspace().time_zone)


def sends_of(campaign: Campaign) -> list[Send]:
    """All that it ordered, its own first, then those of variants or of other channels."""
    own = [campaign.send] if campaign.send else []
    more = [row.send for row in variants_of(campaign)] + [row.send for row in fallbacks_of(campaign)]
    return own + [send for send in more if send and send.pk != campaign.send_id]


def fallbacks_of(campaign: Campaign) -> list[CampaignChannel]:
    rows = campaign.fallbacks.select_related("send__template_version__template", "template")
    return list(rows.order_by("position", "pk"))


def forget_sends(campaign: Campaign) -> None:
    """Before orders are taken back."""
    campaign.fallbacks.update(send=None)
    CampaignVariant.objects.filter(test__campaign=campaign).update(send=None)


def variants_of(campaign: Campaign) -> list[CampaignVariant]:
    """The campaign as it is first."""
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
    by_variant = {row.variant_id: row.send for row in variants_of(campaign)}
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


def _plan_of(campaign_id: str) -> SubjectPlan | None:
    """How a campaign is tried, for the page of its experiment."""
    test = CampaignTest.objects.select_related("campaign__segment").filter(campaign__pk=campaign_id).first()
    if test is None:
        return None
    words = {"share": test.share, "hours": test.hours}
    if test.share == 100:
        lines = [(_("Test group"), _("Everybody")), (_("Decided"), _("By hand"))]
    else:
        lines = [
            (_("Test group"), _("%(share)s %% of the audience") % words),
            (_("Decided"), _("%(hours)s hours after the start; earlier if a winner is certain") % words),
        ]
    return SubjectPlan(lines, test.campaign.segment.size * test.share // 100)


def subject_of_experiments(hear: Callable[[str, str, Clock], None]) -> Subject:
    return Subject(
        SUBJECT,
        gettext_lazy("Campaign"),
        lambda pk: reverse("campaigns:campaign", args=[pk]),
        hear,
        message_property="campaign_id",
        plan=_plan_of,
        new_url="campaigns:campaign-new",
        new_words=gettext_lazy(
            "Subject lines, sender names and messages are tested in the campaign that sends them."
        ),
        new_link=gettext_lazy("New campaign"),
    )
