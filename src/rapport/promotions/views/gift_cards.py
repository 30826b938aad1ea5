"""Pages of gift cards: all of them, one of them, what is owed, and what is on one for whoever holds it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.queries import workspace
from rapport.core.templatetags.ui import badge, money, named
from rapport.core.ui.lists import BooleanFilter, Column, DateFilter, ListPage, NumberFilter, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.people import queries as people
from rapport.promotions.forms.gift_cards import AdjustForm, NewCardForm, RulesForm
from rapport.promotions.models import GiftCard, GiftCardEntry
from rapport.promotions.queries import gift_cards as queries
from rapport.promotions.services.gift_cards import books, cards, terms, tries
from rapport.promotions.services.refusals import Refused, TooManyTries

SHOWN = 50


def card_state(row: GiftCard, now: Any) -> tuple[str, str]:
    """(words, tone) of a card."""
    if row.blocked:
        return _("Blocked"), "bad"
    if row.expires_at and row.expires_at <= now:
        return _("Ended"), "warn"
    if not row.balance:
        return pgettext("gift card", "Spent"), ""
    if row.deliver_at and not row.ordered_at:
        return (_("Not delivered"), "bad") if row.problem else (_("Waits to be sent"), "accent")
    return _("Can be used"), "good"


class GiftCardList(ListPage):
    name = "gift_cards"
    title = gettext_lazy("Gift cards")
    template = "promotions/gift_cards.html"
    empty_template = "promotions/gift_empty.html"
    default_sort = "-created_at"
    search_in = ("ending", "person__name", "recipient_name", "order_ref")
    search_hint = gettext_lazy("Last four characters, name or order")
    export_permission = "people.export"
    columns = (
        Column("card", gettext_lazy("Card"), value=str, main=True),
        Column(
            "balance",
            gettext_lazy("On it"),
            sort="balance",
            num=True,
            cell=lambda row: money(row.balance, row.currency),
        ),
        Column("state", gettext_lazy("State"), value=lambda row: row.words[0], cell=lambda row: badge(*row.words)),
        Column(
            "person",
            gettext_lazy("Person"),
            value=lambda row: str(row.person or ""),
            cell=lambda row: named(row.person) if row.person else "",
        ),
        Column("created_at", gettext_lazy("Issued on"), sort="created_at"),
        Column("expires_at", gettext_lazy("Ends")),
        Column("order", gettext_lazy("Order"), value="order_ref", shown=False),
        Column("currency", gettext_lazy("Currency"), shown=False),
        Column("deliver_at", gettext_lazy("To be sent on"), shown=False),
    )  # fmt: skip
    filters = (
        TextFilter("ending", gettext_lazy("Last four characters")),
        NumberFilter("balance", gettext_lazy("On it")),
        BooleanFilter("blocked", gettext_lazy("Blocked")),
        DateFilter("created_at", gettext_lazy("Issued on")),
        DateFilter("expires_at", gettext_lazy("Ends")),
    )

    def rows(self) -> Any:
        return queries.cards(self.actor)

    def prepare(self, rows: list[Any]) -> None:
        now = clock_of(self.request).now()
        for row in rows:
            row.words = card_state(row, now)

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may(cards.PERMISSION)}

    def url(self, row: GiftCard) -> str:
        return reverse("promotions:gift_card", args=[row.pk])


@page("gift_cards.view")
def card_list(request: HttpRequest) -> HttpResponseBase:
    return GiftCardList(request).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@page("gift_cards.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Issues a card; its code is shown once, on its page."""
    actor = actor_of(request)
    # The key makes a second click the same card.
    initial = {"currency": workspace().currency, "key": uuid.uuid4().hex}
    form = NewCardForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            card = cards.issue(actor=actor, wanted=_wanted(actor, form.cleaned_data), clock=clock_of(request))
        except (ValidationError, books.Conflict) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            note(request, _("The code is %(code)s.") % {"code": cards.code_of(card)})
            return redirect("promotions:gift_card", card.pk)
    context = {"form": form}
    return render(request, "promotions/gift_new.html", context, status=422 if form.errors else 200)


def _wanted(actor: Actor, given: dict[str, Any]) -> cards.Order:
    """Raises ValidationError."""
    typed = given.pop("person").strip()
    person = people.find(actor, typed if ":" in typed else f"email:{typed}") if typed else None
    if person is None and (typed or given["deliver_at"]):
        raise ValidationError({"person": _("Nobody is known by this.")})
    owner = person.pk if person else None
    return cards.Order(person_id=owner, buyer=owner, **given)


@require_http_methods(["GET", "HEAD", "POST"])
@page("gift_cards.view")
def card(request: HttpRequest, gift_card_id: uuid.UUID) -> HttpResponse:
    """One card, with everything that happened to it."""
    actor = actor_of(request)
    row = queries.card_for(actor, gift_card_id)
    form = AdjustForm(initial={"key": uuid.uuid4().hex})
    if request.method == "POST":
        actor.require(cards.PERMISSION)
        if request.POST.get("do") == "adjust":
            form = AdjustForm(request.POST)
        if request.POST.get("do") != "adjust" or form.is_valid():
            try:
                shown = _done(request, actor, row, form)
            except (Refused, books.Conflict) as error:
                if form.is_bound:
                    form.add_error("amount", str(error))
                else:
                    note(request, str(error), level="error")
            else:
                return redirect("promotions:gift_card", shown.pk)
    words, tone = card_state(row, clock_of(request).now())
    context = {
        "card": row,
        "words": words,
        "tone": tone,
        "entries": queries.entries(row)[:SHOWN],
        "form": form,
        "may_edit": actor.may(cards.PERMISSION),
    }
    return render(request, "promotions/gift_card.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, actor: Actor, row: GiftCard, form: AdjustForm) -> GiftCard:
    """What a button of the page asks for; returns the card to show. Raises Refused, Conflict."""
    clock = clock_of(request)
    match request.POST.get("do"):
        case "adjust":
            cards.adjust(actor=actor, card=row, clock=clock, **form.cleaned_data)
            note(request, _("Corrected."))
        case "replace":
            fresh = cards.replace(actor=actor, card=row, clock=clock)
            note(request, _("The new code is %(code)s.") % {"code": cards.code_of(fresh)})
            return fresh
        case _:
            is_blocked = request.POST.get("do") == "block"
            cards.block(actor=actor, card=row, blocked=is_blocked)
            note(request, _("Blocked.") if is_blocked else _("Unblocked."))
    return row


@require_http_methods(["GET", "HEAD", "POST"])
@page("gift_cards.view")
@exclusive()
def rules(request: HttpRequest) -> HttpResponse:
    """What is owed on gift cards, and the rules by which they are sold and end."""
    actor = actor_of(request)
    form = RulesForm(request.POST or None, rules=cards.rules())
    if request.method == "POST":
        actor.require(cards.PERMISSION)
        if form.is_valid():
            cards.set_rules(actor=actor, values=form.cleaned_data)
            note(request, _("Saved."))
            return redirect("promotions:gift_rules")
    kinds = GiftCardEntry.Kind
    owed = [
        (row, [(kind.label, row.sums[kind.value]) for kind in kinds if kind.value in row.sums])
        for row in queries.liability(actor)
    ]
    context = {"form": form, "owed": owed, "may_edit": actor.may(cards.PERMISSION)}
    return render(request, "promotions/gift_rules.html", context, status=422 if form.errors else 200)


def _last_day(row: GiftCard) -> dt.date | None:
    return terms.last_day(row.expires_at, workspace().time_zone) if row.expires_at else None


@csrf_exempt  # the code is the authority; no cookie is read or set
@require_http_methods(["GET", "HEAD", "POST"])
def balance(request: HttpRequest) -> HttpResponse:
    """What is on a card, for whoever holds it. Nothing is said of a code that is wrong but that it is."""
    context: dict[str, Any] = {"workspace": workspace()}
    status, now = 200, clock_of(request).now()
    if request.method == "POST":
        caller = str(request.META.get("REMOTE_ADDR") or "")
        code = request.POST.get("code", "")[:64]
        try:
            row = tries.look_up(code, client=caller, caller="page", now=now)
            context |= {"card": row, "words": card_state(row, now)[0], "last_day": _last_day(row)}
        except Refused as error:
            status = 429 if isinstance(error, TooManyTries) else 422
            context |= {"problem": str(error), "code": code}
    response = render(request, "promotions/gift_balance.html", context, status=status)
    for header, value in (
        ("Cache-Control", "no-store, private"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex"),
    ):
        response.headers[header] = value
    return response
