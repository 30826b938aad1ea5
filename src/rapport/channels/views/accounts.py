"""Settings: the channels, their accounts, whether they work, and a test."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.channels import addresses, queries
from rapport.channels.forms import AccountForm, TestForm
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import NETWORKS, Network, way_of
from rapport.channels.protocol import Outcome, Result
from rapport.channels.registry import CHANNELS, Adapter, adapters_of
from rapport.channels.services import accounts, trials
from rapport.core import crypto
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page


@page("channels.view")
def account_list(request: HttpRequest) -> HttpResponseBase:
    """The channels in use with their accounts, and the ways to set up the others."""
    actor = actor_of(request)
    rows = list(queries.accounts(actor))
    channels: list[dict[str, Any]] = [
        {
            "kind": kind,
            "accounts": [row for row in rows if row.channel == kind.key],
            "adapters": adapters_of(kind.key),
            "environment": any(way.environment() is not None for way in adapters_of(kind.key)),
        }
        for kind in CHANNELS
    ]
    for network in NETWORKS:
        own = [row for row in rows if row.channel == network.key]
        channels.append({"kind": network, "accounts": own, "adapters": [network], "is_network": True})
    used = [entry for entry in channels if entry["accounts"] or entry.get("environment")]
    context = {
        "channels": used,
        "others": [entry for entry in channels if entry not in used],
        "may_edit": actor.may("channels.edit"),
    }
    return settings_page(request, "channels/accounts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.edit")
def new(request: HttpRequest, adapter: str) -> HttpResponseBase:
    """Sets up an account by the way of this adapter."""
    way = way_of(adapter)
    if way is None:
        raise Http404
    form = AccountForm(request.POST or None, adapter=way, stored={}, initial={"name": str(way.label)})
    if request.method == "POST" and form.is_valid():
        try:
            row = accounts.create(
                actor=actor_of(request),
                adapter=way.key,
                name=form.cleaned_data["name"],
                stream=form.used_for,
                values=form.settings,
                clock=clock_of(request),
            )
        except ValidationError as error:
            form.add_problems(error)
        else:
            is_network = isinstance(way, Network)
            note(
                request,
                _("The account is in use. Ask the provider whether it works.")
                if is_network
                else _("The account is in use. Send yourself a test."),
            )
            return redirect("channels:account", row.pk)
    context = {"form": form, "adapter": way}
    return settings_page(request, "channels/account_new.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.view")
@exclusive()
def account(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """One account: its settings, its health, the address its provider calls, and a test."""
    actor = actor_of(request)
    row = queries.account_for(actor, account_id)
    form = _form(request, row)
    if request.method == "POST":
        actor.require("channels.edit")
        if form.is_valid():
            try:
                accounts.change(
                    actor=actor,
                    account_id=row.pk,
                    name=form.cleaned_data["name"],
                    stream=form.used_for,
                    values=form.settings,
                    clock=clock_of(request),
                )
            except ValidationError as error:
                form.add_problems(error)
            else:
                note(request, _("Saved. It applies to the next message."))
                return redirect("channels:account", row.pk)
    return _account_page(request, row, form)


@require_POST
@page("channels.edit")
def test(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Sends a test and shows what became of it."""
    actor = actor_of(request)
    row = queries.account_for(actor, account_id)
    form = TestForm(request.POST, of_person=_by_person(row))
    outcome: Outcome | None = None
    if form.is_valid():
        try:
            outcome = trials.send_test(
                actor=actor,
                account_id=row.pk,
                address=form.cleaned_data["address"],
                clock=clock_of(request),
            )
        except ValidationError as error:
            form.add_error("address", error.messages[0])
    row.refresh_from_db()
    return _account_page(request, row, _form(request, row, fresh=True), test_form=form, outcome=outcome)


@require_POST
@page("channels.edit")
def inspection(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Asks the provider how the account stands, and shows it."""
    actor = actor_of(request)
    row = queries.account_for(actor, account_id)
    try:
        standing = trials.inspect(actor=actor, account_id=row.pk, clock=clock_of(request))
    except ValidationError as error:
        return _account_page(request, row, _form(request, row, fresh=True), problem=error.messages[0])
    return _account_page(request, row, _form(request, row, fresh=True), standing=standing)


@require_POST
@page("channels.edit")
def disabling(request: HttpRequest, account_id: int) -> HttpResponseBase:
    """Takes the account out of use, or with `undo` back into it."""
    undo = "undo" in request.POST
    try:
        accounts.disable(actor=actor_of(request), account_id=account_id, undo=undo, clock=clock_of(request))
    except ValidationError as error:
        note(request, error.messages[0])
    else:
        note(
            request,
            _("The account is in use again.") if undo else _("Nothing more is sent over this account."),
        )
    return redirect("channels:account", account_id)


def _by_person(row: ChannelAccount) -> bool:
    """Whether the addresses of its channel follow from persons."""
    return row.channel in CHANNELS and CHANNELS[row.channel].addresses is not None


def _way(row: ChannelAccount) -> Adapter | Network:
    way = way_of(row.adapter)
    if way is None:
        raise Http404
    return way


def _form(request: HttpRequest, row: ChannelAccount, *, fresh: bool = False) -> AccountForm:
    posted = request.POST if request.method == "POST" and not fresh else None
    try:
        stored = accounts.settings_of(row)
    except crypto.Unreadable:
        stored = row.settings
    return AccountForm(
        posted,
        adapter=_way(row),
        stored=stored,
        initial={"name": row.name, "stream": row.stream},
    )


def _account_page(
    request: HttpRequest,
    row: ChannelAccount,
    form: AccountForm,
    test_form: TestForm | None = None,
    outcome: Outcome | None = None,
    standing: list[tuple[str, str]] | None = None,
    problem: str = "",
) -> HttpResponseBase:
    way = _way(row)
    is_network = isinstance(way, Network)
    context: dict[str, Any] = {
        "row": row,
        "adapter": way,
        "form": form,
        "is_network": is_network,
        "test_form": test_form or TestForm(of_person=_by_person(row)),
        "may_ask": is_network or (isinstance(way, Adapter) and way.look is not None),
        "standing": standing,
        "problem": problem,
        "outcome": outcome,
        "outcome_advice": way.advice(outcome.code) if outcome else "",
        "advice": way.advice(row.last_error.partition(" ")[0]),
        "accepted": outcome is not None and outcome.result is Result.ACCEPTED,
        "address": addresses.called(row),
        "may_edit": actor_of(request).may("channels.edit"),
    }
    wrong = form.errors or problem or (test_form is not None and test_form.errors)
    return settings_page(request, "channels/account.html", context, 422 if wrong else 200)
