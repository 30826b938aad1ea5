"""Settings: the rules about orders and carts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.commerce.forms import OrderRulesForm
from rapport.commerce.queries.orders import order_settings
from rapport.commerce.services.orders import rebuild, rules
from rapport.core.access import actor_of
from rapport.core.jobs import AlreadyQueued
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
@exclusive()
def order_rules(request: HttpRequest) -> HttpResponseBase:
    """When a cart is called abandoned, and which sources are shops of their own."""
    actor, row = actor_of(request), order_settings()
    initial = {
        "tells_abandoned": row.tells_abandoned,
        "cart_minutes": row.cart_minutes,
        "checkout_minutes": row.checkout_minutes,
        "stores": "\n".join(f"{source} = {store}" for source, store in sorted(row.stores.items())),
    }
    form = OrderRulesForm(request.POST or None, initial=initial)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            rules.change_rules(actor=actor, **form.cleaned_data)
            note(request, _("Saved."))
            return redirect("commerce:order-rules")
    context: dict[str, Any] = {
        "form": form,
        "may_edit": actor.may("settings.edit"),
        "may_rebuild": actor.may("orders.edit"),
    }
    return settings_page(request, "commerce/order_rules.html", context, 422 if form.errors else 200)


@require_POST
@page("orders.edit")
def rebuild_all(request: HttpRequest) -> HttpResponseBase:
    """Has every order and cart rebuilt from the events."""
    try:
        rebuild.order_rebuild(actor=actor_of(request))
        note(request, _("The orders are being rebuilt; the jobs show how far it is."))
    except AlreadyQueued:
        note(request, _("They are being rebuilt already."))
    return redirect("commerce:order-rules")
