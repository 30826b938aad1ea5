"""Pages of forms: the list with results, the builder, and what was entered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.content.web import building, definitions, drawing, queries, services, submitting, suggesting
from rapport.content.web.models import FormSubmission, WebForm
from rapport.content.web.plain_html import plain_html
from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui import formats
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage, TextFilter
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.governance.queries import purposes_by_key
from rapport.governance.registry import CONSENT_CHANNELS


def rate(row: Any) -> str:
    """Answers for each hundred views; nothing while nobody has looked, as with plain HTML on other pages."""
    return formats.percent(row.accepted / row.views) if row.views and row.accepted <= row.views else ""


def summary(row: FormSubmission) -> str:
    """The answer in one line."""
    return " · ".join(_said(value) for value in row.values.values() if value not in ("", None))[:300]


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name", ""))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


def answer_of(name: str) -> Callable[[FormSubmission], str]:
    """What was entered in one field."""
    return lambda row: _said(row.values[name])[:300] if row.values.get(name) not in (None, "") else ""


class FormList(ListPage):
    name = "web-forms"
    title = gettext_lazy("Forms")
    template = "content/web/list.html"
    default_sort = "-updated_at"
    search_in = ("name", "key")
    export_permission = "forms.view"
    empty_template = "content/web/empty.html"
    columns = (
        Column("name", gettext_lazy("Name"), sort="name", main=True),
        Column(
            "state", gettext_lazy("State"),
            value=lambda row: _("Live") if row.is_live else _("Offline"),
            cell=lambda row: badge(_("Live"), "good") if row.is_live else badge(_("Offline")),
        ),
        Column("views", gettext_lazy("Views"), sort="views", num=True),
        Column("accepted", gettext_lazy("Answers"), num=True),
        Column("rate", gettext_lazy("Conversion"), value=rate, num=True),
        Column("spam", gettext_lazy("Spam"), num=True),
        Column("key", gettext_lazy("Key"), shown=False),
        Column("updated_at", gettext_lazy("Changed"), sort="updated_at"),
    )  # fmt: skip
    filters = (TextFilter("name", gettext_lazy("Name")), DateFilter("updated_at", gettext_lazy("Changed")))

    def rows(self) -> Any:
        return queries.counted(queries.forms(self.actor))

    def context(self) -> dict[str, Any]:
        return {"may_edit": self.actor.may("forms.edit")}

    def url(self, row: WebForm) -> str:
        return reverse("content:web-form", args=[row.pk])


@page("forms.view")
def form_list(request: HttpRequest) -> HttpResponseBase:
    return FormList(request).respond()


@require_http_methods(["GET", "HEAD", "POST"])
@page("forms.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Asks for a name only: a new form has the field that all have, and is closed."""
    name = request.POST.get("name", "").strip()
    error = ""
    if request.method == "POST":
        values = services.first_values(name, request.LANGUAGE_CODE[:2])
        try:
            row = services.create(actor=actor_of(request), values=values, clock=clock_of(request))
        except ValidationError as problem:
            error = "" if name else _("Give it a name.")
            error = error or " ".join(problem.messages)
        else:
            return redirect("content:web-form", row.pk)
    context = {"name": name, "error": error}
    return render(request, "content/web/new.html", context, status=422 if error else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("forms.view")
@exclusive()
def form(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    """The builder. Buttons that add and remove draw it anew; saving makes the next version."""
    actor = actor_of(request)
    row = queries.form_for(actor, form_id)
    if request.method != "POST":
        board = building.board_of(definitions.read(row.definition))
        return _builder(request, row, board, row.name, 200)
    actor.require("forms.edit")
    board, name = building.read(request.POST), request.POST.get("name", "").strip()
    definition = building.definition_of(board, definitions.read(row.definition))
    if request.POST.get("action") or is_redraw(request):
        return _builder(request, row, board, name, 200)
    purposes, channels = set(purposes_by_key()), {entry.key for entry in CONSENT_CHANNELS}
    building.mark(board, definitions.problems(definition, purposes, channels))
    if request.POST.get("version", str(row.version)) != str(row.version):
        board.problems.append(
            _("Somebody saved version %(number)d meanwhile. Look at it, or save once more to replace it.")
            % {"number": row.version}
        )
    if not board.is_wrong:
        values = {"name": name, "definition": definitions.written(definition)}
        try:
            services.change(actor=actor, form_id=row.pk, values=values, clock=clock_of(request))
        except ValidationError as problem:
            board.problems = problem.messages
        else:
            note(request, _("Saved."))
            return redirect("content:web-form", row.pk)
    return _builder(request, row, board, name, 422)


def _builder(
    request: HttpRequest, row: WebForm, board: building.Board, name: str, status: int
) -> HttpResponse:
    actor, now = actor_of(request), clock_of(request).now()
    preview = WebForm(key=row.key, language=row.language)
    preview.definition = definitions.written(building.definition_of(board, definitions.read(row.definition)))
    address = f"{settings.PUBLIC_URL}/f/{row.key}"
    context: dict[str, Any] = {
        "row": queries.counted(WebForm.objects.filter(pk=row.pk)).get(), "board": board, "name": name,
        "opened": request.POST.get("version", row.version) if status == 200 else row.version,
        "kinds": building.KINDS.items(), "may_edit": actor.may("forms.edit"),
        "may_see_answers": actor.may("people.view"), "may_segment": actor.may("segments.edit"), "address": address,
        "embed_script": f'<div data-rapport-form="{row.key}"></div>\n'
        f'<script src="{settings.PUBLIC_URL}/rapport-forms.js" defer></script>',
        "embed_frame": f'<iframe src="{address}?embed=1" title="{row.key}" width="100%" height="480"></iframe>',
        "traits": (offered := suggesting.choices()), "trait_keys": {key for key, _label in offered},
        "purposes": [(key, purpose.name) for key, purpose in purposes_by_key().items()],
        "channels": [(entry.key, entry.label) for entry in CONSENT_CHANNELS],
        "drawn": drawing.draw(preview, row.language, drawing.Filled(), now),
        "plain": plain_html(address, board, row.version, row.language),
    }  # fmt: skip
    context["rate"] = rate(context["row"])
    is_part = request.method == "POST" and is_redraw(request)
    template = "content/web/_builder.html" if is_part else "content/web/builder.html"
    return render(request, template, context, status=status)


def is_redraw(request: HttpRequest) -> bool:
    """Whether the page asks for its builder anew, after a change too, which has no action: nothing is saved."""
    return "redraw" in request.GET


@require_POST
@page("forms.edit")
def turn(request: HttpRequest, form_id: uuid.UUID) -> HttpResponse:
    live = "open" in request.POST
    services.turn(actor=actor_of(request), form_id=form_id, live=live, clock=clock_of(request))
    note(request, _("It takes answers from now on.") if live else _("It takes no more answers."))
    return redirect("content:web-form", form_id)


class SubmissionList(ListPage):
    name = "form-submissions"
    title = gettext_lazy("Answers")
    template = "content/web/submissions.html"
    default_sort = "-at"
    search_in = ("email",)
    export_permission = "people.export"
    empty = (
        gettext_lazy("No answers yet"),
        gettext_lazy("Publish the form, and put it where people see it."),
    )
    columns: ClassVar[Sequence[Column]] = (
        Column("at", gettext_lazy("When"), sort="at", main=True),
        Column("who", gettext_lazy("Who"), value=lambda row: str(row.person) if row.person else row.email),
        Column(
            "state", gettext_lazy("State"),
            value=lambda row: row.get_state_display(),
            cell=lambda row: badge(row.get_state_display(), "warn" if row.reasons else "good"),
        ),
        Column("answers", gettext_lazy("Answer"), value=summary, shown=False),
        Column("page", gettext_lazy("Page"), shown=False),
    )  # fmt: skip
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), choices=FormSubmission.State.choices),
        DateFilter("at", gettext_lazy("When")),
    )

    def context(self) -> dict[str, Any]:
        return {"form": self.kwargs["form"]}

    def rows(self) -> Any:
        return queries.submissions(self.actor, self.kwargs["form"]).select_related("person")

    def url(self, row: FormSubmission) -> str:
        return reverse("content:web-form-submission", args=[row.pk])


@page("people.view")
def submissions(request: HttpRequest, form_id: uuid.UUID) -> HttpResponseBase:
    form = queries.form_for(actor_of(request), form_id)
    first, last = SubmissionList.columns[:3], SubmissionList.columns[3:]
    own = [
        Column(f"answer_{entry.name}", entry.label or entry.name, value=answer_of(entry.name), shown=at < 6)
        for at, entry in enumerate(definitions.read(form.definition).fields)
    ]

    class OfForm(SubmissionList):
        """With a column for each field of the form as it is now."""

        columns = (*first, *own, *last)

    return OfForm(request, form=form).respond()


@require_GET
@page("people.view")
def submission(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    row = queries.submission_for(actor, submission_id)
    context = {
        "row": row,
        "values": [
            (name, _said(value), name if isinstance(value, dict) else "")
            for name, value in row.values.items()
        ],
        "may_edit": actor.may("forms.edit"),
    }
    return render(request, "content/web/submission.html", context)


@require_POST
@page("forms.edit")
def release(request: HttpRequest, submission_id: uuid.UUID) -> HttpResponse:
    try:
        submitting.release(actor=actor_of(request), submission_id=submission_id, clock=clock_of(request))
    except ValidationError as problem:
        note(request, problem.messages[0])
    else:
        note(request, _("It counts as an answer now."))
    return redirect("content:web-form-submission", submission_id)


@require_GET
@page("people.view")
def file(request: HttpRequest, submission_id: uuid.UUID, field: str) -> HttpResponseBase:
    """Hands out a file to save; it is never shown here, whatever it is."""
    value = queries.submission_for(actor_of(request), submission_id).values.get(field)
    path = value.get("file", "") if isinstance(value, dict) else ""
    if not path.startswith("forms/") or not default_storage.exists(path):
        raise Http404
    response = FileResponse(
        default_storage.open(path),
        as_attachment=True,
        filename=value["name"],
        content_type="application/octet-stream",
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
