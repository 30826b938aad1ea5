"""A member's card for whoever has its link, and what Apple's wallet asks. No sign-in, no cookies: tokens decide."""

from __future__ import annotations

import datetime as dt
import json
import logging

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.content.services import barcodes
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.crypto import Unreadable
from rapport.core.queries import workspace
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.public import public
from rapport.core.views.settings import settings_page
from rapport.loyalty.models import WalletPass
from rapport.loyalty.services import inviting
from rapport.loyalty.services.wallet import apple, keys, passes, telling
from rapport.loyalty.services.wallet import cards as cards_service
from rapport.loyalty.wallet_forms import WalletForm

logger = logging.getLogger("rapport.loyalty")
LOG_LINES, LOG_LENGTH, LONGEST = 20, 500, 254


@require_safe
@public
def card(request: HttpRequest, token: str) -> HttpResponse:
    """The card as a page: points, tier, what the till reads, and the ways into a wallet."""
    clock = clock_of(request)
    account = passes.account_of_link(token, clock.now())
    cards_service.number(account, clock)
    row = keys.wallet_settings()
    shown = cards_service.card_of(account, row.barcode)
    context = {
        "workspace": workspace(),
        "card": shown,
        "picture": barcodes.token_of(shown.barcode, shown.number) if shown.number else "",
        "token": token,
        "referral_link": inviting.link(account) if inviting.is_rewarded(account.program) else "",
        "has_apple": bool(row.apple_certificate),
        "has_google": bool(row.google_issuer),
    }
    with cards_service.spoken(shown):
        return render(request, "loyalty/card.html", context)


@require_safe
@public
def card_file(request: HttpRequest, token: str) -> HttpResponse:
    """The card for Apple's wallet."""
    clock = clock_of(request)
    account = passes.account_of_link(token, clock.now())
    if (signing := _apple()) is None:
        raise Http404("Apple's wallet is not set up")
    content = apple.file_of(passes.fetched(account, clock=clock), signing)
    headers = {"Content-Disposition": 'attachment; filename="card.pkpass"'}
    return HttpResponse(content, content_type=apple.TYPE, headers=headers)


@require_safe
@public
def card_to_google(request: HttpRequest, token: str) -> HttpResponse:
    """Leads to Google's page that saves the card; the token in the address is made now."""
    clock = clock_of(request)
    account = passes.account_of_link(token, clock.now())
    try:
        url = telling.save_to_google(account, clock)
    except (LookupError, ValidationError, Unreadable) as error:
        raise Http404 from error
    return HttpResponse(status=302, headers={"Location": url})


def _apple() -> keys.AppleKeys | None:
    try:
        return keys.apple(keys.wallet_settings())
    except (ValidationError, Unreadable):
        logger.exception("cards cannot be signed")
        return None


@require_safe
def apple_root(_request: HttpRequest) -> HttpResponse:
    """What stands in a card as its address; what is asked stands below it."""
    return HttpResponse(status=204)


@csrf_exempt  # the card's own token is the authority
@require_http_methods(["POST", "DELETE"])
def apple_device(request: HttpRequest, device: str, pass_type: str, serial: str) -> HttpResponse:
    """A telephone wants to hear when the card changes, or no more."""
    if (row := _proven(request, pass_type, serial)) is None:
        return HttpResponse(status=401)
    if request.method == "DELETE":
        passes.unregister_device(row, device)
        return HttpResponse(status=200)
    try:
        push_token = json.loads(request.body)["pushToken"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return HttpResponse(status=400)
    if not isinstance(push_token, str) or not push_token.isalnum() or not len(push_token) <= LONGEST:
        return HttpResponse(status=400)
    is_new = passes.register_device(row, device[:128], push_token, clock_of(request))
    return HttpResponse(status=201 if is_new else 200)


@require_safe
def apple_changed(request: HttpRequest, device: str, pass_type: str) -> HttpResponseBase:
    """Which cards of a telephone changed since it asked last."""
    tag = request.GET.get("passesUpdatedSince", "")
    since = _moment(tag) if tag else None
    signing = _apple()
    rows = passes.changed_since(device, since) if signing and signing.pass_type == pass_type else []
    if not rows:
        return HttpResponse(status=204)
    serials = [str(row.pk) for row in rows]
    return JsonResponse({"lastUpdated": _tag(rows[-1].changed_at), "serialNumbers": serials})


@require_safe
def apple_pass(request: HttpRequest, pass_type: str, serial: str) -> HttpResponse:
    """The card as it is now; 304 where the telephone has this one."""
    row, signing = _proven(request, pass_type, serial), _apple()
    if row is None or signing is None:
        return HttpResponse(status=401)
    shown, row = passes.current(row, row.account, clock_of(request))
    modified = int(row.changed_at.timestamp())
    given = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if given is not None and modified <= given:
        return HttpResponse(status=304)
    headers = {"Last-Modified": http_date(modified), "Cache-Control": "no-store, private"}
    return HttpResponse(apple.file_of(shown, signing), content_type=apple.TYPE, headers=headers)


@csrf_exempt  # nothing is changed; what is said goes into the log
@require_POST
def apple_log(request: HttpRequest) -> HttpResponse:
    """What telephones complain of."""
    try:
        lines = json.loads(request.body)["logs"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return HttpResponse(status=400)
    for line in lines[:LOG_LINES] if isinstance(lines, list) else []:
        logger.warning("a wallet says: %s", ascii(str(line))[:LOG_LENGTH])
    return HttpResponse(status=200)


def _proven(request: HttpRequest, pass_type: str, serial: str) -> WalletPass | None:
    """The card that the header proves the telephone has."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    signing = _apple()
    if kind != "ApplePass" or signing is None or signing.pass_type != pass_type:
        return None
    try:
        return passes.pass_for(serial, token)
    except Http404:
        return None


def _tag(moment: dt.datetime) -> str:
    return str(int(moment.timestamp() * 1_000_000))


def _moment(tag: str) -> dt.datetime | None:
    """A telephone that says something else gets all of its cards."""
    try:
        return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=int(tag[:20]))
    except (ValueError, OverflowError):
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
@exclusive()
def wallet(request: HttpRequest) -> HttpResponseBase:
    """Settings: what signs cards, and what went wrong last."""
    actor, row = actor_of(request), keys.wallet_settings()
    initial = {name: getattr(row, name) for name in ("barcode", "apple_certificate", "google_issuer")}
    form = WalletForm(request.POST or None, initial=initial)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid():
            try:
                keys.change(actor=actor, values=form.cleaned_data, clock=clock_of(request))
            except ValidationError as error:
                form.add_error(None, error)
            else:
                note(request, _("Saved."))
                return redirect("loyalty:wallet")
    context = {"form": form, "row": row, "may_edit": actor.may("settings.edit")}
    return settings_page(request, "loyalty/wallet.html", context, 422 if form.errors else 200)
