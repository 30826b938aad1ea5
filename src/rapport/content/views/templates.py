"""Template pages: the list, and the editor with its live preview."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from rapport.channels.registry import CHANNELS
from rapport.content import queries
from rapport.content.forms import DraftForm, FieldsForm, LanguageForm, TestForm
from rapport.content.models import Template
from rapport.content.services import differences, previews, ready_blocks, templates, translations
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.previews import PREVIEW_POLICY
from rapport.content.views import visual
from rapport.core import languages
from rapport.core.access import actor_of
from rapport.core.links import actions_for
from rapport.core.ui.toasts import note, toast
from rapport.core.views.pages import exclusive, page
from rapport.people import queries as people
from rapport.people.models import Person

HELP = (
    ("{{ person.first_name }}", gettext_lazy("any trait of the person; id, name and email as well")),
    ('{{ person.city | default: "your city" }}', gettext_lazy("what to write when a person has no value")),
    ('{% if person.plan == "pro" %} … {% endif %}', gettext_lazy("only for some")),
    (
        "{{ unsubscribe_url }}, {{ preferences_url }}",
        gettext_lazy("unsubscribe and preference links; added if you leave them out"),
    ),
    ("{{ workspace.name }}", gettext_lazy("your business; also sender_name and postal_address")),
)
_SCHEME_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)")


@page("templates.view")
def editor(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    template = queries.template_for(actor, template_id)
    person, language = _example(request), _language(request, template)
    in_panel = request.headers.get("HX-Target") == "panel"
    context = {
        "template": template,
        "kind": CHANNELS[template.channel],
        "draft": _draft(None, template, language),
        "written": template.written(language),
        "language": language,
        "languages": [(tag, languages.name_of(tag)) for tag in template.languages],
        "new_language": LanguageForm(taken=template.languages),
        "person": person,
        "help": HELP,
        **ready_blocks.for_writing(),
        "versions": template.versions.filter(is_reworded=False).order_by("-version")[:30],
        "may_edit": actor.may("templates.edit"),
        "editor": visual.editor_of(request),
        "actions": actions_for(actor, "template", template.pk),
        "test": TestForm(initial={"address": actor.label if "@" in actor.label else ""}),
        **_check(request, template, person, language),
    }
    # An editor needs the whole page; beside the list stands the message as it is.
    page_name = "template_panel" if in_panel else "template_fields" if context["kind"].fields else "template"
    return render(request, f"content/{page_name}.html", context)


@require_POST
@page("templates.edit")
@exclusive()
def save_draft(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    """Keeps the draft and answers with what is wrong or missing in it, or with what was saved elsewhere meanwhile."""
    actor = actor_of(request)
    template = queries.template_for(actor, template_id, lock=True)
    revision = request.POST.get("overwrite") or request.POST.get("revision", "")
    language = _language(request, template)
    draft = _draft({**request.POST.dict(), "revision": revision}, template, language)
    if not draft.is_valid():
        conflict = {"draft": draft, "template": template}
        return render(request, "content/template_conflict.html", conflict, status=422)
    values: dict[str, Any] = {name: request.POST[name] for name in templates.FIELDS if name in request.POST}
    if not values.get("name", "x").strip():
        del values["name"]
    visual.keep_editor(request)
    if isinstance(draft, FieldsForm):
        values["fields"] = draft.content
    try:
        template = templates.save_draft(actor=actor, template_id=template_id, translation=language, **values)
    except TemplateError as error:
        return render(request, "content/template_problems.html", {"error": error, "template": template})
    context: dict[str, Any] = {"template": template, "draft": _draft(None, template, language), "saved": True}
    context |= _check(request, template, _example(request), language)
    return render(request, "content/template_problems.html", context)


@xframe_options_sameorigin
@page("templates.view")
def preview(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    """The message itself, in a page with a policy of its own: inline styles yes, scripts never."""
    template = queries.template_for(actor_of(request), template_id)
    try:
        person = _example(request)
        shown = previews.preview(
            actor=actor_of(request),
            template=template,
            person_id=person.pk if person else None,
            language=request.GET.get("language"),
        )
        if request.GET.get("part") == "text":
            response = HttpResponse(shown.text, content_type="text/plain; charset=utf-8")
        else:
            response = HttpResponse(_in_scheme(shown.html, request.GET.get("scheme") == "dark"))
    except TemplateError as error:
        response = render(request, "content/template_broken.html", {"error": error})
    response.headers["Content-Security-Policy"] = PREVIEW_POLICY
    response.headers["Cache-Control"] = "no-store, private"
    return response


@require_POST
@page("templates.edit")
def publish(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    try:
        version = templates.publish(actor=actor_of(request), template_id=template_id)
    except TemplateError as error:
        note(request, _("Not saved as a version: %(why)s") % {"why": error.message}, level="error")
    else:
        note(request, _("Version %(n)d is saved.") % {"n": version.version})
    return redirect("content:template", template_id)


@require_POST
@page("templates.edit")
def restore(request: HttpRequest, template_id: uuid.UUID, version: int) -> HttpResponse:
    templates.restore(actor=actor_of(request), template_id=template_id, version=version)
    note(request, _("Version %(n)d is now the draft.") % {"n": version})
    return redirect("content:template", template_id)


@page("templates.view")
def compare(request: HttpRequest, template_id: uuid.UUID, version: int) -> HttpResponse:
    """What the draft says otherwise than a version did."""
    actor = actor_of(request)
    template, old = queries.template_for(actor, template_id), queries.version_for(actor, template_id, version)
    changes = differences.differences(old, template)
    context = {
        "template": template,
        "version": old,
        "may_edit": actor.may("templates.edit"),
        "differences": changes,
    }
    return render(request, "content/template_compare.html", context)


@require_POST
@page("templates.edit")
def add_language(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    address = reverse("content:template", args=[template_id])
    try:
        language = request.POST.get("language", "")
        tag = translations.add(actor=actor_of(request), template_id=template_id, language=language)
    except TemplateError as error:
        note(request, error.message, level="error")
        return redirect(address)
    return redirect(f"{address}?language={tag}")


@require_POST
@page("templates.edit")
def drop_language(request: HttpRequest, template_id: uuid.UUID, language: str) -> HttpResponse:
    translations.drop(actor=actor_of(request), template_id=template_id, language=language)
    note(request, _("The language is taken out of the draft; versions keep it."))
    return redirect("content:template", template_id)


@require_POST
@page("templates.edit")
def send_test(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    actor = actor_of(request)
    template = queries.template_for(actor, template_id)
    form = TestForm(request.POST)
    if not form.is_valid():
        return toast(HttpResponse(status=204), _("That is no address."), level="error")
    address, person = form.cleaned_data["address"], _example(request)
    person_id = person.pk if person else None
    try:
        previews.send_test(
            actor=actor,
            template=template,
            address=address,
            person_id=person_id,
            language=_language(request, template),
        )
    except TemplateError as error:
        return toast(HttpResponse(status=204), _("Not sent: %(why)s") % {"why": error.message}, level="error")
    return toast(HttpResponse(status=204), _("The test has been sent to %(who)s.") % {"who": address})


@require_POST
@page("templates.edit")
def archive(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    is_undo = "undo" in request.GET
    templates.archive_template(actor=actor_of(request), template_id=template_id, undo=is_undo)
    if is_undo:
        return redirect("content:template", template_id)
    address = reverse("content:template-archive", args=[template_id])
    note(request, _("The template is archived."), undo_url=f"{address}?undo=1")
    return redirect("content:templates")


@page("templates.view")
def examples(request: HttpRequest) -> HttpResponse:
    """People to preview for, as options of a data list."""
    text = request.GET.get("person", "").strip()[:100]
    persons = people.people(actor_of(request)).exclude(email="")
    if text:
        persons = persons.filter(email__icontains=text)
    return render(request, "content/template_people.html", {"people": persons.order_by("-last_seen_at")[:10]})


def _example(request: HttpRequest) -> Person | None:
    """Whom to preview for: the person chosen, else the last seen one with an email address."""
    actor, address = (
        actor_of(request),
        (request.POST.get("person") or request.GET.get("person") or "").strip(),
    )
    if address and (person := people.find(actor, f"email:{address}")):
        return person
    return people.people(actor).exclude(email="").order_by("-last_seen_at", "id").first()


def _language(request: HttpRequest, template: Template) -> str:
    """Which of its languages is being edited; its own where none was chosen."""
    given = request.POST.get("language") or request.GET.get("language", "")
    return given if given in template.translations else template.language


def _draft(posted: Any, template: Template, language: str) -> DraftForm | FieldsForm:
    """The form of the draft: that of email, or the fields of its channel."""
    form = FieldsForm if CHANNELS[template.channel].fields else DraftForm
    return form(posted, template, language)


def _check(request: HttpRequest, template: Template, person: Person | None, language: str) -> dict[str, Any]:
    """What there is to say about the draft: the error, or subject, warnings and missing names."""
    try:
        shown = previews.preview(
            actor=actor_of(request),
            template=template,
            person_id=person.pk if person else None,
            language=language,
        )
        return {"shown": shown}
    except TemplateError as error:
        return {"error": error}


def _in_scheme(body: str, dark: bool) -> str:
    """The message as a client in that scheme shows it, whatever scheme the reader's own browser has."""
    wanted = "dark" if dark else "light"
    body = _SCHEME_QUERY.sub(lambda match: "all" if match[1] == wanted else "not all", body)
    shade = "#15171a" if dark else "#fff"
    style = f"<style>:root{{color-scheme:{wanted}!important}}html{{background:{shade}}}</style>"
    return body.replace("</head>", style + "</head>", 1)
