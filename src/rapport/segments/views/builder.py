"""The visual builder: new, edit, redraw after a structural change, and the live count."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.governance.models import Purpose
from rapport.governance.registry import default_channel
from rapport.segments.builder import from_list, nodes
from rapport.segments.builder.page import drawing, problems_by_path
from rapport.segments.builder.registry import PRESETS
from rapport.segments.builder.revision import BuilderForm
from rapport.segments.language.problems import InvalidDefinition, Problem
from rapport.segments.language.tree import complete, sentence
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.queries import unseen_events
from rapport.segments.services import segments as services

MAX_JSON = 200_000
REACHED_PURPOSES = 3


@page("segments.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    return _builder(request, None)


@page("segments.edit")
@exclusive()
def edit(request: HttpRequest, key: str) -> HttpResponseBase:
    return _builder(request, queries.segment_for(actor_of(request), key))


def _builder(request: HttpRequest, segment: Segment | None) -> HttpResponseBase:
    if request.method != "POST":
        start, left_out = _start(request, segment)
        names = {"name": segment.name, "description": segment.description} if segment else {}
        more = {"left_out": left_out, "given": request.GET.get("people", "")}
        return _page(request, segment, drawing(start, actor=actor_of(request)) | more, names)
    definition, mode, raw, unreadable = _sent(request)
    if action := request.POST.get("action", ""):  # a button pressed without scripts
        context = drawing(nodes.act(definition, action), actor=actor_of(request), mode=mode, raw=raw)
        return _page(request, segment, context, request.POST)
    revised = _revised(request, segment, definition)
    if not revised.is_valid():
        context = drawing(definition, actor=actor_of(request), mode=mode, raw=raw) | {"revised": revised}
        return _page(request, segment, context, request.POST, status=422)
    try:
        if unreadable:
            raise InvalidDefinition([unreadable])
        saved = _save(request, segment, definition)
    except InvalidDefinition as error:
        context = drawing(definition, actor=actor_of(request), problems=error.problems, mode=mode, raw=raw)
        context["tried"] = True
        return _page(request, segment, context, request.POST, status=422)
    except ValidationError as error:
        context = drawing(definition, actor=actor_of(request), mode=mode, raw=raw)
        context["name_problems"] = error.messages
        return _page(request, segment, context, request.POST, status=422)
    note(request, _("Saved “%(name)s”.") % {"name": saved.name})
    return redirect("segments:segment", saved.key)


def _start(request: HttpRequest, segment: Segment | None) -> tuple[dict[str, Any], list[str]]:
    """(what the builder opens with, what of a list's filter it could not take over)."""
    if segment is not None:
        return segment.definition, []
    if "people" in request.GET:
        return from_list.definition_of(actor_of(request), request.GET["people"])
    if preset := PRESETS.get(request.GET.get("preset", "")):
        return {"all": [preset.clause(request.GET.get("value", "")[:200])]}, []
    return {"all": [{"trait": "", "is": ""}]}, []


def _save(request: HttpRequest, segment: Segment | None, definition: dict[str, Any]) -> Segment:
    actor = actor_of(request)
    name, description = request.POST.get("name", ""), request.POST.get("description", "")
    if segment is None:
        return services.create_segment(actor=actor, name=name, description=description, definition=definition)
    return services.update_segment(
        actor=actor, segment=segment, name=name, description=description, definition=definition
    )


def _page(
    request: HttpRequest, segment: Segment | None, context: dict[str, Any], named: Any, status: int = 200
) -> HttpResponse:
    names = {"name": named.get("name", ""), "description": named.get("description", "")}
    context = {"revised": _revised(request, segment), **context, "segment": segment, "named": names}
    return render(request, "segments/edit.html", context, status=status)


def _revised(
    request: HttpRequest, segment: Segment | None, definition: dict[str, Any] | None = None
) -> BuilderForm:
    """With a definition: whether what is posted with it was filled in over what is stored now."""
    names = ("name", "description") if segment else ()
    stored = {name: getattr(segment, name) for name in names}
    if segment:
        stored["definition"] = nodes.root_of(segment.definition)
    posted = None if definition is None else {**request.POST.dict(), "definition": nodes.root_of(definition)}
    return BuilderForm(posted, stored)


def _sent(request: HttpRequest) -> tuple[dict[str, Any], str, str, Problem | None]:
    """(definition, mode, JSON as typed, why that cannot be read) of the posted form."""
    if request.POST.get("mode") != "json":
        return nodes.read(request.POST), "visual", "", None
    raw = request.POST.get("json", "")
    try:
        if len(raw) > MAX_JSON:
            raise ValueError(_("A definition has at most %(n)d characters.") % {"n": MAX_JSON})
        definition = json.loads(raw)
        if not isinstance(definition, dict):
            raise ValueError(_("A definition is a JSON object."))
        json.dumps(definition, ensure_ascii=False).encode()  # half a character cannot be asked about
    except (ValueError, RecursionError) as error:
        return {"all": []}, "json", raw, Problem("", _("This is not JSON: %(why)s") % {"why": error})
    return definition, "json", raw, None


@require_POST
@page("segments.edit")
def redraw(request: HttpRequest) -> HttpResponseBase:
    """The tree after a button or a choice that changes its shape; also changes between words and JSON."""
    definition, mode, raw, unreadable = _sent(request)
    action = request.POST.get("action", "")
    problems = [unreadable] if unreadable else []
    if action in {"visual", "json"} and not unreadable:
        mode, raw = action, ""
    elif action:
        definition = nodes.act(definition, action)
    context = drawing(definition, actor=actor_of(request), mode=mode, raw=raw, problems=problems)
    return render(request, "segments/builder/tree.html", context)


@require_POST
@page("segments.view")
def preview(request: HttpRequest) -> HttpResponseBase:
    """The count, a few people, the sentence, and what is wrong beside each clause."""
    definition, mode, _raw, unreadable = _sent(request)
    actor = actor_of(request)
    problems, seen, away = [unreadable] if unreadable else [], None, False
    if not problems:
        try:
            seen = services.preview(actor=actor, definition=definition, key=request.POST.get("key", ""))
        except InvalidDefinition as error:
            problems = error.problems
        except (ClickHouseError, OSError):
            away = True
    drawn = nodes.nodes(nodes.root_of(definition))
    general = nodes.place_problems(drawn, problems)
    share = seen.count / seen.total if seen and seen.total else None
    context = {
        "seen": seen,
        "away": away,
        "share": share,
        "share_text": f"{share or 0:.4f}",
        "problems": problems,
        "general_problems": general
        if mode == "visual"
        else [f"{p.pointer or '/'}: {p.message}" for p in problems],
        "by_path": problems_by_path(drawn) if mode == "visual" else [],
        "words": sentence(whole) if (whole := complete(nodes.root_of(definition))) else "",
        "warnings": unseen_events.warnings(definition),
    }
    return render(request, "segments/builder/preview.html", context)


@require_POST
@page("segments.view")
def reach(request: HttpRequest) -> HttpResponseBase:
    """How many who match may be written to, for the first purposes; asked after the count stands."""
    definition, _mode, _raw, unreadable = _sent(request)
    purposes = list(Purpose.objects.filter(archived_at=None).order_by("position")[:REACHED_PURPOSES])
    channel, counts = default_channel(), list[int]()
    if not unreadable:
        with contextlib.suppress(InvalidDefinition, ClickHouseError, OSError):
            keys = [purpose.key for purpose in purposes]
            counts = services.reachable(
                actor=actor_of(request), definition=definition, purposes=keys, channel=channel
            )
    reached = list(zip(purposes, counts, strict=False))
    return render(request, "segments/builder/reach.html", {"reached": reached, "channel": channel.label})
