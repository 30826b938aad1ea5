"""Events that could not be taken: why, what they carried, and another try."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from rapport.core.ui.toasts import note
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.events import queries
from rapport.events.catalogue import masking
from rapport.events.models import QuarantinedEvent
from rapport.events.services import quarantine as services
from rapport.events.views.frame import tabs

PAGE = 100


@require_GET
@page("data.view")
def quarantine(request: HttpRequest) -> HttpResponse:
    """What waits, newest first; `before` goes on below an id."""
    actor = actor_of(request)
    waiting = queries.quarantined(actor).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdigit():
        waiting = waiting.filter(pk__lt=int(before))
    rows = list(waiting[: PAGE + 1])
    context = {
        "tabs": tabs(request, "quarantine"),
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "may_edit": actor.may("data.edit"),
    }
    return render(request, "events/quarantine.html", context)


@require_GET
@page("data.view")
def quarantined_event(request: HttpRequest, event_id: int) -> HttpResponse:
    actor = actor_of(request)
    found = queries.quarantined_for(actor, event_id)
    context = {
        "item": found,
        "raw": readable(bytes(found.payload), plain=actor.may(masking.PERMISSION)),
        "hidden": not actor.may(masking.PERMISSION),
        "open": not (found.replayed_at or found.discarded_at),
        "may_edit": actor.may("data.edit"),
    }
    return render(request, "events/quarantined_event.html", context)


def readable(payload: bytes, *, plain: bool = True) -> str:
    """The payload as indented JSON where it is JSON, else as text; unless `plain`, without its values."""
    text = payload.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text if plain else masking.MASK
    return json.dumps(found if plain else masking.blanked(found), indent=2, ensure_ascii=False)


@require_POST
@page("data.edit")
def decide(request: HttpRequest) -> HttpResponseBase:
    """Replays or discards the chosen events, and says how it went."""
    actor = actor_of(request)
    chosen = [int(pk) for pk in request.POST.getlist("row") if pk.isdigit()][:1000]
    items = list(queries.quarantined(actor).filter(pk__in=chosen))
    if request.POST.get("action") == "discard":
        for item in items:
            services.discard(actor=actor, item=item)
        done = ngettext("%(n)d event discarded.", "%(n)d events discarded.", len(items))
        note(request, done % {"n": len(items)})
    else:
        _replay(request, items)
    return redirect("events:quarantine")


def _replay(request: HttpRequest, items: list[QuarantinedEvent]) -> None:
    refused: list[str] = []
    for item in items:
        try:
            services.replay(actor=actor_of(request), item=item)
        except services.CannotReplay as error:
            refused.append(str(error))
    done = len(items) - len(refused)
    if done:
        note(request, ngettext("%(n)d event replayed.", "%(n)d events replayed.", done) % {"n": done})
    if refused:
        words = ngettext(
            "%(n)d event was refused again: %(why)s",
            "%(n)d events were refused again. The first: %(why)s",
            len(refused),
        )
        note(request, words % {"n": len(refused), "why": refused[0]}, level="error")
    if not items:
        note(request, _("Choose the events first."), level="warning")
