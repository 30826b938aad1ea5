"""API keys: made, shown once, revoked."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core import queries
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.forms.access import KeyForm
from rapport.core.models import ApiKey
from rapport.core.services import keys
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page


@require_http_methods(["GET", "HEAD", "POST"])
@page("keys.edit")
def key_list(request: HttpRequest) -> HttpResponseBase:
    """All keys; POST makes one and shows it, this once."""
    actor = actor_of(request)
    presets = queries.grantable_roles(actor)
    form = KeyForm(request.POST or None, limit=actor.grants, choices=presets)
    secret = ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        scopes = [f"{name}:{reach}" for name, reach in form.grants().items()]
        try:
            _key, secret = keys.create(
                actor=actor,
                name=data["name"],
                role=data["role"],
                scopes=scopes,
                expires_at=data["expires_at"],
            )
        except ValidationError as error:
            form.add_error("expires_at" if "expires_at" in error.message_dict else "role", error.messages)
        else:
            form = KeyForm(limit=actor.grants, choices=presets)
    context = {
        "form": form,
        "keys": queries.api_keys(actor)[:200],
        "secret": secret,
        "now": clock_of(request).now(),
    }
    return settings_page(request, "settings/keys.html", context, 422 if form.errors else 200)


@require_POST
@page("keys.edit")
def revocation(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ends a key, at once and for good."""
    try:
        key = keys.revoke(actor=actor_of(request), key_id=pk)
    except ApiKey.DoesNotExist as error:
        raise Http404 from error
    note(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect("core:settings-keys")
