"""The pages of the event catalogue: the list, one event, its schema, its new name."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.links import uses_of
from rapport.core.ui.charts import Chart, Series
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.events.catalogue import forms, reading, schemas, standard, writing
from rapport.events.catalogue.lists import Catalogue
from rapport.events.models import EventProperty, EventType

SPARE_ROWS = 3


@page("data.view")
def catalogue(request: HttpRequest) -> HttpResponseBase:
    return Catalogue(request).respond()


@require_GET
@page("data.view")
def event_type(request: HttpRequest, type_id: int) -> HttpResponse:
    """One event: volume, properties, schema, violations, samples and what uses it."""
    actor = actor_of(request)
    event = reading.event_for(actor, type_id)
    samples = reading.samples(actor, event)
    context = {
        "event": event,
        "chart": _chart(event),
        "per_source": reading.per_source(event.name),
        "properties": reading.properties(event, samples),
        "violations": reading.violations(actor, event),
        "rows": schemas.rows_of(event.schema),
        "versions": event.versions.order_by("-version")[:20],
        "samples": [(sample, _pretty(sample.properties)) for sample in samples],
        "uses": uses_of("event", [event.name])[event.name],
        "aliases": EventType.objects.filter(renamed_to=event.name).order_by("name"),
        "personal": EventProperty.Personal.choices,
        "may_edit": actor.may("data.edit"),
    }
    return render(request, "events/catalogue/event.html", context)


def _chart(event: EventType, clock: Clock = SYSTEM) -> Chart:
    volume = reading.spark_lines([event.name])[event.name]
    first = clock.now().date() - dt.timedelta(days=reading.DAYS - 1)
    days = [first + dt.timedelta(days=number) for number in range(reading.DAYS)]
    return Chart("bar", _("Day"), days, [Series(_("Events"), volume.days)], y_name=_("Events"))


def _pretty(fields: dict[str, Any]) -> str:
    return json.dumps(fields, indent=2, ensure_ascii=False)


@require_http_methods(["GET", "POST"])
@page("data.edit")
def declare(request: HttpRequest) -> HttpResponse:
    form = forms.DeclareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        event = writing.declare(actor=actor_of(request), **form.cleaned_data)
        note(request, _("%(name)s is declared.") % {"name": event.name})
        return redirect("events:event_type", event.pk)
    return _form(request, form, _("Declare an event"))


@require_http_methods(["GET", "POST"])
@page("data.edit")
@exclusive()
def describe(request: HttpRequest, type_id: int) -> HttpResponse:
    event = reading.event_for(actor_of(request), type_id)
    own = {name: getattr(event, name) for name in ("description", "category", "owner", "state")}
    form = forms.DescribeForm(request.POST or None, initial=own)
    if request.method == "POST" and form.is_valid():
        writing.describe(actor=actor_of(request), event_id=event.pk, **form.cleaned_data)
        note(request, _("Saved."))
        return redirect("events:event_type", event.pk)
    return _form(request, form, event.name, event)


def _form(request: HttpRequest, form: Any, title: str, event: EventType | None = None) -> HttpResponse:
    context = {"form": form, "title": title, "event": event}
    return render(request, "events/catalogue/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page("data.edit")
def schema(request: HttpRequest, type_id: int) -> HttpResponse:
    """The schema as rows: property, type, required, values, pattern."""
    event = reading.event_for(actor_of(request), type_id)
    if not schemas.fits_form(event.schema):
        return redirect("events:event_schema_raw", event.pk)
    problem, rows = "", _rows_for(event)
    if request.method == "POST":
        try:
            rows = forms.rows_of(request.POST)
            wanted = schemas.of_rows(rows, only_these=request.POST.get("only_these") == "yes")
            return _saved(request, event, wanted, request.POST.get("mode", ""))
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {
        "event": event,
        "rows": [*rows, *([schemas.PropertyRow("")] * SPARE_ROWS)],
        "types": schemas.TYPES,
        "modes": EventType.Mode.choices,
        "only_these": (event.schema or {}).get("additionalProperties") is False,
        "problem": problem,
    }
    return render(request, "events/catalogue/schema.html", context, status=422 if problem else 200)


def _rows_for(event: EventType) -> list[schemas.PropertyRow]:
    """What is declared; of an event without a schema, a proposal from what was seen."""
    if event.schema is not None:
        return schemas.rows_of(event.schema)
    types = standard.types(event.name)
    seen = (
        event.properties.exclude(name__contains=".")
        .exclude(name__contains="[")
        .order_by("-seen", "name")[:50]
    )
    return [_proposed(row, types, event.sampled) for row in seen if row.seen or row.name in types]


def _proposed(row: EventProperty, types: dict[str, str], sampled: int) -> schemas.PropertyRow:
    kind = row.shares[0][0] if row.shares else types.get(row.name, "")
    return schemas.PropertyRow(row.name, kind if kind in schemas.TYPES else "", 0 < sampled <= row.seen)


def _saved(request: HttpRequest, event: EventType, wanted: dict[str, Any] | None, mode: str) -> HttpResponse:
    writing.set_schema(actor=actor_of(request), event_id=event.pk, schema=wanted, mode=mode)
    note(request, _("Saved. Events are checked against it from now on."))
    return redirect("events:event_type", event.pk)


@require_http_methods(["GET", "POST"])
@page("data.edit")
@exclusive()
def schema_raw(request: HttpRequest, type_id: int) -> HttpResponse:
    """The schema as JSON Schema."""
    event = reading.event_for(actor_of(request), type_id)
    own = {"raw": _pretty(event.schema) if event.schema else "", "mode": event.mode}
    form = forms.RawForm(request.POST or None, initial=own)
    if request.method == "POST" and form.is_valid():
        try:
            return _saved(request, event, form.cleaned_data["raw"], form.cleaned_data["mode"])
        except ValidationError as error:
            form.add_error("raw", error)
    return _form(request, form, _("Schema of %(name)s") % {"name": event.name}, event)


@require_http_methods(["GET", "POST"])
@page("data.edit")
def rename(request: HttpRequest, type_id: int) -> HttpResponse:
    """Says what the rename would change, then does it."""
    actor = actor_of(request)
    event = reading.event_for(actor, type_id)
    form = forms.RenameForm(request.POST or None, initial={"to": request.GET.get("to") or event.similar_to})
    if request.method == "POST" and form.is_valid():
        try:
            writing.rename(actor=actor, event_id=event.pk, to=form.cleaned_data["to"])
        except ValidationError as error:
            form.add_error("to", error)
        else:
            words = {"old": event.name, "new": form.cleaned_data["to"]}
            undo = reverse("events:event_rename_end", args=[event.pk])
            note(request, _("New events named %(old)s are stored as %(new)s.") % words, undo_url=undo)
            return redirect("events:event_type", event.pk)
    context = {
        "event": event,
        "form": form,
        "uses": uses_of("event", [event.name])[event.name],
        "target": EventType.objects.filter(name=str(form["to"].value() or "").replace("\x00", "")).first(),
    }
    return render(request, "events/catalogue/rename.html", context, status=422 if form.errors else 200)


@require_POST
@page("data.edit")
def rename_end(request: HttpRequest, type_id: int) -> HttpResponse:
    event = reading.event_for(actor_of(request), type_id)
    writing.rename(actor=actor_of(request), event_id=event.pk, to="")
    note(request, _("Events named %(name)s are stored under their own name again.") % {"name": event.name})
    return redirect("events:event_type", event.pk)


@require_POST
@page("data.edit")
def keep_apart(request: HttpRequest, type_id: int) -> HttpResponse:
    event = reading.event_for(actor_of(request), type_id)
    writing.keep_apart(actor=actor_of(request), event_id=event.pk)
    note(request, _("%(name)s stays a separate event.") % {"name": event.name})
    return redirect("events:event_type", event.pk)


@require_POST
@page("data.edit")
def decide(request: HttpRequest, type_id: int) -> HttpResponse:
    """Whether a property is personal data."""
    event = reading.event_for(actor_of(request), type_id)
    name, personal = request.POST.get("property", ""), request.POST.get("personal", "")
    if not event.properties.filter(name=name).exists() or personal not in EventProperty.Personal.values:
        return HttpResponse(status=422)
    writing.decide_property(actor=actor_of(request), event_id=event.pk, name=name, personal=personal)
    note(request, _("Saved."))
    return redirect(reverse("events:event_type", args=[event.pk]) + "#properties")
