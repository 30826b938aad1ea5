"""Lists kept by hand: making one, putting people on it by pasting or uploading."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import lists

MAX_FILE = 20_000_000
SHOWN = 10


@page("segments.edit")
def new_list(request: HttpRequest) -> HttpResponseBase:
    problems: list[str] = []
    if request.method == "POST":
        try:
            segment = lists.create_list(
                actor=actor_of(request),
                name=request.POST.get("name", ""),
                description=request.POST.get("description", ""),
            )
        except ValidationError as error:
            problems = error.messages
        else:
            _add(request, segment)
            return redirect("segments:segment", segment.key)
    status = 422 if problems else 200
    return render(
        request, "segments/new_list.html", {"problems": problems, "named": request.POST}, status=status
    )


@require_POST
@page("segments.edit")
def add_people(request: HttpRequest, key: str) -> HttpResponseBase:
    _add(request, queries.segment_for(actor_of(request), key))
    return redirect("segments:segment", key)


def _add(request: HttpRequest, segment: Segment) -> None:
    """Puts those on the list whom the pasted text and the file mean, and says who was not found."""
    actor, file = actor_of(request), request.FILES.get("file")
    text, how = request.POST.get("people", ""), _("Pasted")
    if file is not None and (file.size or 0) <= MAX_FILE:
        text = f"{text}\n{file.read().decode('utf-8', 'replace')}"
        how = _("Uploaded: %(name)s") % {"name": file.name}
    if not text.strip():
        return
    try:
        lines = lists.find_people(actor, text)
        added = lists.add_people(actor=actor, segment=segment, person_ids=lines.person_ids, how=how)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return
    note(request, ngettext("%(n)d person added.", "%(n)d people added.", added) % {"n": added})
    if lines.unknown:
        words = {"n": len(lines.unknown), "some": ", ".join(lines.unknown[:SHOWN])}
        note(request, _("%(n)d lines match nobody: %(some)s") % words, level="error")
