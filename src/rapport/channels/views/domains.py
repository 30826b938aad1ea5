"""Settings: one sending domain, what DNS says of it, its keys and its warm-up plan."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.channels.email import queries
from rapport.channels.email.forms import WarmupForm
from rapport.channels.email.models import SendingDomain
from rapport.channels.email.services import checking, domains
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


@page("channels.view")
def domain(request: HttpRequest, domain_id: int) -> HttpResponseBase:
    """The records to publish, what was read, the keys and the plan."""
    row = queries.domain_for(actor_of(request), domain_id)
    return _page(request, row, WarmupForm(initial=_plan(row)))


@require_POST
@page("channels.edit")
def check(request: HttpRequest, domain_id: int) -> HttpResponseBase:
    """Asks DNS now."""
    actor = actor_of(request)
    row = queries.domain_for(actor, domain_id)
    result = checking.check_domain(actor=actor, domain=row, clock=clock_of(request))
    note(request, _("Everything is right.") if result.passed else _("Not everything is right yet."))
    return redirect("channels:domain", row.pk)


@require_POST
@page("channels.edit")
def new_key(request: HttpRequest, domain_id: int) -> HttpResponseBase:
    """Makes a key to take over from the present one."""
    actor = actor_of(request)
    row = queries.domain_for(actor, domain_id)
    try:
        domains.make_key(actor=actor, domain=row, clock=clock_of(request))
        note(request, _("Publish the new key. It signs as soon as a check finds it."))
    except ValidationError as error:
        note(request, error.messages[0])
    return redirect("channels:domain", row.pk)


@require_http_methods(["POST"])
@page("channels.edit")
@exclusive()
def warmup(request: HttpRequest, domain_id: int) -> HttpResponseBase:
    """Sets the warm-up plan."""
    actor = actor_of(request)
    row = queries.domain_for(actor, domain_id)
    form = WarmupForm(request.POST, initial=_plan(row))
    if not form.is_valid():
        return _page(request, row, form)
    domains.set_warmup(actor=actor, domain=row, **form.cleaned_data)
    note(request, _("Saved. It applies to the next message."))
    return redirect("channels:domain", row.pk)


@require_POST
@page("channels.edit")
def removal(request: HttpRequest, domain_id: int) -> HttpResponseBase:
    """Forgets a domain and its keys."""
    actor = actor_of(request)
    row = queries.domain_for(actor, domain_id)
    try:
        domains.remove_domain(actor=actor, domain=row)
    except ValidationError as error:
        note(request, error.messages[0])
        return redirect("channels:domain", row.pk)
    note(request, _("“%(name)s” is removed.") % {"name": row.name})
    return redirect("channels:senders")


def _plan(row: SendingDomain) -> dict[str, Any]:
    return {
        "start": row.warmup_from,
        "first": row.warmup_first,
        "growth": row.warmup_growth,
        "target": row.warmup_target,
    }


def _page(request: HttpRequest, row: SendingDomain, form: WarmupForm) -> HttpResponseBase:
    latest = queries.latest_check(row)
    keys = queries.keys(row)
    today = clock_of(request).now().date()
    context = {
        "row": row,
        "check": latest,
        "records": queries.records(latest) if latest else [],
        "keys": keys,
        "waits": any(key.state == "new" for key in keys),
        "form": form,
        "share": queries.share_of(row, today) if row.warmup_from else None,
        "may_edit": actor_of(request).may("channels.edit"),
    }
    return settings_page(request, "channels/domain.html", context, 422 if form.errors else 200)
