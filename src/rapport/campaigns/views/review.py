"""The last look before a campaign is sent: whom, what and when, with the number on the button, and a test."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.forms.variants import ApprovalForm
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import approvals, campaigns, checklist, four_eyes, rules, testing
from rapport.campaigns.services.campaign_words import words
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.services.variants import EVENTS
from rapport.channels.queries import lacks_sender, sender
from rapport.channels.registry import channel_kind
from rapport.content.services import audience_trial, previews
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient
from rapport.core.access import Actor, actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.governance.queries import chosen_languages
from rapport.messaging.services import gate

DECISIONS = ("ask", "approve", "refuse")
UNDO_SECONDS = 10
TRIED = 100  # recipients that the message is tried on
NAME_FROM = 1_000  # from so many recipients on, the campaign's name must be typed
YEARS = (2000, 2200)  # of times in an address


@page("campaigns.send")
def review(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Shows what would be sent; POST sends it, or with `test` one copy to an address."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, campaign_id)
    is_ready = campaign.template is not None and campaign.series_id is None
    if campaign.send is not None or rules.is_active(campaign) or not is_ready:
        return redirect("campaigns:campaign", campaign.pk)
    problem = ""
    if decision := next((name for name in DECISIONS if name in request.POST), ""):
        problem = _approve(request, campaign, decision)
        if not problem:
            return redirect(request.get_full_path())
    elif request.method == "POST":
        try:
            if "test" in request.POST:
                address = request.POST.get("address", "").strip()
                previews.send_test(actor=actor, template=campaign.message, address=address)
                note(request, _("The test has been sent to %(who)s.") % {"who": address})
                return redirect(request.get_full_path())
            problem = _send(request, campaign)
            if not problem:
                return redirect("campaigns:campaign", campaign.pk)
        except (CampaignError, TemplateError) as error:
            problem = str(error)
    context = {"campaign": campaign, "problem": problem, **_context(request, campaign)}
    return render(request, "campaigns/campaign_review.html", context, status=422 if problem else 200)


def _approve(request: HttpRequest, campaign: Campaign, decision: str) -> str:
    """Asks for approval, or answers; what is in the way of it."""
    actor = actor_of(request)
    try:
        if decision == "ask":
            approvals.request(actor=actor, campaign_id=campaign.pk, note=request.POST.get("note", ""))
        else:
            approvals.decide(
                actor=actor, campaign_id=campaign.pk, grant=decision == "approve",
                answer=request.POST.get("answer", ""),
            )  # fmt: skip
    except CampaignError as error:
        return str(error)
    note(request, _("Saved."))
    return ""


def _approval(actor: Actor, campaign: Campaign) -> dict[str, Any]:
    last, needed = approvals.last_of(campaign), four_eyes.is_needed(campaign)
    is_open = last is not None and last.decided_at is None
    granted = needed and approvals.is_granted(campaign)
    return {
        "needed": needed,
        "last": last,
        "open": is_open,
        "granted": granted,
        "missing": needed and not granted,
        "may_decide": is_open and actor.may(approvals.PERMISSION) and not approvals.is_own(actor, last),
    }


@page("settings.view")
def policy(request: HttpRequest) -> HttpResponseBase:
    """From how many recipients on a campaign needs four eyes."""
    actor = actor_of(request)
    form = ApprovalForm(request.POST or None, initial={"approve_from": four_eyes.policy().approve_from})
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            approvals.set_policy(actor=actor, **form.cleaned_data)
            note(request, _("Saved."))
            return redirect("campaigns:approvals")
    context = {"form": form, "may_edit": actor.may("settings.edit")}
    return settings_page(request, "campaigns/approvals.html", context, 422 if form.errors else 200)


def _send(request: HttpRequest, campaign: Campaign, clock: Clock = SYSTEM) -> str:
    """Orders the sending; what is missing before it can be."""
    actor, at = actor_of(request), _at(request) or campaign.planned_at
    audience = queries.audience_of(campaign.segment, campaign.purpose, campaign.channel)
    if audience.receives >= NAME_FROM and request.POST.get("confirm", "").strip() != campaign.name:
        return _("Type the name of the campaign to confirm.")
    seen = request.POST.get("receives", "")
    if audience.receives > 1.1 * (int(seen) if seen.isdecimal() and len(seen) < 10 else 0) + 10:
        return _("The audience has grown since you opened this page. Look at the number and confirm again.")
    send_at = at or clock.now() + dt.timedelta(seconds=UNDO_SECONDS)
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, at=send_at)
    if rules.rule_of(campaign) is not None:
        note(request, _("It has begun."))
        return ""
    words = _("Scheduled.") if at else _("It will be sent in a few seconds.")
    note(request, words, undo_url=reverse("campaigns:campaign-cancel", args=[campaign.pk]))
    return ""


def _at(request: HttpRequest) -> dt.datetime | None:
    """The time chosen on the form before, in the address; None for now. One that cannot be read never means now."""
    written = request.GET.get("at", "")
    if not written:
        return None
    try:
        chosen = parse_datetime(written)
    except ValueError:
        chosen = None
    if chosen is None or not YEARS[0] <= chosen.year <= YEARS[1]:
        raise Http404(_("The time in the address cannot be read."))
    return timezone.make_aware(chosen) if timezone.is_naive(chosen) else chosen


def _context(request: HttpRequest, campaign: Campaign, clock: Clock = SYSTEM) -> dict[str, Any]:
    actor = actor_of(request)
    audience = queries.audience_of(campaign.segment, campaign.purpose, campaign.channel)
    context: dict[str, Any] = {
        "audience": audience,
        "refused": [(gate.REASONS[reason], count) for reason, count in sorted(audience.refused.items())],
        "excluded": audience.total - audience.receives,
        "at": _at(request) or campaign.planned_at,
        "names": audience.receives >= NAME_FROM,
        "sender": sender(marketing=campaign.purpose.is_marketing),
        "lacks_sender": lacks_sender(channel_kind(campaign.channel), marketing=campaign.purpose.is_marketing),
        "test_address": actor.label if "@" in actor.label else "",
        "may_test": actor.may("templates.edit"),
        "approval": _approval(actor, campaign),
        "begins": words(rule) if (rule := rules.rule_of(campaign)) else "",
    }
    context |= _planned(campaign, audience.receives)
    now = clock.now()
    shown = context | _message(request, campaign, audience.receives)
    odd = checklist.of_campaign(campaign, audience, context["at"] or now, now)
    shown["warnings"] = [*shown.get("warnings", []), *odd]
    return shown


def _message(request: HttpRequest, campaign: Campaign, receives: int) -> dict[str, Any]:
    """How the message reads without a person, and what becomes of it with some of those it is for."""
    try:
        sample = _sample(campaign, receives)
        trial = audience_trial.try_on(campaign.message, sample)
        if trial.tried and trial.failed == trial.tried:
            return {"template_error": next(iter(trial.failures))}
    except TemplateError as error:
        return {"template_error": str(error)}
    context = {
        "trial": trial,
        "missing": trial.missing.most_common(5),
        "failures": trial.failures.most_common(3),
    }
    try:
        rendered = previews.preview(actor=actor_of(request), template=campaign.message)
    except TemplateError as error:
        # What cannot be made of nobody may well be made of persons.
        return context if trial.tried else {"template_error": str(error)}
    own = [*rendered.warnings, *checklist.of_page(rendered.html)]
    return context | {
        "subject": rendered.subject,
        "preheader": rendered.preheader,
        "warnings": [*own, *_of_others(request, campaign, trial, own, sample)],
    }


def _of_others(
    request: HttpRequest,
    campaign: Campaign,
    own: audience_trial.Trial,
    shown: Sequence[str],
    sample: Sequence[Recipient],
) -> Iterator[str]:
    """The same of its variants and of other channels, with their names, as far as it is not said of its own."""
    for name, template in checklist.others_of(campaign):
        try:
            rendered = previews.preview(actor=actor_of(request), template=template)
            trial = audience_trial.try_on(template, sample)
        except TemplateError as error:
            yield f"{name}: {error}"
            continue
        for warning in (*rendered.warnings, *checklist.of_page(rendered.html)):
            if warning not in shown:
                yield f"{name}: {warning}"
        for value, count in (trial.missing - own.missing).most_common(3):
            words = {"count": count, "tried": trial.tried, "name": value}
            yield (
                f"{name}: "
                + _("%(count)s of %(tried)s recipients looked at have no value for %(name)s.") % words
            )


def _sample(campaign: Campaign, receives: int) -> list[Recipient]:
    share = min(1.0, 2 * TRIED / receives) if receives else 1.0
    rows = queries.sample_of(campaign.segment, campaign.purpose, campaign.channel, share=share, most=TRIED)
    chosen = chosen_languages(row.id for row in rows)
    return [Recipient(row.id, row.name, row.address, row.traits, chosen.get(row.id, "")) for row in rows]


def _planned(campaign: Campaign, receives: int) -> dict[str, Any]:
    """What is compared, with whom, and how the winner is found."""
    test = testing.test_of(campaign)
    if test is None:
        return {}
    return {
        "variants": testing.variants_of(campaign),
        "test": test,
        "tried": receives * test.share // 100,
        "decided_by": dict(EVENTS).get(test.experiment.event, test.experiment.event),
        "held_back": test.experiment.variants.filter(is_holdout=True).exists(),
    }
