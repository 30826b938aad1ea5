"""Pages of codes: all of them, one of them, what they were used for, trials, signs of abuse, a person's panel."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import Actor, actor_of
from rapport.core.clock import SYSTEM, Clock, clock_of
from rapport.core.money import MoneyError, currency_code
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import badge, money, named
from rapport.core.ui.lists import BooleanFilter, ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.people import queries as people
from rapport.promotions import queries, signals
from rapport.promotions.forms import TrialForm
from rapport.promotions.models import Coupon, Promotion, Redemption
from rapport.promotions.queries import gift_cards
from rapport.promotions.services import issuing, promotions, redeeming
from rapport.promotions.services.baskets import Basket, BasketLine
from rapport.promotions.services.claims import Bearer, Claim
from rapport.promotions.services.refusals import WORDS, Refused
from rapport.promotions.views.gift_cards import card_state

TONES = {"reserved": "accent", "redeemed": "good", "released": "", "lapsed": "", "cancelled": "warn"}


def coupon_state(row: Coupon, clock: Clock = SYSTEM) -> tuple[str, str]:
    """(words, tone) of a code."""
    if row.blocked:
        return _("Blocked"), "bad"
    if row.is_used_up:
        return _("Used"), "good"
    if row.expires_at and row.expires_at <= clock.now():
        return _("Ended"), "warn"
    return (_("Issued"), "accent") if row.person_id else (_("Free"), "")


def _state(row: Coupon) -> Any:
    return badge(*coupon_state(row))


def _person(row: Any) -> Any:
    return named(row.person) if row.person else ""


def redemption_badge(row: Redemption) -> Any:
    return badge(row.get_state_display(), TONES[row.state])


class CouponList(ListPage):
    name = "coupons"
    title = gettext_lazy("Codes")
    template = "promotions/list.html"
    empty = (
        gettext_lazy("No codes yet"),
        gettext_lazy("They are generated, imported or added on the page of their promotion."),
    )
    default_sort = "-id"
    search_in = ("code", "person__name", "person__email")
    search_hint = gettext_lazy("Code, name or address")
    export_permission = "people.export"
    columns = (
        Column("code", gettext_lazy("Code"), value=str, main=True),
        Column("promotion", gettext_lazy("Promotion"), value="promotion.name"),
        Column("state", gettext_lazy("State"), value=lambda row: coupon_state(row)[0], cell=_state),
        Column("person", gettext_lazy("Issued to"), value=lambda row: str(row.person or ""), cell=_person),
        Column("expires_at", gettext_lazy("Ends")),
        Column("uses", gettext_lazy("Uses"), num=True, shown=False),
        Column("max_uses", gettext_lazy("Uses altogether"), num=True, shown=False),
        Column("issued_at", gettext_lazy("Issued on"), shown=False),
        Column("id", gettext_lazy("Number"), sort="id", shown=False),
    )  # fmt: skip
    filters = (
        TextFilter("promotion", gettext_lazy("Promotion"), "promotion__key"),
        TextFilter("code", gettext_lazy("Code")),
        DateFilter("expires_at", gettext_lazy("Ends")),
        BooleanFilter("blocked", gettext_lazy("Blocked")),
    )

    def rows(self) -> Any:
        return queries.coupons(self.actor)

    def url(self, row: Coupon) -> str:
        return reverse("promotions:coupon", args=[row.pk])


class RedemptionList(ListPage):
    name = "redemptions"
    title = gettext_lazy("Redemptions")
    template = "promotions/list.html"
    empty = (
        gettext_lazy("Nothing redeemed yet"),
        gettext_lazy("Codes that a shop holds for a cart or uses for an order are listed here."),
    )
    default_sort = "-at"
    search_in = ("order_ref", "coupon__code", "person__name")
    search_hint = gettext_lazy("Order, code or name")
    export_permission = "people.export"
    columns = (
        Column("code", gettext_lazy("Code"), value=lambda row: str(row.coupon), main=True),
        Column("promotion", gettext_lazy("Promotion"), value="promotion.name"),
        Column("state", gettext_lazy("State"), value="get_state_display", cell=redemption_badge),
        Column("at", gettext_lazy("When"), sort="at"),
        Column("order", gettext_lazy("Order"), value="order_ref"),
        Column("person", gettext_lazy("Person"), value=lambda row: str(row.person or ""), cell=_person),
        Column(
            "discount", gettext_lazy("Discount"), num=True, cell=lambda row: money(row.discount, row.currency)
        ),
        Column(
            "objection",
            gettext_lazy("Against the rules"),
            value=lambda row: str(WORDS.get(row.objection, "")),
        ),
        Column("store", gettext_lazy("Shop"), shown=False),
        Column("currency", gettext_lazy("Currency"), shown=False),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=Redemption.State.choices),
        TextFilter("promotion", gettext_lazy("Promotion"), "promotion__key"),
        DateFilter("at", gettext_lazy("When")),
        TextFilter("order", gettext_lazy("Order"), "order_ref"),
        BooleanFilter("observed", gettext_lazy("Told by an order afterwards")),
    )

    def rows(self) -> Any:
        return queries.redemptions(self.actor)

    def url(self, row: Redemption) -> str:
        return reverse("promotions:coupon", args=[row.coupon_id])


@page("promotions.view")
def coupon_list(request: HttpRequest) -> HttpResponseBase:
    return CouponList(request).respond()


@page("promotions.view")
def redemption_list(request: HttpRequest) -> HttpResponseBase:
    return RedemptionList(request).respond()


@require_safe
@page("promotions.view")
def coupon(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """One code and what it was used for."""
    actor = actor_of(request)
    row = get_object_or_404(queries.coupons(actor), pk=coupon_id)
    words, tone = coupon_state(row)
    context = {
        "coupon": row,
        "words": words,
        "tone": tone,
        "redemptions": [
            (used, TONES[used.state]) for used in queries.redemptions(actor).filter(coupon=row)[:50]
        ],
        "may_edit": actor.may("promotions.edit"),
    }
    return render(request, "promotions/coupon.html", context)


@require_POST
@page("promotions.edit")
def block(request: HttpRequest, coupon_id: int) -> HttpResponse:
    actor = actor_of(request)
    row = get_object_or_404(queries.coupons(actor), pk=coupon_id)
    # The state is posted: a second click changes nothing.
    is_blocked = request.POST.get("blocked") != "no"
    promotions.block(actor=actor, coupon=row, blocked=is_blocked)
    note(request, _("Blocked.") if is_blocked else _("Unblocked."))
    return redirect("promotions:coupon", coupon_id)


@require_safe
@page("promotions.view")
def trial(request: HttpRequest) -> HttpResponse:
    """Whether a code would hold for a person and a cart, and why not."""
    is_tried = "products" in request.GET
    initial = {"code": request.GET.get("code", ""), "currency": workspace().currency, "products": "1 x 20.00"}
    form = TrialForm(request.GET) if is_tried else TrialForm(initial=initial)
    context: dict[str, Any] = {"form": form}
    if is_tried and form.is_valid():
        actor = actor_of(request)
        try:
            checked = redeeming.trial(actor=actor, claim=_claim_of(actor, form))
            context |= {"checked": checked, "refusals": checked.result.refusals}
        except Refused as error:
            context["refusals"] = error.refusals
        except MoneyError as error:
            form.add_error("currency", str(error))
        context["is_answered"] = not form.errors
    return render(request, "promotions/trial.html", context, status=422 if form.errors else 200)


def _claim_of(actor: Actor, form: TrialForm) -> Claim:
    """Raises MoneyError."""
    given = form.cleaned_data
    typed = given["person"].strip()
    person = people.find(actor, typed if ":" in typed else f"email:{typed}") if typed else None
    bearer = Bearer(person.pk if person else None, "" if person else typed)
    lines = [
        BasketLine(product, product, category, Decimal(quantity), Decimal(price))
        for quantity, price, product, category in given["products"]
    ]
    basket = Basket(currency_code(given["currency"]), lines, given["shipping"] or Decimal(0))
    return Claim(given["code"], basket, bearer)


@require_safe
@page("promotions.view")
def signs(request: HttpRequest, clock: Clock = SYSTEM) -> HttpResponse:
    """What looks like guessing or abuse."""
    context = {"groups": signals.all_of(actor_of(request), clock.now())}
    return render(request, "promotions/signals.html", context)


@require_safe
@page("promotions.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The profile's panel: their codes, and what they used."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    coupons = [(row, *coupon_state(row)) for row in queries.coupons_of(actor, shown)[:8]]
    running = Promotion.objects.filter(state=Promotion.State.ACTIVE).order_by("name")[:50]
    context = {
        "person": shown,
        "coupons": coupons,
        "redemptions": queries.redemptions(actor).filter(person=shown)[:5],
        "cards": [
            (card, *card_state(card, clock_of(request).now()))
            for card in gift_cards.cards(actor).filter(person=shown)[:8]
        ]
        if actor.may("gift_cards.view")
        else [],
        "promotions": running if actor.may("coupons.redeem") else [],
    }
    return render(request, "promotions/person.html", context)


@require_POST
@page("coupons.redeem")
def issue(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Issues the person a code of a promotion; the one they have, if they have one."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    number = request.POST.get("promotion", "")
    row = queries.promotion_for(actor, int(number) if number.isdecimal() and len(number) < 16 else 0)
    try:
        given = issuing.issue(actor=actor, promotion=row, person_id=shown.pk)
    except issuing.NothingToIssue as error:
        note(request, str(error), level="error")
    else:
        note(request, _("The code is %(code)s.") % {"code": given})
    return redirect("people:profile", shown.pk)
