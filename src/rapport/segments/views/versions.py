"""Versions of a definition with what changed, going back, duplicating, and definitions as files."""

from __future__ import annotations

import json

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import DefinitionVersion
from rapport.segments.queries import segments as queries
from rapport.segments.services import versions as services
from rapport.segments.views.tabs import tabs

MAX_FILE = 5_000_000


@require_safe
@page("segments.view")
def versions(request: HttpRequest, key: str) -> HttpResponseBase:
    """All versions, each compared with the one before it."""
    actor = actor_of(request)
    segment = queries.segment_for(actor, key)
    kept = queries.versions(segment)
    before = [*kept[1:], None]
    rows = [
        (newer, services.difference(older.definition if older else newer.definition, newer.definition))
        for newer, older in zip(kept, before, strict=True)
    ]
    context = {"segment": segment, "tabs": tabs(actor, segment, "versions"), "rows": rows}
    return render(request, "segments/versions.html", context)


@require_POST
@page("segments.edit")
def restore_version(request: HttpRequest, key: str, version: int) -> HttpResponseBase:
    actor = actor_of(request)
    segment = queries.segment_for(actor, key)
    try:
        services.restore_version(actor=actor, segment=segment, version=version)
    except DefinitionVersion.DoesNotExist as error:
        raise Http404("no such version") from error
    except InvalidDefinition as error:
        note(request, " ".join(problem.message for problem in error.problems), level="error")
        return redirect("segments:versions", key)
    note(request, _("Version %(n)d restored.") % {"n": version})
    return redirect("segments:versions", key)


@require_POST
@page("segments.edit")
def duplicate(request: HttpRequest, key: str) -> HttpResponseBase:
    actor = actor_of(request)
    copy = services.duplicate(actor=actor, segment=queries.segment_for(actor, key))
    note(request, _("Created “%(name)s”.") % {"name": copy.name})
    return redirect("segments:segment", copy.key)


@require_safe
@page("segments.view")
def export_definitions(request: HttpRequest) -> HttpResponseBase:
    """All definitions, or one (?key=), as a JSON file."""
    actor = actor_of(request)
    key = request.GET.get("key", "")
    exported = [queries.segment_for(actor, key)] if key else list(queries.segments(actor).order_by("key"))
    document = json.dumps(services.as_document(exported), indent=2, ensure_ascii=False)
    answer = HttpResponse(document, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{key or "segments"}.json"'
    return answer


@page("segments.edit")
def import_definitions(request: HttpRequest) -> HttpResponseBase:
    """Takes in such a file; all of it or nothing."""
    problems: list[str] = []
    if request.method == "POST":
        try:
            done = services.import_document(actor=actor_of(request), document=_document(request))
        except InvalidDefinition as error:
            problems = [f"{problem.pointer or '/'}: {problem.message}" for problem in error.problems]
        except ValidationError as error:
            problems = error.messages
        except ValueError as error:
            problems = [str(error)]
        else:
            counts = {"made": len(done.created), "changed": len(done.changed), "same": len(done.same)}
            note(request, _("%(made)d created, %(changed)d changed, %(same)d unchanged.") % counts)
            return redirect("segments:list")
    status = 422 if problems else 200
    return render(request, "segments/import.html", {"problems": problems}, status=status)


def _document(request: HttpRequest) -> object:
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > MAX_FILE:
        raise ValueError(_("Choose a JSON file of at most 5 MB."))
    try:
        document: object = json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise ValueError(_("This is not JSON: %(why)s") % {"why": error}) from error
    return document
