"""The suppression list: addresses nothing is sent to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.governance import queries
from rapport.governance.forms.settings import AddressForm, SuppressForm
from rapport.governance.services import suppression

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def suppressions(request: HttpRequest) -> HttpResponseBase:
    """Counts, the newest entries, a check of one address (`?address=`); POST adds one."""
    actor = actor_of(request)
    form = SuppressForm(request.POST or None, auto_id="add_%s")
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid() and _add(request, form):
            return redirect("governance:suppressions")
    check = AddressForm(request.GET if "address" in request.GET else None, auto_id="check_%s")
    context: dict[str, Any] = {
        "form": form,
        "check": check,
        "checked": check.is_bound and check.is_valid(),
        "counts": queries.suppression_counts(actor),
        "newest": queries.suppressions(actor)[:SHOWN],
        "may_edit": actor.may("settings.edit"),
    }
    if context["checked"]:
        given = check.cleaned_data
        context["match"] = queries.suppression(actor, given["channel"], given["address"])
    return settings_page(request, "governance/suppressions.html", context, 422 if form.errors else 200)


def _add(request: HttpRequest, form: SuppressForm) -> bool:
    try:
        suppression.suppress(actor=actor_of(request), source=_("settings"), **form.cleaned_data)
    except suppression.InvalidAddress as error:
        form.add_error("address", str(error))
        return False
    note(request, _("Nothing more is sent to this address."))
    return True


@require_POST
@page("settings.edit")
def lifting(request: HttpRequest) -> HttpResponseBase:
    """Allows an address again; whoever does it must know the address, because only its hash is kept."""
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            lifted = suppression.lift(actor=actor_of(request), **form.cleaned_data)
        except suppression.InvalidAddress as error:
            note(request, str(error), level="error")
        else:
            text = (
                _("Messages to this address are allowed again.")
                if lifted
                else _("This address was not suppressed.")
            )
            note(request, text)
    return redirect("governance:suppressions")
