"""Pages of members: the list, an account with its statement, the panel of a profile."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge, named, number
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, NumberFilter, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.loyalty.forms import BookingForm, CardForm
from rapport.loyalty.models import Account, Entry
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries.badges import progress
from rapport.loyalty.queries.rewards import rewards
from rapport.loyalty.queries.tiers import reasons
from rapport.loyalty.services import accounts, inviting, points
from rapport.loyalty.services.wallet import links
from rapport.people import queries as people

TONES = {"active": "good", "blocked": "bad", "closed": ""}
SHOWN = 50


def _who(row: Account) -> Any:
    return named(row.person) if row.person else _("Nobody any more")


class AccountList(ListPage):
    name = "loyalty-accounts"
    title = gettext_lazy("Members")
    template = "loyalty/programs.html"
    empty = (
        gettext_lazy("No members yet"),
        gettext_lazy(
            "Who buys something becomes a member, if the programme says so; others join on their profile."
        ),
    )
    default_sort = "-joined_at"
    search_in = ("card_number", "person__name", "person__email")
    search_hint = gettext_lazy("Card, name or address")
    export_permission = "people.export"
    columns = (
        Column("person", gettext_lazy("Person"), value=lambda row: str(row.person or ""), cell=_who, main=True),
        Column("program", gettext_lazy("Programme"), value="program.name"),
        Column("balance", gettext_lazy("Points"), sort="balance", num=True, cell=lambda row: number(row.balance)),
        Column("pending", pgettext_lazy("points", "Pending"), sort="pending", num=True,
               cell=lambda row: number(row.pending)),
        Column("tier", gettext_lazy("Tier"), sort="tier__threshold", value=lambda row: str(row.tier or "")),
        Column("card_number", gettext_lazy("Card number"), sort="card_number"),
        Column("status", gettext_lazy("State"), value="get_status_display",
               cell=lambda row: badge(row.get_status_display(), TONES[row.status])),
        Column("joined_at", gettext_lazy("Joined"), sort="joined_at"),
        Column("owed", gettext_lazy("Owed"), sort="owed", num=True, shown=False, cell=lambda row: number(-row.owed)),
    )  # fmt: skip
    filters = (
        TextFilter("program", gettext_lazy("Programme"), "program__name"),
        TextFilter("tier", gettext_lazy("Tier"), "tier__name"),
        NumberFilter("balance", gettext_lazy("Points")),
        NumberFilter("pending", pgettext_lazy("points", "Pending")),
        ChoiceFilter("status", gettext_lazy("State"), choices=Account.Status.choices),
        DateFilter("joined_at", gettext_lazy("Joined")),
    )

    def rows(self) -> Any:
        return queries.accounts(self.actor)

    def covered(self, rows: Any, permission: str) -> Any:
        return rows.filter(queries.reachable(self.actor, permission)) if permission else rows

    def url(self, row: Account) -> str:
        return reverse("loyalty:account", args=[row.pk])


@page("loyalty.view")
def account_list(request: HttpRequest) -> HttpResponseBase:
    return AccountList(request).respond()


@require_safe
@page("loyalty.view")
def account(request: HttpRequest, loyalty_account_id: uuid.UUID) -> HttpResponse:
    """An account with its statement."""
    shown = queries.account_for(actor_of(request), loyalty_account_id)
    return _account(request, shown)


def _account(
    request: HttpRequest,
    shown: Account,
    *,
    booking: BookingForm | None = None,
    card: CardForm | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    entries = Paginator(queries.entries(shown), SHOWN).get_page(request.GET.get("page"))
    context = {
        "account": shown,
        "program": shown.program,
        "tone": TONES[shown.status],
        "entries": [(entry, _effect(entry, shown)) for entry in entries],
        "page_obj": entries,
        "next_expiry": queries.next_expiry(shown),
        "owed": -shown.owed,
        "referrals": shown.referrals.order_by("-created_at")[:SHOWN],
        "has_referrals": inviting.is_rewarded(shown.program),
        "referral_link": inviting.link(shown),
        "badges": progress(shown, clock_of(request).now()),
        "reasons": reasons(shown, clock_of(request).now()),
        "rewards": [
            (row, row.stock != 0 and row.points <= shown.balance) for row in rewards(actor, shown.program)
        ],
        "card_url": _link(shown, clock_of(request).now()),
        "redemption_key": str(uuid.uuid4()),
        "booking": booking or BookingForm(initial={"key": str(uuid.uuid4())}),
        "card": card or CardForm(),
        "may_book": actor.may("loyalty.points") and shown.status == Account.Status.ACTIVE,
        "may_open": actor.may("loyalty.points") and shown.person_id is not None,
        "may_see_person": bool(shown.person_id and people.visible_ids(actor, [shown.person_id])),
    }
    status = 422 if (booking and booking.errors) or (card and card.errors) else 200
    return render(request, "loyalty/account.html", context, status=status)


def _link(row: Account, now: dt.datetime) -> str:
    """The address that shows the card to its member, if it is open."""
    return links.card_url(row, now) if row.status == Account.Status.ACTIVE and row.person_id else ""


def _effect(entry: Entry, shown: Account) -> int:
    """What the entry meant for this account: a transfer is one's loss and the other's gain."""
    return -entry.points if entry.other_id == shown.pk else entry.points


@require_POST
@page("loyalty.points")
def book(request: HttpRequest, loyalty_account_id: uuid.UUID) -> HttpResponseBase:
    """Books points by hand."""
    actor = actor_of(request)
    shown = queries.account_for(actor, loyalty_account_id)
    form = BookingForm(request.POST)
    if form.is_valid():
        try:
            points.book(actor=actor, account_id=shown.pk, booking=points.Booking(**form.cleaned_data))
        except (ValidationError, points.Conflict) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            note(request, _("Booked."))
            return redirect("loyalty:account", shown.pk)
    return _account(request, shown, booking=form)


@require_POST
@page("loyalty.points")
def card(request: HttpRequest, loyalty_account_id: uuid.UUID) -> HttpResponseBase:
    """Gives the account a card."""
    actor = actor_of(request)
    shown = queries.account_for(actor, loyalty_account_id)
    form = CardForm(request.POST)
    if form.is_valid():
        try:
            accounts.give_card(actor=actor, account=shown, card_number=form.cleaned_data["card_number"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            note(request, _("The card is theirs now."))
            return redirect("loyalty:account", shown.pk)
    return _account(request, shown, card=form)


@require_POST
@page("loyalty.points")
def status(request: HttpRequest, loyalty_account_id: uuid.UUID) -> HttpResponseBase:
    """Blocks an account, or opens it again."""
    actor = actor_of(request)
    shown = queries.account_for(actor, loyalty_account_id)
    # The state is posted: a second click changes nothing.
    is_open = request.POST.get("status") == Account.Status.ACTIVE
    accounts.set_status(
        actor=actor, account=shown, status=Account.Status.ACTIVE if is_open else Account.Status.BLOCKED
    )
    note(request, _("The account is open.") if is_open else _("The account is blocked."))
    return redirect("loyalty:account", shown.pk)


@require_safe
@page("loyalty.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """The profile's panel: points, and programmes they could join."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    theirs = list(queries.accounts_of(actor, shown))
    joined = {row.program_id for row in theirs}
    others = [program for program in queries.active_programs() if program.pk not in joined]
    now = clock_of(request).now()
    context = {
        "person": shown,
        "accounts": [
            (
                row,
                TONES[row.status],
                queries.next_expiry(row),
                reasons(row, now),
                progress(row, now),
                _link(row, now),
            )
            for row in theirs
        ],
        "programs": others,
        "may_join": actor.may("loyalty.points"),
    }
    return render(request, "loyalty/person.html", context)


@require_POST
@page("loyalty.points")
def join(request: HttpRequest, person_id: uuid.UUID, program_key: str) -> HttpResponseBase:
    """Makes somebody a member."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    try:
        account = accounts.join(actor=actor, program=queries.program_for(actor, program_key), person=shown)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("people:profile", shown.pk)
    note(request, _("They are a member now."))
    return redirect("loyalty:account", account.pk)
