"""Settings: what traits there are, and whose word counts."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.forms.errors import add_service_errors
from rapport.core.ui import Tab
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.people.forms.traits import DefinitionForm
from rapport.people.queries import traits as trait_queries
from rapport.people.services import definitions as service
from rapport.people.values import schema
from rapport.people.values.types import TraitType


@require_GET
@page("settings.view")
def traits(request: HttpRequest, entity: str = schema.PERSON) -> HttpResponseBase:
    """Definitions with how often they are used; below, what is seen and not defined."""
    actor = actor_of(request)
    if entity not in schema.PREDEFINED:
        raise Http404
    usage, refused = trait_queries.usage(actor, entity), trait_queries.refusals(entity)
    rows = [
        {
            "trait": definition,
            "kind": TraitType(definition.kind).label,
            "used": usage[definition.key].count if definition.key in usage else 0,
            "refused": refused.get(definition.key, []),
            "refused_total": sum(number for _source, number in refused.get(definition.key, [])),
        }
        for definition in trait_queries.definitions(entity, archived="archived" in request.GET)
    ]
    context = {
        "tabs": _tabs(entity),
        "entity": entity,
        "rows": rows,
        "with_archived": "archived" in request.GET,
        "computed": trait_queries.computed(entity),
        "undefined": trait_queries.undefined(actor, entity),
        **recomputes(),
        "may_edit": actor.may("settings.edit"),
    }
    return settings_page(request, "people/settings/traits.html", context)


def _tabs(entity: str) -> list[Tab]:
    return [
        Tab(_("Of people"), reverse("people_settings:settings_traits"), entity == schema.PERSON),
        Tab(
            _("Of companies"),
            reverse("people_settings:settings_traits_of", args=[schema.COMPANY]),
            entity == schema.COMPANY,
        ),
    ]


@require_http_methods(["GET", "POST"])
@page("settings.edit")
@exclusive()
def trait(request: HttpRequest, entity: str) -> HttpResponseBase:
    """The form of one definition (`?key=`), or of a new one."""
    if entity not in schema.PREDEFINED:
        raise Http404
    actor, key = actor_of(request), request.GET.get("key", "")
    definition = trait_queries.definition_for(entity, key) if key and "new" not in request.GET else None
    form = DefinitionForm(
        request.POST or None,
        initial=DefinitionForm.initial_of(definition) if definition else {"key": key, **_seen(request)},
    )
    if definition is not None:
        form.fields["key"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            row = service.define(actor=actor, entity=entity, key=form.cleaned_data["key"], draft=form.draft())
        except ValidationError as error:
            add_service_errors(form, error)
        else:
            note(request, _("“%(label)s” is defined.") % {"label": row.label})
            return redirect("people_settings:settings_traits_of", entity)
    refused = trait_queries.refusals(entity).get(key, [])
    context = {"form": form, "entity": entity, "trait": definition, "refused": refused}
    return settings_page(request, "people/settings/trait.html", context, 422 if form.errors else 200)


def recomputes() -> dict[str, Any]:
    """How far existing profiles have been judged again."""
    rows = trait_queries.recomputes(3)
    return {"recomputes": rows, "running": any(row.job.is_live for row in rows)}


def _seen(request: HttpRequest) -> dict[str, str]:
    kind, key = request.GET.get("kind", ""), request.GET.get("key", "")
    return {"kind": kind if kind in TraitType.values else TraitType.TEXT, "label": _label(key)}


def _label(key: str) -> str:
    words = key.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


@require_POST
@page("settings.edit")
def define_seen(request: HttpRequest, entity: str) -> HttpResponse:
    """Defines a trait that was seen by the type its values suggest; one click, and one more to take it back."""
    key = request.POST.get("key", "")
    seen = next(
        (
            undefined
            for undefined in trait_queries.undefined(actor_of(request), entity)
            if undefined.key == key
        ),
        None,
    )
    if seen is None:
        raise Http404
    draft = service.Draft(label=_label(key)[:100] or key, kind=seen.kind)
    try:
        service.define(actor=actor_of(request), entity=entity, key=key, draft=draft)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        undo = f"{reverse('people_settings:archive_trait', args=[entity])}?key={key}"
        text = _("“%(label)s” is defined as %(kind)s.") % {"label": draft.label, "kind": seen.kind_label}
        note(request, text, undo_url=undo)
    return redirect("people_settings:settings_traits_of", entity)


@require_POST
@page("settings.edit")
def archive_trait(request: HttpRequest, entity: str) -> HttpResponse:
    key = _key(request)
    definition = trait_queries.definition_for(entity, key)
    service.archive(actor=actor_of(request), entity=entity, key=key)
    undo = f"{reverse('people_settings:restore_trait', args=[entity])}?key={key}"
    note(request, _("“%(label)s” is archived; its values stay.") % {"label": definition.label}, undo_url=undo)
    return redirect("people_settings:settings_traits_of", entity)


@require_POST
@page("settings.edit")
def restore_trait(request: HttpRequest, entity: str) -> HttpResponse:
    key = _key(request)
    definition = trait_queries.definition_for(entity, key)
    service.restore(actor=actor_of(request), entity=entity, key=key)
    note(request, _("“%(label)s” is in use again.") % {"label": definition.label})
    return redirect("people_settings:settings_traits_of", entity)


def _key(request: HttpRequest) -> str:
    return request.POST.get("key") or request.GET.get("key", "")


@require_GET
@page("settings.view")
def recompute_progress(request: HttpRequest) -> HttpResponseBase:
    """How far existing profiles have been judged again; polls itself until done."""
    context = recomputes()
    return render(request, "people/settings/_recomputes.html", context)
