"""Where events come from: sources, their keys, and how to install them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.events import queries
from rapport.events.forms import SourceForm, initial
from rapport.events.models import Source
from rapport.events.registry import SOURCE_KINDS
from rapport.events.services import sources as services
from rapport.events.services import user_tokens
from rapport.events.snippets import snippets
from rapport.events.views.source_list import SourceList


@require_GET
@page("data.view")
def sources(request: HttpRequest) -> HttpResponseBase:
    return SourceList(request).respond()


@require_http_methods(["GET", "POST"])
@page("data.edit")
def new_source(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            source = services.create_source(actor=actor_of(request), **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("The source has been created. Install it with one of the snippets below."))
            return redirect("events:source", source.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "kinds": list(SOURCE_KINDS)}
    return render(request, "events/source_form.html", context, status=status)


@require_GET
@page("data.view")
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """One source: key, how to install it, what came last, and its volume. Some kinds have pages of their own."""
    actor = actor_of(request)
    source_row = queries.source_for(actor, source_id)
    if kind := SOURCE_KINDS.get(source_row.kind):
        return redirect(kind.page_url, source_row.pk)
    volume = next((row for row in queries.volumes(actor, "source") if row.name == source_row.name), None)
    may_edit = actor.may("data.edit")
    # Who sends as a server is believed more than staff who may only look.
    key = source_row.write_key if may_edit or source_row.is_public else "wk_…"
    context = {
        "volume": volume,
        "key": key,
        "snippets": [
            {
                "name": snippet.name,
                "title": snippet.title,
                "why": snippet.why,
                "code": snippet.code,
                "opened": snippet.opened_for(source_row.kind),
            }
            for snippet in snippets(settings.PUBLIC_URL, key)
        ],
        "may_edit": may_edit,
        "user_secret": user_tokens.secret(source_row) if may_edit and source_row.is_public else "",
    }
    return render(request, "events/source.html", context | _arrival(request, source_row))


@require_GET
@page("data.view")
def source_arrival(request: HttpRequest, source_id: int) -> HttpResponse:
    """Whether something has come from the source; the source's page asks until it has."""
    source = queries.source_for(actor_of(request), source_id)
    return render(request, "events/_arrival.html", _arrival(request, source) | {"poll": True})


def _arrival(request: HttpRequest, source: Source) -> dict[str, Any]:
    """What a source's page says of what came: how many, the newest (for those who may see people), what was refused."""
    actor = actor_of(request)
    count = queries.received(actor, source)
    newest = None
    if count and actor.may("people.view"):
        newest = next(iter(queries.newest(actor, source=source.name, limit=1)), None)
    library = newest.context.get("library") if newest else None
    return {
        "source": source,
        "count": count,
        "newest": newest,
        "library": " ".join(str(library.get(name, "")) for name in ("name", "version")).strip()
        if isinstance(library, dict)
        else "",
        "refused": queries.quarantined(actor).filter(source=source).count(),
        "waiting": not count and source.disabled_at is None,
    }


@require_http_methods(["GET", "POST"])
@page("data.edit")
@exclusive()
def edit_source(request: HttpRequest, source_id: int) -> HttpResponse:
    actor = actor_of(request)
    source = queries.source_for(actor, source_id)
    form = SourceForm(request.POST or None, initial=initial(source))
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_source(actor=actor, source_id=source.pk, **form.cleaned_data)
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("Saved."))
            return redirect("events:source", source.pk)
    status = 422 if form.errors else 200
    return render(request, "events/source_form.html", {"form": form, "source": source}, status=status)


@require_POST
@page("data.edit")
def disable_source(request: HttpRequest, source_id: int) -> HttpResponse:
    """Undo is enabling it again."""
    source = _found(request, source_id)
    services.disable_source(actor=actor_of(request), source_id=source.pk)
    undo = reverse("events:enable_source", args=[source.pk])
    note(request, _("%(name)s is switched off.") % {"name": source.name}, undo_url=undo)
    return redirect("events:source", source.pk)


@require_POST
@page("data.edit")
def enable_source(request: HttpRequest, source_id: int) -> HttpResponse:
    source = _found(request, source_id)
    try:
        services.enable_source(actor=actor_of(request), source_id=source.pk)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("%(name)s is switched on.") % {"name": source.name})
    return redirect("events:source", source.pk)


@require_POST
@page("data.edit")
def rotate_key(request: HttpRequest, source_id: int) -> HttpResponse:
    source = _found(request, source_id)
    services.rotate_key(actor=actor_of(request), source_id=source.pk)
    note(request, _("The old key is refused from now on. Install the new one."))
    return redirect("events:source", source.pk)


def _found(request: HttpRequest, source_id: int) -> Source:
    return queries.source_for(actor_of(request), source_id)
