"""What a campaign is compared with before it is sent: other words, senders or templates, and how that is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign, CampaignTest, CampaignVariant
from rapport.campaigns.services.testing import SUBJECT, remove
from rapport.channels.registry import channel_kind
from rapport.content.models import Template
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.experiments.models import Experiment
from rapport.experiments.services import experiments
from rapport.experiments.services.experiments import Plan, Way

# What usually decides, as people call it.
EVENTS = (
    ("Message Clicked", gettext_lazy("Clicks")),
    ("Message Opened", gettext_lazy("Opens")),
    ("Order Completed", gettext_lazy("Orders")),
)
WORDS = ("subject", "preheader", "sender_name")


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way for it to read: a template with its own words, or with others in their place."""

    template: Template
    subject: str = ""
    preheader: str = ""
    sender_name: str = ""

    @property
    def words(self) -> dict[str, str]:
        return {"subject": self.subject, "preheader": self.preheader}

    @property
    def name(self) -> str:
        """What tells it from the others."""
        return self.subject or self.sender_name or self.preheader or self.template.name


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is judged. `holdout` and the weights of the variants are shares of the same whole."""

    share: int = 100
    hours: int = 24
    holdout: int = 0
    event: str = "Message Clicked"
    window_days: int = 7
    base: float = 0.05
    effect: float = 0.2


def plan(*, actor: Actor, campaign: Campaign, others: Sequence[Alternative], terms: Terms) -> None:
    """The same; without others nothing is compared. Raises ValidationError."""
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
    *, actor: Actor, campaign: Campaign, others: Sequence[Alternative], terms: Terms, clock: Clock = SYSTEM
) -> CampaignTest:
    """Has these compared with the campaign as it is; replaces an earlier plan. Raises ValidationError."""
    campaign = _draft(actor, campaign)
    if getattr(campaign, "rule", None) is not None or campaign.fallbacks.exists():
        raise ValidationError(
            {"variants": _("Only a campaign that is sent once over one channel has variants.")}
        )
    if len(others) >= experiments.MOST_VARIANTS:
        raise ValidationError({"variants": _("At least two, at most ten.")})
    if campaign.template is None:
        raise ValidationError({"template": _("Choose a template first.")})
    chosen = [Alternative(campaign.template), *map(_tidied, others)]
    _check(campaign, chosen)
    if not 1 <= terms.share <= 100 or not 1 <= terms.hours <= 720:
        raise ValidationError({"share": _("From 1 to 100 percent, and from 1 to 720 hours.")})
    remove(actor=actor, campaign=campaign, clock=clock)
    experiment = _experiment(actor, campaign, chosen, terms)
    test = CampaignTest.objects.create(
        campaign=campaign, experiment=experiment, share=terms.share, hours=terms.hours
    )
    ways = experiment.variants.filter(is_holdout=False).order_by("pk")
    CampaignVariant.objects.bulk_create(
        CampaignVariant(
            test=test, variant=variant, template=way.template, sender_name=way.sender_name, **way.words
        )
        for variant, way in zip(ways, chosen, strict=True)
    )
    return test


def _tidied(given: Alternative) -> Alternative:
    texts = {name: " ".join(getattr(given, name).replace("\0", "").split()) for name in WORDS}
    return Alternative(given.template, **texts)


def _check(campaign: Campaign, chosen: Sequence[Alternative]) -> None:
    """Raises ValidationError."""
    if len(set(chosen)) < len(chosen):
        raise ValidationError(
            {"variants": _("Each variant needs a subject, a preheader, a sender or a template of its own.")}
        )
    if any(way.template.channel != campaign.channel for way in chosen):
        raise ValidationError({"variants": _("The template was written for another channel.")})
    has_subject = not channel_kind(campaign.channel).fields
    if not has_subject and any(way.subject or way.preheader or way.sender_name for way in chosen):
        raise ValidationError({"variants": _("Only email has subjects: choose other templates.")})
    for way in chosen:
        try:
            for text in way.words.values():
                Program(text)
        except TemplateError as error:
            raise ValidationError({"variants": f"{way.name}: {error}"}) from error


def _experiment(actor: Actor, campaign: Campaign, chosen: Sequence[Alternative], terms: Terms) -> Experiment:
    about = _about(chosen)
    own = chosen[0].template.subject if about == Experiment.About.SUBJECT else chosen[0].name
    names = [own, *(way.name for way in chosen[1:])]
    ways = [
        Way(f"{place}: {name}"[:120], 50, reference=str(way.template.pk))
        for place, name, way in zip("ABCDEFGHIJ", names, chosen, strict=False)
    ]
    ways += [Way(_("Holdout"), terms.holdout, is_holdout=True)] if terms.holdout else []
    return experiments.create(
        actor=actor,
        key=f"campaign-{campaign.pk.hex[:20]}",
        name=campaign.name,
        about=about,
        event=terms.event,
        ways=ways,
        plan=Plan(terms.base, terms.effect),
        window_days=terms.window_days,
        decision=Experiment.Decision.AUTO if terms.share < 100 else Experiment.Decision.HAND,
        subject=SUBJECT,
        subject_id=str(campaign.pk),
    )


def _about(chosen: Sequence[Alternative]) -> Experiment.About:
    """What sets them apart."""
    if len({way.template.pk for way in chosen}) > 1:
        return Experiment.About.CONTENT
    if any(way.subject or way.preheader for way in chosen):
        return Experiment.About.SUBJECT
    return Experiment.About.SENDER
