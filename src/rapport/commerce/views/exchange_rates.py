"""Settings: dated exchange rates."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rapport.commerce.queries.exchange_rates import newest
from rapport.commerce.rate_forms import ExchangeRateForm
from rapport.commerce.services import exchange_rates as services
from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def exchange_rates(request: HttpRequest) -> HttpResponseBase:
    """The newest rates, and a place for a file of them or for one."""
    actor = actor_of(request)
    form = ExchangeRateForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        actor.require("orders.edit")
        if form.is_valid():
            try:
                count = services.put(actor=actor, rates=form.rates())
            except ValidationError as error:
                form.refuse(error)
            else:
                note(
                    request, ngettext("%(n)d rate is added.", "%(n)d rates are added.", count) % {"n": count}
                )
                return redirect("commerce:exchange-rates")
    context = {"form": form, "rates": newest(), "may_edit": actor.may("orders.edit")}
    return settings_page(request, "commerce/exchange_rates.html", context, 422 if form.errors else 200)
