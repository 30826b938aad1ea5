"""The page behind a member's personal link. No sign-in, no cookie, no script."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rapport.content.web import spam
from rapport.core.clock import clock_of
from rapport.core.queries import workspace
from rapport.core.services import rates
from rapport.core.views.public import public
from rapport.loyalty.referral_forms import InvitationForm
from rapport.loyalty.services import inviting

# So many of one network.
MOST, SECONDS = 10, 600


@csrf_exempt  # no cookie or session is read: whoever sends this acts for nobody who is signed in
@require_http_methods(["GET", "HEAD", "POST"])
@public
def refer(request: HttpRequest, referral_code: str) -> HttpResponse:
    """Says what both get, and takes the friend's address. The answer never says whether an address is on record."""
    try:
        program = inviting.account_of(referral_code).program
    except Http404:
        return _page(request, {"is_over": True}, 404)
    if request.method == "POST":
        return _sent(request, referral_code, program)
    if request.GET.get("sent"):
        return _page(request, {"program": program, "is_sent": True})
    return _page(request, {"program": program, "form": InvitationForm()})


def _sent(request: HttpRequest, code: str, program: Any) -> HttpResponse:
    now, caller = clock_of(request).now(), str(request.META.get("REMOTE_ADDR") or "")
    form = InvitationForm(request.POST)
    context: dict[str, Any] = {"program": program, "form": form}
    if not form.is_valid():
        return _page(request, context, 422)
    if rates.exceeded("loyalty-refer", spam.network(caller), limit=MOST, seconds=SECONDS, now=now):
        context["problem"] = _("Too many people come from your network. Please try again in ten minutes.")
        return _page(request, context, 429)
    reasons = spam.reasons(
        token_sent=request.POST.get("token", "")[:200] or "-",
        honeypot=request.POST.get(spam.HONEYPOT, ""),
        now=now,
    )
    if "honeypot" not in reasons:
        if reasons:
            context["problem"] = _("This was sent too soon. Please send it once more.")
            return _page(request, context, 422)
        device = f"{caller} {request.headers.get('User-Agent', '')}"
        inviting.accept(code=code, device=device, clock=clock_of(request), **form.cleaned_data)
    return HttpResponse(status=303, headers={"Location": "?sent=1"})


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    # Who mends a mistake goes on where they began.
    begun = request.POST.get("token", "")[:200]
    context |= {
        "workspace": workspace(),
        "token": begun if begun and spam.made_at(begun) else spam.token(clock_of(request).now()),
        "honeypot": spam.HONEYPOT,
    }
    return render(request, "loyalty/refer.html", context, status=status)
