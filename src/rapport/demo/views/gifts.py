"""Lantern & Thistle: giving a gift card, and paying with one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from rapport.demo.forms import CodeForm, GiftForm
from rapport.demo.services import gifts
from rapport.demo.services.asking import NotHeld
from rapport.demo.views import shop
from rapport.demo.views.visit import Visit, shop_page


@require_http_methods(["GET", "POST"])
@shop_page
def gift_card(request: HttpRequest, visit: Visit) -> HttpResponse:
    if visit.account is None:
        return visit.page("gift_card")
    form = GiftForm(request.POST or None)
    if form.is_valid():
        gifts.sell(account=visit.account, **form.cleaned_data)
        visit.data["given"] = form.cleaned_data["recipient_email"] or visit.account.email
        return redirect("demo:gift_card")
    given = visit.data.pop("given", "")
    return visit.page("gift_card", 422 if form.is_bound else 200, form=form, given=given)


@require_POST
@shop_page
def gift_code(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Has a card pay for the basket, or does not any more."""
    if "remove" in request.POST:
        visit.data.pop("gift_card", None)
        return redirect("demo:cart")
    form = CodeForm(request.POST, prefix="gift")
    if not form.is_valid():
        return shop.cart_page(visit, gift_form=form)
    visit.data["gift_card"] = form.cleaned_data["code"]
    try:
        visit.gift_card()
    except NotHeld as problem:
        form.add_error("code", str(problem))
        return shop.cart_page(visit, gift_form=form)
    return redirect("demo:cart")
