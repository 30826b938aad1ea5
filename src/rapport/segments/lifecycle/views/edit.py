"""Setting the lifecycle up and changing its stages."""

from __future__ import annotations

import uuid
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import SYSTEM, Clock
from rapport.core.process_cache import kept_by_cost
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.segments.builder import nodes
from rapport.segments.builder.page import drawing
from rapport.segments.builder.revision import BuilderForm
from rapport.segments.language.problems import InvalidDefinition, Problem
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import defaults
from rapport.segments.lifecycle.services import stages as services
from rapport.segments.lifecycle.services.stages import StageIn
from rapport.segments.lifecycle.views import showing
from rapport.segments.models import Stage

_NEW = {"all": [{"did": "", "at_least": 1}]}


def current() -> list[StageIn]:
    return [StageIn(s.name, s.rule, s.key, s.description, s.tone) for s in queries.stages()]


@require_http_methods(["GET", "HEAD", "POST"])
@page("segments.view")
@exclusive("lifecycle")
def edit(request: HttpRequest) -> HttpResponseBase:
    """The stages in their order; a button moves or removes one. Before it is in use: what is proposed."""
    actor = actor_of(request)
    if request.method == "POST":
        return _change(request, request.POST.get("action", ""))
    lifecycle, stages = queries.lifecycle(), queries.stages()
    if lifecycle is None:
        return _proposal(request)
    context = {
        "lifecycle": lifecycle,
        "rows": showing.rows(stages, queries.sizes()),
        "done": queries.computed_so_far(lifecycle),
        "may_edit": actor.may("segments.edit"),
        "used_by": queries.segments_that_ask(),
    }
    return settings_page(request, "segments/lifecycle/edit.html", context)


def _proposal(request: HttpRequest) -> HttpResponseBase:
    """The numbers are loaded afterwards: they take a look at everybody."""
    context = {"rows": showing.rows(_proposed(), {}), "may_edit": actor_of(request).may("segments.edit")}
    return settings_page(request, "segments/lifecycle/begin.html", context)


def _proposed() -> list[Stage]:
    proposals = defaults.proposals()
    return [
        Stage(id=uuid.uuid4(), key=p.key, name=p.name, description=p.description, tone=p.tone, rule=p.rule, position=n)
        for n, p in enumerate(proposals)
    ]  # fmt: skip


@kept_by_cost
def _proposed_counts(clock: Clock = SYSTEM) -> dict[str, int]:
    """Raises ClickHouseError, OSError: that the event store is away must not be kept."""
    return showing.counted(_proposed(), clock.now())


@require_safe
@page("segments.view")
def counts(request: HttpRequest) -> HttpResponseBase:
    """How many would stand where by the proposed stages."""
    stages = _proposed()
    try:
        seen = _proposed_counts()
    except (ClickHouseError, OSError):
        seen = None
    context = {"rows": showing.rows(stages, seen or {}), "away": seen is None, "counted": True}
    return render(request, "segments/lifecycle/proposal.html", context)


@require_POST
@page("segments.edit")
def begin(request: HttpRequest) -> HttpResponseBase:
    """Starts with the proposed stages, or again with those there are."""
    actor = actor_of(request)
    if queries.stages():
        services.start(actor=actor)
    else:
        proposed = [StageIn(p.name, p.rule, p.key, p.description, p.tone) for p in defaults.proposals()]
        services.save_stages(actor=actor, stages=proposed)
    note(request, _("Assigning everybody to a stage."))
    return redirect("lifecycle:edit")


@require_POST
@page("segments.edit")
def stop(request: HttpRequest) -> HttpResponseBase:
    try:
        services.stop(actor=actor_of(request))
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("The lifecycle has been stopped. Its stages and history are kept."))
    return redirect("lifecycle:edit")


def _change(request: HttpRequest, action: str) -> HttpResponseBase:
    """up:repeat, down:repeat, remove:repeat. The last stage, which takes everybody else, stays where it is."""
    actor = actor_of(request)
    actor.require("segments.edit")
    verb, _sign, key = action.partition(":")
    stages = current()
    place = _place(stages, key)
    index = len(stages) if place is None else place
    other = index + {"up": -1, "down": 1}.get(verb, 0)
    if index >= len(stages) - 1 or not 0 <= other < len(stages) - 1:
        return redirect("lifecycle:edit")
    if verb == "remove":
        gone = stages.pop(index)
        note(request, _("Removed “%(name)s”.") % {"name": gone.name})
    else:
        stages[index], stages[other] = stages[other], stages[index]
    try:
        services.save_stages(actor=actor, stages=stages)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    return redirect("lifecycle:edit")


@page("segments.edit")
@exclusive("lifecycle")
def new(request: HttpRequest) -> HttpResponseBase:
    """A new stage comes before all others; it can be moved then."""
    return _stage(request, None)


@page("segments.edit")
@exclusive("lifecycle")
def stage(request: HttpRequest, key: str) -> HttpResponseBase:
    place = _place(current(), key)
    if place is None:
        raise Http404
    return _stage(request, place)


def _place(stages: list[StageIn], key: str) -> int | None:
    """By key: somebody else may have moved it since the page was opened."""
    return next((place for place, stage in enumerate(stages) if stage.key == key), None)


def _stage(request: HttpRequest, position: int | None) -> HttpResponseBase:
    stages = current()
    start = StageIn("", dict(_NEW)) if position is None else stages[position]
    last = position == len(stages) - 1
    stored = _compared(start) if start.key else {}
    revised = BuilderForm(None, stored)
    if request.method != "POST":
        return _page(request, start, drawing(start.rule, actor=actor_of(request)), last, revised)
    rule = services.EVERYBODY if last else nodes.read(request.POST)
    words = {name: request.POST.get(name, "") for name in ("name", "description", "tone")}
    wanted = StageIn(rule=rule, key=start.key, **words)
    if action := request.POST.get("action", ""):  # a button pressed without scripts
        rule = nodes.act(rule, action)
        return _page(request, wanted, drawing(rule, actor=actor_of(request)), last, revised)
    revised = BuilderForm({**_compared(wanted), "revision": request.POST.get("revision", "")}, stored)
    if not revised.is_valid():
        return _page(request, wanted, drawing(rule, actor=actor_of(request)), last, revised)
    index = 0 if position is None else position
    changed = [wanted, *stages] if position is None else [*stages[:index], wanted, *stages[index + 1 :]]
    try:
        services.save_stages(actor=actor_of(request), stages=changed)
    except (InvalidDefinition, ValidationError) as error:
        return _page(request, wanted, _refused(request, wanted.rule, error, index), last, revised, status=422)
    note(request, _("Saved “%(name)s”.") % {"name": wanted.name})
    return redirect("lifecycle:edit")


def _compared(stage: StageIn) -> dict[str, Any]:
    """What two tabs may have saved differently of one stage; its place is changed elsewhere."""
    words = {name: getattr(stage, name) for name in ("name", "description", "tone")}
    return {**words, "definition": nodes.root_of(stage.rule)}


def _refused(
    request: HttpRequest, rule: dict[str, Any], error: InvalidDefinition | ValidationError, index: int
) -> dict[str, Any]:
    """The drawing of a rule with what is wrong in it."""
    start = f"/{index}/rule"
    problems: list[Problem] = []
    messages: list[str] = []
    if isinstance(error, InvalidDefinition):
        problems = [Problem(p.pointer.removeprefix(start), p.message) for p in error.problems]
    else:
        messages = error.messages
    drawn = drawing(rule, actor=actor_of(request), problems=problems)
    return drawn | {"name_problems": messages}


def _page(
    request: HttpRequest,
    wanted: StageIn,
    context: dict[str, Any],
    last: bool,
    revised: BuilderForm,
    status: int = 200,
) -> HttpResponseBase:
    context |= {"stage": wanted, "last": last, "tones": _tones(), "revised": revised}
    status = 422 if revised.errors else status
    return render(request, "segments/lifecycle/stage.html", context, status=status)


def _tones() -> list[tuple[str, str]]:
    return [
        ("", _("Grey")),
        ("live", _("Blue")),
        ("accent", _("Accent")),
        ("good", _("Green")),
        ("warn", _("Amber")),
        ("bad", _("Red")),
    ]
