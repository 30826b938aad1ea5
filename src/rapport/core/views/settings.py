"""The settings area: its frame, its first page, and the business's own facts."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rapport.core import queries, registry
from rapport.core.access import actor_of
from rapport.core.forms.settings import BrandingForm, WorkspaceForm
from rapport.core.services.workspace import WorkspaceDetails, change_workspace
from rapport.core.ui.toasts import note
from rapport.core.views.context import links
from rapport.core.views.pages import exclusive, page


def settings_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page inside the settings frame: its template extends settings/base.html."""
    pages = links(registry.settings_pages(), actor_of(request), request.path)
    return render(request, template, {"settings_pages": pages, **context}, status=status)


@require_safe
@page()
def index(request: HttpRequest) -> HttpResponseBase:
    """The first page the user may see."""
    pages = links(registry.settings_pages(), actor_of(request))
    if not pages:
        raise Http404
    return redirect(pages[0].url)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
@exclusive()
def workspace(request: HttpRequest) -> HttpResponseBase:
    """Name, zone, currency, postal address and sender of the business."""
    actor = actor_of(request)
    row = queries.workspace()
    initial = {field.name: getattr(row, field.name) for field in fields(WorkspaceDetails)}
    form = WorkspaceForm(request.POST or None, initial=initial)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            details = WorkspaceDetails(**form.cleaned_data)
            if asdict(details) != initial:
                change_workspace(actor=actor, details=details)
            note(request, _("Saved."))
            return redirect("core:settings-workspace")
    return workspace_page(request, form=form, status=422 if form.errors else 200)


def workspace_page(
    request: HttpRequest,
    *,
    form: WorkspaceForm | None = None,
    branding_form: BrandingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the business, with the form that was just sent, if any."""
    row = queries.workspace()
    details = {field.name: getattr(row, field.name) for field in fields(WorkspaceDetails)}
    context = {
        "form": form or WorkspaceForm(initial=details),
        "branding": branding_form or BrandingForm(initial={"brand_color": row.brand_color}),
        "has_logo": bool(row.logo_type),
        "may_edit": actor_of(request).may("settings.edit"),
    }
    return settings_page(request, "settings/workspace.html", context, status)
