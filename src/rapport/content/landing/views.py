"""The pages behind landing pages: the list with results, the editor with its preview, versions and tests."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from rapport.content.landing import building, definitions, drawing, queries, services, starting, trials
from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.models import Image
from rapport.content.queries import image_url
from rapport.content.web.models import WebForm
from rapport.content.web.services import begun
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.lists import Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.segments.queries import segments

IMAGES = 100


def rate(views: int, answers: int) -> str:
    """Answers for each hundred views; nothing while nobody has looked."""
    return formats.percent(answers / views) if views and answers <= views else ""


class LandingList(ListPage):
    name = "landing-pages"
    title = gettext_lazy("Landing pages")
    template = "content/landing/list.html"
    default_sort = "-updated_at"
    search_in = ("name", "slug")
    export_permission = "forms.view"
    empty_template = "content/landing/empty.html"
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column(
            "state", gettext_lazy("State"),
            value=lambda row: _("Published") if row.is_live else _("Draft"),
            cell=lambda row: badge(_("Published"), "good") if row.is_live else badge(_("Draft")),
        ),
        Column("slug", gettext_lazy("Address"), value=drawing.address_of),
        Column("views", gettext_lazy("Views"), value=lambda row: row.counted[0], num=True),
        Column("answers", gettext_lazy("Answers"), value=lambda row: row.counted[1], num=True),
        Column("rate", gettext_lazy("Conversion"), value=lambda row: rate(*row.counted), num=True),
        Column("updated_at", gettext_lazy("Changed"), sort="updated_at"),
    )  # fmt: skip
    filters = (TextFilter("name", gettext_lazy("Name")), DateFilter("updated_at", gettext_lazy("Changed")))

    def rows(self) -> Any:
        return queries.pages(self.actor)

    def prepare(self, rows: Any) -> None:
        counts = queries.counts(rows)
        for row in rows:
            row.counted = counts[row.pk]

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("forms.edit")}

    def url(self, row: LandingPage) -> str:
        return reverse("content:landing-page", args=[row.pk])


@page("forms.view")
def landing_list(request: HttpRequest) -> HttpResponseBase:
    return LandingList(request).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@page("forms.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Asks for a name and a starting point."""
    name, design = request.POST.get("name", "").strip(), request.POST.get("design", "")
    error = ""
    if request.method == "POST":
        try:
            row = _begun(request, name, design)
        except ValidationError as problem:
            error = " ".join(problem.messages) if name else _("Give it a name.")
        else:
            return redirect("content:landing-page", row.pk)
    context: dict[str, Any] = {"name": name, "error": error, "design": design or "launch"}
    context["designs"] = starting.designs(request.LANGUAGE_CODE[:2])
    return render(request, "content/landing/new.html", context, status=422 if error else 200)


@transaction.atomic
def _begun(request: HttpRequest, name: str, design: str) -> LandingPage:
    """With a form of its own, where it starts with one. Raises ValidationError."""
    actor, clock, language = actor_of(request), clock_of(request), request.LANGUAGE_CODE[:2]
    form = ""
    if name and starting.needs_form(design):
        form = begun(actor=actor, name=name, language=language, clock=clock).key
    now = clock.now().astimezone(ZoneInfo(drawing.look().zone))
    definition = starting.definition(design, language, now, form=form)
    values = {"name": name, "slug": _free_slug(name), "language": language, "definition": definition}
    return services.create(actor=actor, values=values, clock=clock)


def _free_slug(name: str) -> str:
    slug = slugify(name)[:56] or "page"
    taken = set(LandingPage.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return next(
        entry for entry in [slug, *(f"{slug}-{n}" for n in range(2, len(taken) + 3))] if entry not in taken
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page("forms.view")
@exclusive()
def landing_page(request: HttpRequest, page_id: uuid.UUID) -> HttpResponse:
    """The editor. Buttons that add and remove draw it anew; saving makes the next version."""
    actor = actor_of(request)
    row = queries.page_for(actor, page_id)
    own = {name: getattr(row, name) for name in ("name", "slug", "host", "language")}
    if request.method != "POST":
        return _editor(request, row, building.board_of(definitions.read(row.definition)), own, 200)
    actor.require("forms.edit")
    board = building.read(request.POST)
    own = {name: request.POST.get(name, "").strip() for name in own}
    if request.POST.get("action") or "redraw" in request.GET:
        return _editor(request, row, board, own, 200)
    if _save(request, row, board, own):
        note(
            request, _("Saved as version %(number)d.") % {"number": queries.page_for(actor, page_id).version}
        )
        return redirect("content:landing-page", row.pk)
    return _editor(request, row, board, own, 422)


def _save(request: HttpRequest, row: LandingPage, board: building.Board, own: dict[str, str]) -> bool:
    """Whether it is saved; else the board says why not."""
    opened = request.POST.get("version", "")
    if opened and opened != str(row.version):
        board.problems.append(
            _("Somebody saved version %(number)d meanwhile. Look at it, or save once more to replace it.")
            % {"number": row.version}
        )  # fmt: skip
        return False
    try:
        definition = building.definition_of(board)
        forms = set(WebForm.objects.filter(key__in=definition.forms).values_list("key", flat=True))
        building.mark(board, definitions.problems(definition, forms))
        if not board.is_wrong:
            values = {**own, "definition": definitions.written(definition)}
            services.change(actor=actor_of(request), page_id=row.pk, values=values, clock=clock_of(request))
    except msgspec.ValidationError as problem:
        board.problems.append(str(problem))
    except ValidationError as problem:
        board.problems += problem.messages
    return not board.is_wrong


def _editor(
    request: HttpRequest, row: LandingPage, board: building.Board, own: dict[str, str], status: int
) -> HttpResponse:
    actor = actor_of(request)
    none = ("", "–")
    forms = [none, *WebForm.objects.order_by("name").values_list("key", "name")]
    everybody = [("", _("Everybody")), *sorted(segments.names().items(), key=lambda pair: pair[1])]
    building.fit(board, {"form": forms, "segment": everybody})
    images = Image.objects.filter(archived_at=None).order_by("-created_at")[:IMAGES]
    context: dict[str, Any] = {
        "row": row, "own": own, "board": board, "kinds": building.KINDS.items(),
        "may_edit": actor.may("forms.edit"), "may_upload": actor.may("templates.edit"),
        "address": drawing.address_of(row),
        "images": [(image_url(image), image.name) for image in images],
        "preview": _preview(request, row, board, own),
        "opened": request.POST.get("version", row.version) if status == 200 else row.version,
    }  # fmt: skip
    if (
        request.method == "POST" and "redraw" in request.GET
    ):  # also of a draft brought back, which has no action
        return render(request, "content/landing/_editor.html", context)
    context |= _results(row)
    return render(request, "content/landing/page_editor.html", context, status=status)


def _preview(request: HttpRequest, row: LandingPage, board: building.Board, own: dict[str, str]) -> str:
    """The page as it would be; nothing where it cannot be drawn yet."""
    try:
        definition = definitions.written(building.definition_of(board))
    except msgspec.ValidationError:
        return ""
    version = LandingVersion(page=row, definition=definition, language=own["language"])
    open_ = {form.key: form for form in WebForm.objects.filter(key__in=definitions.read(definition).forms)}
    return drawing.draw(row, version, open_, drawing.Visit(), clock_of(request).now(), is_preview=True)


def _results(row: LandingPage) -> dict[str, Any]:
    versions: list[Any] = list(queries.versions(row)[:50])
    for version in versions:
        version.rate = rate(version.views, version.answers)
    views, answers = queries.counts([row])[row.pk]
    return {
        "versions": versions, "views": views, "answers": answers, "rate": rate(views, answers),
        "is_tested": trials.is_tested(row), "experiment": row.experiment,
        "events": ["Form Submitted", "Order Completed"],
    }  # fmt: skip


@require_POST
@page("forms.edit")
def turn(request: HttpRequest, page_id: uuid.UUID) -> HttpResponse:
    """Publishes a version, or takes the page off the web."""
    actor, clock, chosen = actor_of(request), clock_of(request), request.POST.get("version", "")
    try:
        if "take_off" in request.POST:
            services.unpublish(actor=actor, page_id=page_id, clock=clock)
            note(request, _("Nobody sees it any more."))
        else:
            number = int(chosen) if chosen.isdecimal() and len(chosen) < 9 else None
            row = services.publish(actor=actor, page_id=page_id, version=number, clock=clock)
            note(request, _("Version %(number)d is published.") % {"number": number or row.version})
    except ValidationError as problem:
        note(request, " ".join(problem.messages))
    return redirect("content:landing-page", page_id)


@require_POST
@page("forms.edit")
def test(request: HttpRequest, page_id: uuid.UUID) -> HttpResponse:
    """Begins a test of two versions."""
    version, event = request.POST.get("version", ""), request.POST.get("event") or "Form Submitted"
    try:
        trials.start(
            actor=actor_of(request), page_id=page_id, event=event[:200], clock=clock_of(request),
            version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        )  # fmt: skip
    except ValidationError as problem:
        note(request, " ".join(problem.messages))
    else:
        note(request, _("The test runs: half of the visitors see each version."))
    return redirect("content:landing-page", page_id)
