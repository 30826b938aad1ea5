"""The theme switch of the account menu."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from rapport.core.access import actor_of
from rapport.core.services.preferences import choose_theme
from rapport.core.views.pages import page


@require_POST
@page()
def theme(request: HttpRequest) -> HttpResponseBase:
    choose_theme(actor=actor_of(request), theme=request.POST.get("theme", ""))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    back = request.headers.get("Referer", "/")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else "/")
