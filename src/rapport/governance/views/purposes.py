"""Purposes: what personal data is used for, and on which legal basis."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.governance import queries
from rapport.governance.forms.settings import NewPurposeForm, PurposeForm
from rapport.governance.models import Purpose
from rapport.governance.services import purposes as service


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def purposes(request: HttpRequest) -> HttpResponseBase:
    """All purposes with how many people consent; POST adds one."""
    actor = actor_of(request)
    form = NewPurposeForm(request.POST or None)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            service.create_purpose(actor=actor, key=form.cleaned_data["key"], terms=form.terms())
            note(request, _("Purpose added."))
            return redirect("governance:purposes")
    context = {
        "form": form,
        "purposes": queries.purposes_with_counts(actor),
        "may_edit": actor.may("settings.edit"),
    }
    return settings_page(request, "governance/purposes.html", context, 422 if form.errors else 200)


def _purpose(key: str) -> Purpose:
    purpose = Purpose.objects.filter(key=key).first()
    if purpose is None:
        raise Http404
    return purpose


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.edit")
@exclusive()
def purpose(request: HttpRequest, key: str) -> HttpResponseBase:
    """Changes how a purpose is described."""
    row = _purpose(key)
    initial = {name: getattr(row, name) for name in PurposeForm.base_fields if name != "revision"}
    initial["soft_opt_in_countries"] = ", ".join(row.soft_opt_in_countries)
    form = PurposeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        service.change_purpose(actor=actor_of(request), purpose=row, terms=form.terms())
        note(request, _("Saved."))
        return redirect("governance:purposes")
    context = {"form": form, "row": row}
    return settings_page(request, "governance/purpose.html", context, 422 if form.errors else 200)


@require_POST
@page("settings.edit")
def archival(request: HttpRequest, key: str) -> HttpResponseBase:
    """Takes a purpose out of use."""
    row = service.archive_purpose(actor=actor_of(request), purpose=_purpose(key))
    undo = reverse("governance:purpose-restoration", args=[key])
    note(request, _("“%(name)s” is no longer in use.") % {"name": row.name}, undo_url=undo)
    return redirect("governance:purposes")


@require_POST
@page("settings.edit")
def restoration(request: HttpRequest, key: str) -> HttpResponseBase:
    """Puts an archived purpose back into use."""
    row = service.restore_purpose(actor=actor_of(request), purpose=_purpose(key))
    note(request, _("“%(name)s” is in use again.") % {"name": row.name})
    return redirect("governance:purposes")
