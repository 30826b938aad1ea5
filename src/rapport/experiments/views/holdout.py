"""Settings: the share of everybody who get no marketing."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.experiments.forms import HoldoutForm
from rapport.experiments.services import holdouts


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def holdout(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    row = holdouts.settings_now()
    form = HoldoutForm(request.POST or None, initial={"percent": row.share / 100})
    if request.method == "POST":
        actor.require("experiments.edit")
        if form.is_valid():
            try:
                holdouts.set_share(actor=actor, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                note(request, _("Saved."))
                return redirect("experiments:holdout")
    context = {"form": form, "row": row, "may_edit": actor.may("experiments.edit")}
    return settings_page(request, "experiments/holdout.html", context, 422 if form.errors else 200)
