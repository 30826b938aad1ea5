"""Settings: which identifiers there are, their rules, and trying them out."""

from __future__ import annotations

from dataclasses import asdict

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.people import identity_types
from rapport.people.forms import IdentifierTypeForm, NewIdentifierTypeForm
from rapport.people.registry import IDENTIFIER_TYPES
from rapport.people.services import identifier_types as service
from rapport.people.services.identity_trial import try_out

TRIES = 6


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.view")
def identity(request: HttpRequest) -> HttpResponseBase:
    """All types, strongest first; POST adds one. `key` and `value` lists in the address are tried out."""
    actor = actor_of(request)
    form = NewIdentifierTypeForm(request.POST or None)
    rules = identity_types.refresh(now=True)
    if request.method == "POST":
        actor.require("settings.edit")
        if form.is_valid() and form.cleaned_data["key"] in rules.by_key:
            form.add_error("key", _("This type already exists."))
        if form.is_valid() and _saved(request, form, form.cleaned_data["key"]):
            note(request, _("Type added."))
            return redirect("people:identity")
    pairs = list(zip(request.GET.getlist("kind"), request.GET.getlist("value"), strict=False))[:TRIES]
    given = [(kind, value.strip()) for kind, value in pairs if value.strip()]
    rows = [*pairs, *[("", "")] * TRIES][: max(2, len(pairs))]
    context = {
        "form": form,
        "rules": rules.by_key.values(),
        "built_in": dict(IDENTIFIER_TYPES.items()),
        "periods": {rule.key: service.settings_of(rule).period for rule in rules.by_key.values()},
        "rows": rows,
        "trial": try_out(actor=actor, given=given) if given and actor.may("people.view") else None,
        "may_edit": actor.may("settings.edit"),
    }
    return settings_page(request, "people/identity.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("settings.edit")
@exclusive()
def identifier_type(request: HttpRequest, key: str) -> HttpResponseBase:
    """The rules of one type."""
    rule = identity_types.refresh(now=True).by_key.get(key)
    if rule is None:
        raise Http404
    initial = IdentifierTypeForm.initial_of(asdict(service.settings_of(rule)))
    form = IdentifierTypeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _saved(request, form, key):
        note(request, _("Saved. It applies within seconds."))
        return redirect("people:identity")
    shipped = IDENTIFIER_TYPES.get(key)
    built_in, changed = shipped is not None, shipped not in (None, rule)
    context = {"form": form, "rule": rule, "built_in": built_in, "changed": changed}
    return settings_page(request, "people/identifier_type.html", context, 422 if form.errors else 200)


def _saved(request: HttpRequest, form: IdentifierTypeForm, key: str) -> bool:
    try:
        service.save_type(actor=actor_of(request), key=key, columns=service.TypeSettings(**form.columns()))
    except ValidationError as error:
        add_service_errors(form, error)
        return False
    return True


@require_POST
@page("settings.edit")
def move(request: HttpRequest, key: str) -> HttpResponseBase:
    """Makes a type stronger (`way` is "up") or weaker by one place."""
    if key not in identity_types.refresh(now=True).by_key:
        raise Http404
    service.move_type(actor=actor_of(request), key=key, up=request.POST.get("way") == "up")
    return redirect(reverse("people:identity") + f"#type-{key}")


@require_POST
@page("settings.edit")
def removal(request: HttpRequest, key: str) -> HttpResponseBase:
    """Removes a type of one's own, or gives a built-in one its first rules back."""
    try:
        service.remove_type(actor=actor_of(request), key=key)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("people:identifier_type", key)
    note(request, _("Done."))
    return redirect("people:identity")
