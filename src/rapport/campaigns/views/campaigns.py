"""Campaign pages: the list, writing a campaign, pausing and cancelling it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Func, TextField, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns import queries
from rapport.campaigns.forms import CampaignForm
from rapport.campaigns.forms.variants import planned
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, copying, rules, variants
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.views import results
from rapport.campaigns.views.outcomes import COMPARE
from rapport.campaigns.views.results import STATUSES
from rapport.core.access import Actor, actor_of
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.lists import Calendar, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.governance.models import Purpose
from rapport.messaging import queries as messaging
from rapport.messaging.services import gate
from rapport.messaging.services.quiet import moment_of
from rapport.segments.models import Segment

KEPT = (
    "name", "segment", "template", "purpose", "channel", "is_local", "per_hour", "window_from", "window_until",
    "folder", "tags",
)  # fmt: skip
# What the services call a field, and what the form does.
FIELD_OF = {
    "at": "time", "delay_minutes": "delay", "kind": "when", "fallbacks": "fallback", "variants": "b_subject",
    "share": "test_share",
}  # fmt: skip


def move_to_day(actor: Actor, row: Campaign, day: dt.date) -> None:
    """The same time of another day, by the reader's clock. Raises ValidationError."""
    at = row.send.send_at if row.send else row.planned_at
    if at is None or row.is_local:
        raise ValidationError(_("It goes out by the clock of each recipient: move it on its own page."))
    wall = dt.datetime.combine(day, timezone.localtime(at).time())
    try:
        copying.reschedule(
            actor=actor,
            campaign_id=row.pk,
            at=moment_of(wall, ZoneInfo(timezone.get_current_timezone_name())),
        )
    except CampaignError as error:
        raise ValidationError(str(error)) from error


class CampaignList(ListPage):
    name = "campaigns"
    title = gettext_lazy("Campaigns")
    template = "campaigns/campaigns.html"
    bulk = (COMPARE,)
    empty_template = "campaigns/campaigns_empty.html"
    default_sort = "-created_at"
    search_in = ("name",)
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column("status", gettext_lazy("State"), cell=lambda row: badge(*STATUSES[row.status])),
        Column("folder", gettext_lazy("Folder"), sort="folder"),
        Column("tags", gettext_lazy("Tags"), value=lambda row: ", ".join(row.tags), shown=False),
        Column("segment", gettext_lazy("Segment"), value="segment.name"),
        Column("purpose", gettext_lazy("Purpose"), value="purpose.name"),
        Column("sent", gettext_lazy("Sent"), value=lambda row: row.results.sent, num=True),
        Column("opened", gettext_lazy("Opened"), value=lambda row: _share(row, "opened_human"), num=True),
        Column("clicked", gettext_lazy("Clicked"), value=lambda row: _share(row, "clicked_human"), num=True),
        Column("send_at", gettext_lazy("Scheduled for"), value="send.send_at", sort="send__send_at"),
        Column("created_at", gettext_lazy("Created"), sort="created_at"),
    )
    calendar = Calendar("on_day", mark="status", move=move_to_day, permission="campaigns.edit")
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        TextFilter("folder", gettext_lazy("Folder")),
        TextFilter("tags", gettext_lazy("Tags"), "tags_text"),
        TextFilter("segment", gettext_lazy("Segment"), "segment__name"),
        TextFilter("purpose", gettext_lazy("Purpose"), "purpose__name"),
        DateFilter("send_at", gettext_lazy("Scheduled for"), "send__send_at"),
        DateFilter("created_at", gettext_lazy("Created")),
    )

    def rows(self) -> Any:
        """Runs are listed with their series; the calendar shows them instead of it."""
        rows = queries.campaigns(self.actor, with_runs=self.state.layout == "calendar")
        return rows.annotate(
            on_day=Coalesce("send__send_at", "planned_at"),
            tags_text=Func("tags", Value(" "), function="array_to_string", output_field=TextField()),
        )

    def prepare(self, rows: list[Any]) -> None:
        counted = messaging.results_of_origin("campaign", [str(row.pk) for row in rows])
        for row in rows:
            row.results = counted.get(str(row.pk), messaging.Results())
            row.status = queries.status(row)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("campaigns.edit")}

    def url(self, row: Campaign) -> str:
        return reverse("campaigns:campaign", args=[row.pk])


def _share(row: Any, name: str) -> str | None:
    rate = row.results.rate(getattr(row.results, name))
    return None if rate is None else formats.percent(rate)


@page("campaigns.view")
def campaign_list(request: HttpRequest) -> HttpResponseBase:
    return CampaignList(request).respond()


@page("campaigns.edit")
def new(request: HttpRequest) -> HttpResponse:
    return _write(request, None)


@page("campaigns.view")
def show(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """A draft is a form; everything else is its results."""
    campaign = queries.campaign_for(actor_of(request), campaign_id)
    if campaign.series_id and campaign.send is None:  # not yet: there is nothing to show but the others
        return redirect("campaigns:campaign", campaign.series_id)
    if campaign.send is None and rules.is_active(campaign):
        return render(request, "campaigns/campaign_series.html", results.series_context(request, campaign))
    if campaign.send is None:
        if request.headers.get("HX-Target") == "panel":  # a form needs the whole page
            context = _audience(campaign.segment, campaign.purpose, campaign.channel)
            may_edit = actor_of(request).may("campaigns.edit")
            return render(
                request, "campaigns/draft_panel.html", {"campaign": campaign, "may_edit": may_edit, **context}
            )
        return _write(request, campaign)
    return render(request, "campaigns/campaign.html", results.context(request, campaign))


@page("campaigns.view")
def deliveries(request: HttpRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Whom it went to, line by line: the ledger of its send."""
    campaign = queries.campaign_for(actor_of(request), campaign_id)
    if campaign.send is None:
        return redirect("campaigns:campaign", campaign_id)
    return redirect(reverse("messaging:deliveries", args=[campaign.send.pk]) + "?whole=1")


@page("campaigns.view")
def audience(request: HttpRequest) -> HttpResponse:
    """Who would get it and who would not, for the choices made so far."""
    form = CampaignForm(request.GET, actor=actor_of(request))
    form.is_valid()
    segment, purpose = form.cleaned_data.get("segment"), form.cleaned_data.get("purpose")
    context: dict[str, Any] = {}
    if segment and purpose:
        context = _audience(segment, purpose, form.cleaned_data["channel"])
    return render(request, "campaigns/campaign_audience.html", context)


def _audience(segment: Segment, purpose: Purpose, channel: str) -> dict[str, Any]:
    counted = queries.audience_of(segment, purpose, channel)
    refused = [(gate.REASONS[reason], count) for reason, count in sorted(counted.refused.items())]
    return {"audience": counted, "refused": refused, "purpose": purpose}


@transaction.atomic
def _write(request: HttpRequest, campaign: Campaign | None) -> HttpResponse:
    """The form. A post locks the draft before its revision is compared."""
    actor = actor_of(request)
    if campaign is not None and request.method == "POST":
        campaign = queries.campaign_for(actor, campaign.pk, lock=True)
    initial = {name: request.GET[name] for name in ("segment", "template") if name in request.GET}
    data = request.POST if request.method == "POST" else None
    form = CampaignForm(data, actor=actor, campaign=campaign, initial=initial)
    if form.is_bound and form.is_valid():
        answer = _keep(request, form, campaign)
        if answer is not None:
            return answer
    context: dict[str, Any] = {
        "form": form,
        "campaign": campaign,
        "workspace": workspace(),
        "may_send": actor.may("campaigns.send"),
        "may_edit": actor.may("campaigns.edit"),
    }
    if campaign is not None:
        context |= _audience(campaign.segment, campaign.purpose, campaign.channel)
        context["runs"] = results.runs_of(request, campaign)
    return render(request, "campaigns/campaign_form.html", context, status=422 if form.errors else 200)


def _keep(request: HttpRequest, form: CampaignForm, campaign: Campaign | None) -> HttpResponse | None:
    """Saves, and goes on to the review if asked to; None when that cannot be, with the reason on the form."""
    actor = actor_of(request)
    try:
        with transaction.atomic():
            row = _save(request, form, campaign)
            _keep_kind(actor, row, form)
    except CampaignError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    except ValidationError as error:
        for field, messages in error.message_dict.items():
            name = FIELD_OF.get(field, field)
            form.add_error(name if name in form.fields else None, messages)
        return None
    if "review" in request.POST:
        chosen = f"?{urlencode({'at': form.send_at.isoformat()})}" if form.send_at else ""
        return redirect(reverse("campaigns:campaign-review", args=[row.pk]) + chosen)
    note(request, _("The draft is saved."))
    return redirect("campaigns:campaign", row.pk)


def _save(request: HttpRequest, form: CampaignForm, campaign: Campaign | None) -> Campaign:
    """Writes down whom, what and how."""
    actor = actor_of(request)
    values = {name: form.cleaned_data[name] for name in KEPT} | {"planned_at": form.send_at}
    if campaign is None:
        return campaigns.create_campaign(actor=actor, **values)
    return campaigns.edit_campaign(actor=actor, campaign_id=campaign.pk, **values)


def _keep_kind(actor: Actor, campaign: Campaign, form: CampaignForm) -> None:
    """What begins it, over which other channels, what it is compared with. Raises ValidationError, CampaignError."""
    ways = form.alternatives(campaign.template) if campaign.template else []
    present = planned(campaign)
    terms = form.terms(len(ways) + 1, present[1]) if ways else None
    is_other = present != (ways, terms)
    if is_other:  # makes room
        variants.plan(actor=actor, campaign=campaign, others=[], terms=variants.Terms())
    if form.kind or rules.rule_of(queries.campaign_for(actor, campaign.pk)):
        rules.set_rule(actor=actor, campaign=campaign, kind=form.kind, **form.rule_values())
    others = form.ways()
    if others or campaign.fallbacks.exists():
        rules.set_fallbacks(actor=actor, campaign=campaign, ways=others)
    if terms and is_other:
        variants.plan(actor=actor, campaign=campaign, others=ways, terms=terms)
