"""The business's colour and logo: their setting, and as the pages of customers load them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.forms.settings import BrandingForm
from rapport.core.services import branding
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import workspace_page


@require_POST
@page("settings.edit")
def change(request: HttpRequest) -> HttpResponseBase:
    form = BrandingForm(request.POST, request.FILES)
    if not form.is_valid():
        return workspace_page(request, branding_form=form, status=422)
    given = form.cleaned_data
    logo = b"" if given["remove_logo"] else given["logo"]
    branding.change_branding(actor=actor_of(request), color=given["brand_color"], logo=logo)
    note(request, _("Saved."))
    return redirect("core:settings-workspace")


@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """The accent of customers' pages; empty when no colour was chosen."""
    return _kept(branding.stylesheet(queries.workspace().brand_color), "text/css; charset=utf-8")


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    row = queries.workspace()
    if not row.logo_type:
        raise Http404
    return _kept(bytes(row.logo), row.logo_type)


def _kept(body: str | bytes, content_type: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer
