"""The visual editor: each change is one request, which saves the draft and answers with the flow drawn anew."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.views.pages import page
from rapport.journeys import queries
from rapport.journeys.editor import figures, graph, operations, reading, schemas
from rapport.journeys.editor import page as drawn
from rapport.journeys.editor.operations import Flow, Place
from rapport.journeys.models import Journey
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import journeys
from rapport.journeys.services.journeys import Stale


@require_safe
@page("journeys.edit")
def sheet(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """The settings of a step (`part`), or of how people enter and leave."""
    actor = actor_of(request)
    row = queries.journey_for(actor, journey_id)
    context = drawn.sheet_context(actor, row.draft, request.GET.get("part", ""))
    return render(request, "journeys/editor/sheet.html", {**context, "journey": row})


@require_POST
@page("journeys.edit")
def change(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """Does `op` to the draft of `revision`; says if somebody has saved meanwhile, or why it cannot be done (422)."""
    actor = actor_of(request)
    row = queries.journey_for(actor, journey_id)
    try:
        do = OPERATIONS.get(request.POST.get("op", ""))
        if do is None:
            raise ValidationError(_("There is nothing to do."))
        draft, part = do(request, row)
        row = journeys.edit(
            actor=actor,
            journey_id=journey_id,
            definition=draft,
            revision=_revision(request),
            clock=clock_of(request),
        )
    except Stale as error:
        return JsonResponse({"is_stale": True, "words": str(error)})
    except ValidationError as error:
        return JsonResponse({"words": " ".join(error.messages)}, status=422)
    return JsonResponse(_answer(request, row, part))


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    if not (text.isdecimal() and len(text) < 10):
        raise ValidationError(_("Load the page again."))
    return int(text)


def _answer(request: HttpRequest, row: Journey, part: str | None) -> dict[str, Any]:
    """The flow, and the sheet of the part that is open now."""
    actor = actor_of(request)
    context = drawn.flow_context(
        row.draft,
        figures.by_step(row, figures.period(request.GET.get("days")), clock_of(request).now()),
        may_edit=True,
    )
    answer: dict[str, Any] = {
        "revision": row.revision,
        "definition": drawn.as_text(row.draft),
        "flow": render_to_string("journeys/editor/flow.html", {**context, "journey": row}, request),
        "part": part,
        "is_changed": row.live is None or row.live.definition != row.draft,
    }
    if part and part not in graph.steps_of(row.draft):
        part = answer["part"] = None
    if part is not None:
        shown = {**drawn.sheet_context(actor, row.draft, part), "journey": row}
        answer["sheet"] = render_to_string("journeys/editor/sheet.html", shown, request)
    return answer


Done = tuple[Mapping[str, Any], str | None]


def _flow(row: Journey) -> Flow:
    return Flow(row.draft, queries.published_steps(row))


def _place(request: HttpRequest) -> Place:
    return Place(request.POST.get("after", ""), request.POST.get("branch", ""))


def _insert(request: HttpRequest, row: Journey) -> Done:
    kind = request.POST.get("kind", "")
    if kind not in STEP_KINDS:
        raise ValidationError(_("There is no such step."))
    flow = _flow(row)
    name = operations.insert(flow, _place(request), drawn.new_step(kind))
    return flow.result(), name


def _paste(request: HttpRequest, row: Journey) -> Done:
    flow = _flow(row)
    steps, start = operations.from_clipboard(_json(request.POST.get("text", "")))
    name = operations.paste(flow, _place(request), steps, start)
    return flow.result(), name


def _move(request: HttpRequest, row: Journey) -> Done:
    flow, name = _flow(row), request.POST.get("step", "")
    operations.move(flow, name, _place(request))
    return flow.result(), name


def _connect(request: HttpRequest, row: Journey) -> Done:
    flow = _flow(row)
    operations.connect(flow, _place(request), request.POST.get("step", ""))
    return flow.result(), None


def _delete(request: HttpRequest, row: Journey) -> Done:
    flow = _flow(row)
    operations.delete(flow, request.POST.get("step", ""), with_branches="with_branches" in request.POST)
    return flow.result(), None


def _set(request: HttpRequest, row: Journey) -> Done:
    """What the sheet says."""
    part, action = request.POST.get("part", ""), request.POST.get("action", "")
    if part == drawn.START:
        before = {key: value for key, value in row.draft.items() if key not in schemas.NOT_SETTINGS}
        settings = reading.read_group(request.POST, "s", schemas.of_start(), before, action)
        rest = {key: row.draft[key] for key in schemas.NOT_SETTINGS if key in row.draft}
        return {**settings, **rest}, part
    flow = _flow(row)
    step = flow.step(part)
    schema = schemas.of_step(str(step.get("type", "")))
    operations.change(flow, part, reading.read_group(request.POST, "s", schema, step, action))
    return flow.result(), part


def _replace(request: HttpRequest, _row: Journey) -> Done:
    """The whole draft, as it was before (undo) or as it was written as JSON."""
    definition = _json(request.POST.get("text", ""))
    if not isinstance(definition, Mapping):
        raise ValidationError(_("A definition is a JSON object."))
    return definition, request.POST.get("part")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This is not JSON: %(why)s") % {"why": error}) from error


OPERATIONS: dict[str, Callable[[HttpRequest, Journey], Done]] = {
    "insert": _insert,
    "paste": _paste,
    "move": _move,
    "connect": _connect,
    "delete": _delete,
    "set": _set,
    "replace": _replace,
}


@require_safe
@page("journeys.view")
def copied(request: HttpRequest, journey_id: uuid.UUID) -> HttpResponse:
    """A step with all that is its own, for the clipboard; without one, the whole journey as a file."""
    row = queries.journey_for(actor_of(request), journey_id)
    if step := request.GET.get("step", ""):
        try:
            return JsonResponse(operations.copied(row.draft, step))
        except ValidationError as error:
            raise Http404 from error
    shown = {"rapport": "journey", "name": row.name, "definition": row.draft}
    response = HttpResponse(json.dumps(shown, indent=2, ensure_ascii=False), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="journey-{row.pk}.json"'
    return response
