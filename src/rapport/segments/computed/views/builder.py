"""The builder of computed traits: new, edit, redraw after a change of shape, and the live preview."""

from __future__ import annotations

import uuid
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.segments.builder.revision import BuilderForm
from rapport.segments.computed import forms as form
from rapport.segments.computed import queries
from rapport.segments.computed.language import recipes, words
from rapport.segments.computed.services import preview as previews
from rapport.segments.computed.services import traits as services
from rapport.segments.computed.views import showing
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import ComputedTrait

_NAMES = ("name", "key", "description")


@page("segments.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    """Empty, or begun from one of the usual ones (?recipe=lifetime_value)."""
    recipe = recipes.recipe(request.GET.get("recipe", ""))
    named = {name: str(getattr(recipe, name)) for name in _NAMES} if recipe else {}
    return _builder(request, None, recipe.definition if recipe else form.BLANK, named)


@page("segments.edit")
@exclusive()
def edit(request: HttpRequest, trait_id: uuid.UUID) -> HttpResponseBase:
    trait = queries.trait_for(actor_of(request), trait_id)
    return _builder(request, trait, trait.definition, {name: getattr(trait, name) for name in _NAMES})


def _builder(
    request: HttpRequest, trait: ComputedTrait | None, start: dict[str, Any], named: dict[str, str]
) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, trait, form.drawing(start), named)
    definition, named = form.read(request.POST), {name: request.POST.get(name, "") for name in _NAMES}
    if action := request.POST.get("action", ""):  # a button pressed without scripts
        return _page(request, trait, form.drawing(form.act(definition, action)), named)
    revised = _revised(
        trait, {**named, "definition": definition, "revision": request.POST.get("revision", "")}
    )
    if not revised.is_valid():
        return _page(request, trait, form.drawing(definition) | {"revised": revised}, named, status=422)
    try:
        saved = _save(request, trait, definition, named)
    except InvalidDefinition as error:
        return _page(request, trait, form.drawing(definition, error.problems), named, status=422)
    except ValidationError as error:
        context = form.drawing(definition)
        context["named_problems"] = getattr(error, "message_dict", {"name": error.messages})
        context["collision"] = isinstance(error, services.Collision)
        return _page(request, trait, context, named, status=422)
    note(request, _("Saved “%(name)s”.") % {"name": saved.name})
    return redirect("computed:trait", saved.pk)


def _save(
    request: HttpRequest, trait: ComputedTrait | None, definition: dict[str, Any], named: dict[str, str]
) -> ComputedTrait:
    actor = actor_of(request)
    if trait is None:
        take_over = request.POST.get("take_over") == "on"
        return services.create_trait(
            actor=actor,
            name=named["name"],
            key=named["key"].strip(),
            description=named["description"],
            definition=definition,
            take_over=take_over,
        )
    return services.update_trait(
        actor=actor,
        trait=trait,
        name=named["name"],
        description=named["description"],
        definition=definition,
    )


def _page(
    request: HttpRequest,
    trait: ComputedTrait | None,
    context: dict[str, Any],
    named: dict[str, str],
    status: int = 200,
) -> HttpResponse:
    context = {"revised": _revised(trait), **context, "trait": trait, "named": named}
    return render(request, "segments/computed/edit.html", context, status=status)


def _revised(trait: ComputedTrait | None, posted: dict[str, Any] | None = None) -> BuilderForm:
    names = ("name", "description", "definition") if trait else ()
    return BuilderForm(posted, {name: getattr(trait, name) for name in names}, words.describe)


@require_POST
@page("segments.edit")
def redraw(request: HttpRequest) -> HttpResponseBase:
    """The fields after a choice or a button that changes which there are."""
    definition = form.act(form.read(request.POST), request.POST.get("action", ""))
    return render(request, "segments/computed/fields.html", form.drawing(definition))


@require_POST
@page("segments.view")
def preview(request: HttpRequest) -> HttpResponseBase:
    """The sentence, how many of a sample have a value, and a few of them."""
    definition = form.read(request.POST)
    context: dict[str, Any] = {"words": words.describe(definition)}
    try:
        seen = previews.preview(actor=actor_of(request), definition_=definition, now=clock_of(request).now())
    except InvalidDefinition as error:
        context["problems"] = form.by_field(error.problems)
    except (ClickHouseError, OSError):
        context["away"] = True
    else:
        figures = ((_("Smallest"), seen.low), (_("Median"), seen.middle), (_("Largest"), seen.high))
        context |= {
            "seen": seen,
            "share": showing.percent(seen.share),
            "rows": [(person, showing.value(definition, value)) for person, value in seen.rows],
            "figures": [(label, showing.value(definition, v)) for label, v in figures if v is not None],
        }
    return render(request, "segments/computed/preview.html", context)
