"""Settings: connectors, how each fares, and what there is to connect."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from rapport.connectors import queries
from rapport.connectors.advice import advice_for, refusal
from rapport.connectors.fields import field_label
from rapport.connectors.forms import ConnectorForm, RecordForm, WritingForm
from rapport.connectors.models import Connector, Outgoing
from rapport.connectors.registry import CONNECTORS, ConnectorKind
from rapport.connectors.services import reading, setup
from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page

SHOWN = 50


@require_safe
@page("connectors.view")
def connector_list(request: HttpRequest) -> HttpResponseBase:
    """What is connected and how it fares, and what can be."""
    actor = actor_of(request)
    rows = list(queries.connectors(actor))
    health = queries.health(rows, clock_of(request).now())
    labels = {kind.key: kind.label for kind in CONNECTORS}
    context = {
        "rows": [(row, labels.get(row.kind, row.kind), health[row.pk]) for row in rows],
        "kinds": list(CONNECTORS),
        "may_edit": actor.may("connectors.edit"),
    }
    return settings_page(request, "connectors/connectors.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("connectors.edit")
def new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Connects a system: its settings are tried before they are kept."""
    if kind not in CONNECTORS:
        raise Http404
    form = ConnectorForm(request.POST or None, kind=CONNECTORS[kind], stored={})
    if request.method == "POST" and form.is_valid():
        try:
            row = setup.connect(
                actor=actor_of(request), kind=kind, name=form.cleaned_data["name"], values=form.values,
                store=form.cleaned_data["store"], clock=clock_of(request),
            )  # fmt: skip
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("Connected. Now have everything read, and have it call us about changes."))
            return redirect("connectors:connector", row.pk)
    context = {"form": form, "kind": CONNECTORS[kind]}
    return settings_page(request, "connectors/connector_new.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("connectors.view")
@exclusive()
def connector(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """One connector: its health, what was read, what could not be, and its settings."""
    actor = actor_of(request)
    row = queries.connector_for(actor, connector_id)
    if request.method != "POST":
        return connector_page(request, row)
    form = ConnectorForm(request.POST, kind=queries.kind_of(row), stored=setup.settings_of(row))
    if form.is_valid():
        try:
            setup.change(
                actor=actor, connector_id=row.pk, values=form.values, clock=clock_of(request),
                every_minutes=form.cleaned_data["every_minutes"],
            )  # fmt: skip
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("Saved."))
            return redirect("connectors:connector", row.pk)
    return connector_page(request, row, form=form)


def connector_page(
    request: HttpRequest,
    row: Connector,
    *,
    form: ConnectorForm | None = None,
    record_form: RecordForm | None = None,
    writing_form: WritingForm | None = None,
    problem: str = "",
) -> HttpResponseBase:
    """The page of a connector, with the form that was just sent, if any."""
    kind, actor, hook = queries.kind_of(row), actor_of(request), queries.webhook(row)
    labels = {resource.key: resource.label for resource in kind.resources}
    wrong = [entry for entry in (form, record_form, writing_form) if entry is not None]
    may_edit = actor.may("connectors.edit")
    stored = setup.settings_of(row) if may_edit else {}
    context: dict[str, Any] = {
        "row": row,
        "kind": kind,
        "advice": advice_for(row),
        "health": queries.health([row], clock_of(request).now())[row.pk],
        "resources": [(entry, labels[entry.key]) for entry in queries.resources(row)],
        "left_out": [
            (entry, labels.get(entry.resource, entry.resource)) for entry in queries.left_out(row)[:SHOWN]
        ],
        "hook": hook,
        "refused": refusal(hook) if hook else "",
        "failed_calls": queries.failed_calls(row)[:SHOWN],
        "address": queries.address(hook) if hook and may_edit else "",
        "progress": reading.progress(row),
        "form": form or ConnectorForm(kind=kind, stored=stored, initial={"every_minutes": row.every_minutes}),
        "record_form": record_form or RecordForm(kind=kind),
        "problem": problem,
        **_written(actor, row, kind, writing_form, may_edit=may_edit),
        "now": clock_of(request).now(),
        "may_edit": may_edit,
    }
    return settings_page(request, "connectors/connector.html", context, 422 if wrong or problem else 200)


def _written(
    actor: Actor, row: Connector, kind: ConnectorKind, form: WritingForm | None, *, may_edit: bool
) -> dict[str, Any]:
    """What is written there, what was not and why, and what waits for a decision."""
    if kind.writing is None:
        return {}
    counts = queries.outgoing_counts(row) if row.writes else {}
    return {
        "writing_form": (form or WritingForm(writing=kind.writing, stored=row)) if may_edit else None,
        "written": [(label, counts[state]) for state, label in Outgoing.State.choices if counts.get(state)],
        "not_written": queries.not_written(actor, row, SHOWN),
        "differences": [
            (entry, field_label(entry.row.field)) for entry in queries.differences(actor, row, SHOWN)
        ],
    }


@require_safe
@page("connectors.view")
def progress(request: HttpRequest, connector_id: uuid.UUID) -> HttpResponseBase:
    """The bar of a full reading; asks for the next look itself while it goes on."""
    row = queries.connector_for(actor_of(request), connector_id)
    return render(request, "connectors/_progress.html", {"row": row, "progress": reading.progress(row)})


@require_safe
@page("connectors.view")
def of_source(request: HttpRequest, source_id: int) -> HttpResponseBase:
    """From the list of sources to the connector."""
    return redirect("connectors:connector", queries.connector_of_source(actor_of(request), source_id).pk)
