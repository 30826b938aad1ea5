"""A change for many people: what exactly, how far it is, and taking it back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.ui.toasts import note
from rapport.core.views.middleware import actor_of
from rapport.core.views.pages import page
from rapport.people.forms.bulk import CompanyChoice, KindChoice
from rapport.people.forms.values import ValueForm
from rapport.people.models import BulkChange, Company
from rapport.people.queries import traits as trait_queries
from rapport.people.registry import BULK_KINDS
from rapport.people.services import bulk as service
from rapport.people.values import schema

State = BulkChange.State


def _change(request: HttpRequest, change_id: int) -> BulkChange:
    """One's own change. Raises Http404."""
    found = BulkChange.objects.filter(pk=change_id, user_id=actor_of(request).id).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@page("people.edit")
def bulk(request: HttpRequest, change_id: int) -> HttpResponse:
    """Before it starts, the form that says what; afterwards, its progress."""
    change = _change(request, change_id)
    if change.state != State.DRAFT:
        return _progress(request, change)
    form, what = _form(request, change)
    if request.method == "POST" and what is not None:
        try:
            service.start(actor=actor_of(request), change=change, what=what)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect("people:bulk", change.pk)
    context = {"change": change, "form": form, "kind": BULK_KINDS.get(change.kind)}
    if change.kind == BulkChange.Kind.TRAIT:
        definitions = trait_queries.definitions(schema.PERSON)
        context["traits"] = [each for each in definitions if not each.is_read_only]
    return render(request, "people/bulk.html", context, status=422 if form.errors else 200)


def _form(request: HttpRequest, change: BulkChange) -> tuple[Any, dict[str, Any] | None]:
    """The form, and what it asks for when it is filled in properly."""
    data = request.POST if request.method == "POST" else None
    if change.kind == BulkChange.Kind.COMPANY:
        form = CompanyChoice(data)
        return form, form.cleaned_data if data is not None and form.is_valid() else None
    if kind := BULK_KINDS.get(change.kind):
        choice = KindChoice(data, kind=kind, choices=kind.choices(actor_of(request)))
        return choice, choice.cleaned_data if data is not None and choice.is_valid() else None
    name = (data or request.GET).get("name", "").strip()
    definitions = trait_queries.definitions(schema.PERSON)
    found = next((each for each in definitions if name in {each.key, str(each.label)}), None)
    value_form = ValueForm(data, definition=found, name=found.key if found else name)
    if data is None or not value_form.is_valid():
        return value_form, None
    try:
        ((trait, value),) = value_form.values().items()
    except ValidationError as error:
        value_form.add_error("value", error.messages)
        return value_form, None
    return value_form, {"trait": trait, "value": value}


def _progress(request: HttpRequest, change: BulkChange) -> HttpResponse:
    context: dict[str, Any] = {
        "change": change,
        "kind": BULK_KINDS.get(change.kind),
        "running": change.state in {State.RUNNING, State.UNDOING},
        "poll_url": request.path if change.state in {State.RUNNING, State.UNDOING} else "",
    }
    if change.kind == BulkChange.Kind.COMPANY:
        context["company"] = Company.objects.filter(pk=change.what.get("company")).first()
    if request.headers.get("HX-Request"):
        return render(request, "people/_bulk_progress.html", context)
    return render(request, "people/bulk_progress.html", context)


@require_POST
@page("people.edit")
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    change = _change(request, change_id)
    try:
        service.take_back(actor=actor_of(request), change=change)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("Taking it back."))
    return redirect(reverse("people:bulk", args=[change.pk]))
