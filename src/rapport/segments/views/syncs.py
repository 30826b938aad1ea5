"""Syncs of a segment: what there is, what was sent, pausing, sending again."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.segments.models import Sync
from rapport.segments.queries import segments as queries
from rapport.segments.queries import syncs as queries_syncs
from rapport.segments.services import syncs as services
from rapport.segments.views.tabs import tabs

MESSAGES = 50


@page("people.export")
def syncs(request: HttpRequest, key: str) -> HttpResponseBase:
    """The page; a POST makes a sync."""
    actor = actor_of(request)
    segment = queries.segment_for(actor, key)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            new = _create(request, key)
        except ValidationError as error:
            problems = error.message_dict
        else:
            return redirect("segments:sync", key, new.pk)
    context = {
        "segment": segment,
        "tabs": tabs(actor, segment, "syncs"),
        "syncs": queries_syncs.syncs(actor, segment),
        "problems": problems,
        "given": request.POST,
    }
    return render(request, "segments/syncs.html", context, status=422 if problems else 200)


def _create(request: HttpRequest, key: str) -> Sync:
    actor, hours = actor_of(request), request.POST.get("every_hours", "24")
    return services.create_sync(
        actor=actor,
        segment=queries.segment_for(actor, key),
        kind=request.POST.get("kind", ""),
        name=request.POST.get("name", ""),
        url=request.POST.get("url", ""),
        traits=request.POST.get("traits", "").split(","),
        every_hours=int(hours) if hours.isdigit() else 0,
    )


@require_safe
@page("people.export")
def sync(request: HttpRequest, key: str, sync_id: uuid.UUID) -> HttpResponseBase:
    """One sync: its secret, and what was sent with every try."""
    actor = actor_of(request)
    shown = queries_syncs.sync_for(actor, sync_id)
    sent = list(queries_syncs.messages(shown)[:MESSAGES])
    tries = queries_syncs.attempts([message.pk for message in sent])
    rows = [(message, tries.get(message.pk, [])) for message in sent]
    context = {
        "segment": shown.segment,
        "sync": shown,
        "rows": rows,
        "tabs": tabs(actor, shown.segment, "syncs"),
    }
    return render(request, "segments/sync.html", context)


@require_POST
@page("people.export")
def change(request: HttpRequest, key: str, sync_id: uuid.UUID) -> HttpResponseBase:
    """The buttons of a sync."""
    actor, verb = actor_of(request), request.POST.get("action", "")
    changed = queries_syncs.sync_for(actor, sync_id)
    if verb == "pause":
        services.pause_sync(actor=actor, sync=changed)
    elif verb == "resume":
        services.resume_sync(actor=actor, sync=changed)
    elif verb == "snapshot" and changed.kind == Sync.Kind.WEBHOOK:
        message_count = services.send_snapshot(actor=actor, sync=changed)
        note(request, _("Sending everybody, in %(n)d parts.") % {"n": message_count})
    elif verb == "delete":
        services.delete_sync(actor=actor, sync=changed)
        note(request, _("Deleted “%(name)s”.") % {"name": changed.name})
        return redirect("segments:syncs", key)
    elif verb == "replay":
        number = request.POST.get("message", "")
        message = queries_syncs.messages(changed).filter(pk=int(number) if number.isdigit() else 0).first()
        if message is None or message.kind == "file":
            raise Http404("no such message")
        services.replay(actor=actor, message=message)
    return redirect("segments:sync", key, sync_id)
