"""The last look before a campaign is sent: whom, what and when, with the number on the button, and a test."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.forms.variants import CampaignTestForm
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, testing
from rapport.campaigns.services.errors import CampaignError
from rapport.channels.queries import lacks_sender, sender
from rapport.channels.registry import channel_kind
from rapport.content.services import audience_trial, previews
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.rendering import Recipient
from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.governance.queries import chosen_languages
from rapport.messaging.services import gate

UNDO_SECONDS = 10
TRIED = 100  # recipients that the message is tried on
NAME_FROM = 1_000  # from so many recipients on, the campaign's name must be typed


@page("campaigns.send")
def review(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Shows what would be sent; POST sends it, or with `test` one copy to an address."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, campaign_id)
    if campaign.send is not None:
        return redirect("campaigns:campaign", campaign.pk)
    problem = ""
    form = _test_form(request, campaign)
    if "compare" in request.POST and form.is_valid():
        problem = _compare(request, campaign, form)
        if not problem:
            return redirect(request.get_full_path())
    elif request.method == "POST" and "compare" not in request.POST:
        try:
            if "test" in request.POST:
                address = request.POST.get("address", "").strip()
                previews.send_test(actor=actor, template=campaign.template, address=address)
                note(request, _("The test has been sent to %(who)s.") % {"who": address})
                return redirect(request.get_full_path())
            problem = _send(request, campaign)
            if not problem:
                return redirect("campaigns:campaign", campaign.pk)
        except (CampaignError, TemplateError) as error:
            problem = str(error)
    context = {"campaign": campaign, "problem": problem, "test_form": form, **_context(request, campaign)}
    status = 422 if problem or form.errors else 200
    return render(request, "campaigns/campaign_review.html", context, status=status)


def _test_form(request: HttpRequest, campaign: Campaign) -> CampaignTestForm:
    data = request.POST if "compare" in request.POST else None
    actor, test = actor_of(request), testing.test_of(campaign)
    return CampaignTestForm(data, actor=actor, campaign=campaign, test=test)


def _compare(request: HttpRequest, campaign: Campaign, form: CampaignTestForm) -> str:
    """Plans that templates are compared, or that none are; what is wrong with it."""
    given = dict(form.cleaned_data)
    others = list(given.pop("templates"))
    try:
        testing.plan(actor=actor_of(request), campaign=campaign, others=others, terms=testing.Terms(**given))
    except ValidationError as error:
        return str(error.messages[0])
    note(request, _("Saved."))
    return ""


def _send(request: HttpRequest, campaign: Campaign, clock: Clock = SYSTEM) -> str:
    """Orders the sending; what is missing before it can be."""
    actor, at = actor_of(request), _at(request)
    audience = queries.audience_of(campaign.segment, campaign.purpose, campaign.channel)
    if audience.receives >= NAME_FROM and request.POST.get("confirm", "").strip() != campaign.name:
        return _("Type the name of the campaign to confirm.")
    if audience.receives > 1.1 * int(request.POST.get("receives") or 0) + 10:
        return _("The audience has grown since you opened this page. Look at the number and confirm again.")
    send_at = at or clock.now() + dt.timedelta(seconds=UNDO_SECONDS)
    campaigns.send_campaign(actor=actor, campaign_id=campaign.pk, at=send_at)
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
    if chosen is None:
        raise Http404(_("The time in the address cannot be read."))
    return timezone.make_aware(chosen) if timezone.is_naive(chosen) else chosen


def _context(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    actor = actor_of(request)
    audience = queries.audience_of(campaign.segment, campaign.purpose, campaign.channel)
    context: dict[str, Any] = {
        "audience": audience,
        "refused": [(gate.REASONS[reason], count) for reason, count in sorted(audience.refused.items())],
        "excluded": audience.total - audience.receives,
        "at": _at(request),
        "names": audience.receives >= NAME_FROM,
        "sender": sender(marketing=campaign.purpose.is_marketing),
        "lacks_sender": lacks_sender(channel_kind(campaign.channel), marketing=campaign.purpose.is_marketing),
        "test_address": actor.label if "@" in actor.label else "",
        "may_test": actor.may("templates.edit"),
    }
    return context | _message(request, campaign, audience.receives)


def _message(request: HttpRequest, campaign: Campaign, receives: int) -> dict[str, Any]:
    """How the message reads without a person, and what becomes of it with some of those it is for."""
    try:
        trial = _trial(campaign, receives)
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
        rendered = previews.preview(actor=actor_of(request), template=campaign.template)
    except TemplateError as error:
        # What cannot be made of nobody may well be made of persons.
        return context if trial.tried else {"template_error": str(error)}
    return context | {
        "subject": rendered.subject,
        "preheader": rendered.preheader,
        "warnings": rendered.warnings,
    }


def _trial(campaign: Campaign, receives: int) -> audience_trial.Trial:
    share = min(1.0, 2 * TRIED / receives) if receives else 1.0
    sample = queries.sample_of(campaign.segment, campaign.purpose, campaign.channel, share=share, most=TRIED)
    chosen = chosen_languages(row.id for row in sample)
    recipients = [
        Recipient(row.id, row.name, row.address, row.traits, chosen.get(row.id, "")) for row in sample
    ]
    return audience_trial.try_on(campaign.template, recipients)
