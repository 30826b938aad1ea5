"""Settings: quiet hours, frequency cap and lateness."""

from __future__ import annotations

from dataclasses import fields

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.messaging import queries
from rapport.messaging.forms import PolicyForm
from rapport.messaging.services.policy import Limits, change_policy


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
@exclusive()
def policy(request: HttpRequest) -> HttpResponseBase:
    """The one page of sending limits."""
    actor = actor_of(request)
    row = queries.sending_policy()
    form = PolicyForm(
        request.POST or None, initial={field.name: getattr(row, field.name) for field in fields(Limits)}
    )
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            try:
                change_policy(actor=actor, limits=Limits(**form.cleaned_data))
            except ValidationError as error:
                form.add_error("quiet_until", error)
            else:
                note(request, _("Saved. It applies to everything that has not been sent yet."))
                return redirect("messaging:policy")
    context = {"form": form, "may_edit": actor.may("settings.edit")}
    return settings_page(request, "messaging/policy.html", context, 422 if form.errors else 200)
