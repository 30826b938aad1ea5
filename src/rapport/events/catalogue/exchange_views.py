"""The plan as a file, in and out, and which sources must keep to it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.events import queries
from rapport.events.catalogue import exchange, forms, writing
from rapport.events.models import Source, SourcePlan

MAX_FILE = 5 * 1024 * 1024


@require_GET
@page("data.view")
def as_json(request: HttpRequest) -> HttpResponse:
    text = json.dumps(exchange.plan_of(actor_of(request)), indent=2, ensure_ascii=False)
    return _file(text, "application/json", "tracking-plan.json")


@require_GET
@page("data.view")
def as_csv(request: HttpRequest) -> HttpResponse:
    return _file(exchange.csv_of(actor_of(request)), "text/csv", "tracking-plan.csv")


def _file(text: str, kind: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=disposition)


@require_http_methods(["GET", "POST"])
@page("data.edit")
def load(request: HttpRequest) -> HttpResponse:
    """First what the file would change, then, when that is agreed to, the change."""
    actor = actor_of(request)
    form = forms.PlanForm(request.POST, request.FILES) if request.method == "POST" else forms.PlanForm()
    context: dict[str, Any] = {"form": form}
    if request.method == "POST":
        try:
            content = _content(request, form)
            entries = exchange.read(content)
            if "agreed" in request.POST:
                count = exchange.load(actor=actor, entries=entries)
                words = ngettext("%(n)d event imported.", "%(n)d events imported.", count)
                note(request, words % {"n": count})
                return redirect("events:catalogue")
            context |= {
                "differences": exchange.compared(actor, entries),
                "content": content.decode("utf-8-sig"),
            }
        except ValidationError as error:
            form.add_error("file", error)
    status = 422 if form.errors and "differences" not in context else 200
    return render(request, "events/catalogue/load.html", context, status=status)


def _content(request: HttpRequest, form: forms.PlanForm) -> bytes:
    """The file, or what was shown of it before. Raises ValidationError."""
    if "content" in request.POST:
        return str(request.POST["content"]).encode()
    file = request.FILES.get("file")
    if file is None:
        raise ValidationError(_("Choose a file."))
    if (file.size or 0) > MAX_FILE:
        raise ValidationError(_("The file is larger than 5 MB."))
    return bytes(file.read())


@require_http_methods(["GET", "POST"])
@page("data.edit")
def strict(request: HttpRequest) -> HttpResponse:
    """Which sources may only send declared events."""
    sources = [source for source in queries.sources(actor_of(request)) if source.kind != Source.Kind.INTERNAL]
    if request.method == "POST":
        chosen = set(request.POST.getlist("source"))
        writing.set_strict(
            actor=actor_of(request), sources={source.pk: str(source.pk) in chosen for source in sources}
        )
        note(request, _("Saved. It applies from now on."))
        return redirect("events:catalogue")
    blocking = set(SourcePlan.objects.filter(blocks_undeclared=True).values_list("source_id", flat=True))
    rows = [(source, source.pk in blocking) for source in sources]
    return render(request, "events/catalogue/sources.html", {"rows": rows})
