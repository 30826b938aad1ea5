"""Traits edited in place, with what other sources say and what there was before."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from rapport.core.access import Actor, actor_of
from rapport.core.ui.toasts import note, toast
from rapport.core.views.pages import page
from rapport.people import queries
from rapport.people.forms.values import ValueForm
from rapport.people.models import Company, Person
from rapport.people.queries import lists as list_queries
from rapport.people.queries import traits as trait_queries
from rapport.people.registry import write_url
from rapport.people.services.company_edits import set_company_traits
from rapport.people.services.profile import set_traits
from rapport.people.values import schema
from rapport.people.values.formatting import BY_HAND, format_trait, format_value, sections, trait_label


@dataclass(frozen=True, slots=True)
class Subject:
    """A person or a company as the trait views treat it: the row, and the addresses its page uses."""

    entity: str
    row: Person | Company

    @property
    def ids(self) -> list[uuid.UUID]:
        return queries.family(self.row.pk) if self.entity == schema.PERSON else [self.row.pk]

    def url(self, name: str) -> str:
        prefix = "" if self.entity == schema.PERSON else "company_"
        return reverse(f"people:{prefix}{name}", args=[self.row.pk])

    def again(self) -> Subject:
        return Subject(self.entity, type(self.row)._default_manager.get(pk=self.row.pk))

    def urls(self) -> dict[str, str]:
        return {f"{name}_url": self.url(name) for name in ("traits", "edit_trait", "history")}


def subject_for(actor: Actor, entity: str, pk: uuid.UUID) -> Subject:
    """Raises Http404."""
    if entity == schema.PERSON:
        return Subject(entity, queries.person_for(actor, pk))
    return Subject(entity, list_queries.company_for(actor, pk))


@require_http_methods(["GET", "POST"])
@page("people.view")
def traits(request: HttpRequest, pk: uuid.UUID, entity: str = schema.PERSON) -> HttpResponseBase:
    """The list of traits; POST sets one (from the form, or `name` and `json` in the address, for undo)."""
    subject = subject_for(actor_of(request), entity, pk)
    if request.method == "GET":
        return _list(request, subject)
    actor_of(request).require("people.edit")
    if "json" in request.GET or "json" in request.POST:
        return _as_said(request, subject)
    form = _form(request, subject, request.POST.get("name", ""))
    name, value = "", None
    try:
        if form.is_valid():
            ((name, value),) = form.values().items()
            if value == subject.row.traits.get(name):
                return _list(request, subject)
            _set(request, subject, {name: value})
    except ValidationError as error:
        form.add_error("value", error.messages)
    if form.errors:
        context = {"form": form, **subject.urls()}
        answer = render(request, "people/_trait_form.html", context, status=422)
        answer.headers["HX-Retarget"] = ".trait-form"
        return answer
    return _saved(request, subject, name, value)


def _saved(request: HttpRequest, subject: Subject, name: str, value: Any) -> HttpResponse:
    """The list with a toast: saved, or kept as a claim because another source is believed more."""
    after = subject.again()
    query = urlencode({"name": name, "json": json.dumps(subject.row.traits.get(name))})
    undo = f"{subject.url('traits')}?{query}"
    if after.row.traits.get(name) == value:
        return toast(_list(request, after), _("Saved."), undo_url=undo)
    source = (after.row.trait_facts.get(name) or {}).get("source", "")
    text = _("Saved, but not shown: %(source)s has priority for this trait.") % {"source": source}
    return toast(_list(request, after), text, level="warning", undo_url=undo)


@require_GET
@page("people.edit")
def edit_trait(request: HttpRequest, pk: uuid.UUID, entity: str = schema.PERSON) -> HttpResponse:
    """The form of one trait, or, with `add`, of a new one, whose input follows the name that is chosen."""
    subject = subject_for(actor_of(request), entity, pk)
    name = request.GET.get("name", "").strip()
    form = _form(request, subject, name)
    is_new = not name or "add" in request.GET
    context: dict[str, Any] = {"form": form, "is_new": is_new, **subject.urls()}
    if is_new:
        context["suggestions"] = [
            definition
            for definition in trait_queries.definitions(entity)
            if definition.key not in subject.row.traits and not definition.is_read_only
        ]
    return render(request, "people/_trait_form.html", context)


def _form(request: HttpRequest, subject: Subject, name: str) -> ValueForm:
    definitions = trait_queries.definitions(subject.entity)
    definition = next(
        (definition for definition in definitions if name in {definition.key, str(definition.label)}), None
    )
    key = definition.key if definition else name
    data = request.POST if request.method == "POST" else None
    return ValueForm(data, definition=definition, before=subject.row.traits.get(key), name=key)


def _as_said(request: HttpRequest, subject: Subject) -> HttpResponseBase:
    """Sets a value exactly: the one before, for undo, or the one another source claims."""
    given = request.GET if "json" in request.GET else request.POST
    try:
        value = json.loads(given["json"])
    except ValueError:
        return HttpResponseBadRequest()
    name = given.get("name", "")
    home = "people:profile" if subject.entity == schema.PERSON else "people:company"
    try:
        _set(request, subject, {name: value})
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect(home, subject.row.pk)
    if request.headers.get("HX-Target") == "traits":
        return _saved(request, subject, name, value)
    return redirect(home, subject.row.pk)


def _set(request: HttpRequest, subject: Subject, changes: dict[str, object]) -> None:
    actor = actor_of(request)
    source = f"{BY_HAND}{actor.label}"
    if subject.entity == schema.PERSON:
        set_traits(actor=actor, person_id=subject.row.pk, traits=changes, source=source)
    else:
        set_company_traits(actor=actor, company_id=subject.row.pk, traits=changes, source=source)


def traits_context(actor: Actor, subject: Subject) -> dict[str, Any]:
    """What the list of traits shows. A fixed number of queries."""
    refused = trait_queries.refused_of(subject.ids, subject.entity)[:20]
    return {
        "person": subject.row if subject.entity == schema.PERSON else None,
        "sections": sections(subject.row, trait_queries.definitions(subject.entity)),
        "refused": [
            {"trait": refusal.trait, "text": format_value(refusal.value), "row": refusal}
            for refusal in refused
        ],
        "may_edit": actor.may("people.edit"),
        "write_url": write_url(actor, subject.row.pk, "email") if subject.entity == schema.PERSON else "",
        **subject.urls(),
    }


def _list(request: HttpRequest, subject: Subject) -> HttpResponse:
    return render(request, "people/_traits.html", traits_context(actor_of(request), subject))


@require_GET
@page("people.view")
def history(request: HttpRequest, pk: uuid.UUID, entity: str = schema.PERSON) -> HttpResponse:
    """Every change of every value, newest first; of one trait with `trait`, older ones with `before`."""
    subject, trait = subject_for(actor_of(request), entity, pk), request.GET.get("trait", "")
    context: dict[str, Any] = {**subject.urls(), "trait": trait, "short": "short" in request.GET}
    try:
        changes = trait_queries.history(subject.ids, trait=trait, before=request.GET.get("before", ""))
    except ClickHouseError:
        return render(request, "people/history.html", {**context, "away": True, "names": []})
    defined = {definition.key: definition for definition in trait_queries.definitions(entity, archived=True)}
    called = [(name, trait_label(name, defined.get(name))) for name in subject.row.trait_facts]
    context["names"] = sorted(called, key=lambda pair: pair[1].lower())
    context["changes"] = [
        {
            "change": change,
            "label": trait_label(change.trait, defined.get(change.trait)),
            "old": format_trait(change.trait, change.old, defined.get(change.trait)),
            "new": format_trait(change.trait, change.new, defined.get(change.trait)),
        }
        for change in changes
    ]
    if len(changes) == trait_queries.HISTORY_PAGE:
        context["older"] = changes[-1].recorded_at.isoformat()
    return render(request, "people/history.html", context)
