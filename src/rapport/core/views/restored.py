"""After a restore: what would go out, and the owner's decision about it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.clock import Clock, clock_of
from rapport.core.models import Incarnation
from rapport.core.services import held_work, incarnations, journal
from rapport.core.services.held_work import HELD_WORK
from rapport.core.services.journal import JOURNAL_KINDS
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page(incarnations.PERMISSION)
def restored(request: HttpRequest) -> HttpResponse:
    """GET shows what waits and what the journal tells; POST lets it go on, but for what is skipped."""
    clock = clock_of(request)
    if request.method == "POST":
        return _decide(request, clock)
    waiting = incarnations.waiting()
    context = _waiting(waiting, clock) if waiting else {"last": incarnations.latest()}
    return settings_page(request, "settings/restored.html", context)


def _decide(request: HttpRequest, clock: Clock) -> HttpResponse:
    actor = actor_of(request)
    try:
        if request.POST.get("decision") == "silent":
            held_work.keep_silent(actor=actor, clock=clock)
            note(request, _("This copy keeps silent until you decide otherwise."))
            return redirect("core:settings-restored")
        skip = {work.name: _skipped(request, work.name) for work in HELD_WORK}
        held_work.decide(actor=actor, skip=skip, clock=clock)
    except held_work.AlreadyDecided:
        note(request, _("Somebody has decided already."), level="error")
    else:
        note(request, _("Sending goes on."))
    return redirect("core:settings-restored")


def _skipped(request: HttpRequest, work: str) -> list[str]:
    """Whoever did not say that an item goes on has it skipped: also what came up since the page was shown."""
    prefix = f"{work}-"
    chosen = {
        name.removeprefix(prefix): value for name, value in request.POST.items() if name.startswith(prefix)
    }
    return [name for name, value in chosen.items() if value != "resume"]


def _waiting(waiting: Incarnation, clock: Clock) -> dict[str, Any]:
    since = incarnations.known_until(waiting)
    work_items = held_work.held(waiting, clock)
    preview = journal.preview(since - incarnations.MARGIN)
    covers = bool(journal.reaches_back_to()) and journal.reaches_back_to() <= f"{since:%Y-%m-%d}"
    return {
        "waiting": waiting,
        "since": since,
        "waiting_work": [(work, work_items[work.name]) for work in HELD_WORK],
        "count": sum(len(items) for items in work_items.values()),
        "changes": [(JOURNAL_KINDS[name].label, count) for name, count in preview.items() if count],
        "covers": covers,
        "folder": journal.folder(),
    }
