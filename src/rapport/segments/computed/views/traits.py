"""Computed traits: the list, one of them with its figures, taking it away and back."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from rapport.core import registry
from rapport.core.access import actor_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.formats import number
from rapport.core.ui.lists import Column, DateFilter, ListPage, NumberFilter, TextFilter
from rapport.core.ui.lists.page import Rows
from rapport.core.ui.toasts import note
from rapport.core.views.context import links
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.segments.computed import queries
from rapport.segments.computed.language import recipes, words
from rapport.segments.computed.services import traits as services
from rapport.segments.computed.views import showing
from rapport.segments.models import ComputedTrait

_TONES = {"ready": "good", "computing": "live", "failed": "bad", "archived": "", "removing": "live"}


def state_badge(trait: ComputedTrait) -> SafeString:
    names = {
        "ready": _("Up to date"),
        "computing": _("Computing"),
        "failed": _("Failing, retried"),
        "archived": _("Archived"),
        "removing": _("Being removed"),
    }
    return badge(names[trait.state], _TONES[trait.state])


def _named(trait: ComputedTrait) -> SafeString:
    return format_html('{}<br><span class="xs subtle mono">{}</span>', trait.name, trait.key)


def _coverage(trait: ComputedTrait) -> SafeString | str:
    everybody = trait.statistics.get("people")
    if not everybody:
        return "–"
    share = showing.percent(trait.covered / everybody)
    return format_html('{} <span class="subtle">{}</span>', number(trait.covered), share)


class TraitList(ListPage):
    """All computed traits: what they say, of how many, how fresh."""

    name = "computed-traits"
    title = gettext_lazy("Computed traits")
    default_sort = "name"
    search_in = ("name", "key", "description")
    search_hint = gettext_lazy("Search computed traits")
    template = "segments/computed/list.html"
    empty_template = "segments/computed/empty.html"
    columns = (
        Column("name", gettext_lazy("Name"), cell=_named, sort="name", main=True),
        Column("words", gettext_lazy("Definition"), value=lambda row: words.describe(row.definition)),
        Column("covered", gettext_lazy("With a value"), value="covered", cell=_coverage, sort="covered", num=True),
        Column("values", gettext_lazy("Values"), value=showing.summary),
        Column("state", gettext_lazy("State"), value="state", cell=state_badge),
        Column("computed", gettext_lazy("Last full computation"), value="computed_at"),
        Column("updated", gettext_lazy("Changed"), value="updated_at", sort="updated_at", shown=False),
        Column("created_by", gettext_lazy("Created by"), sort="created_by", shown=False),
    )  # fmt: skip
    filters = (
        TextFilter("name", gettext_lazy("Name")),
        TextFilter("key", gettext_lazy("Key")),
        NumberFilter("covered", gettext_lazy("People with a value")),
        DateFilter("updated", gettext_lazy("Changed"), "updated_at"),
    )

    def rows(self) -> Rows:
        return queries.computed_traits(self.actor)

    def url(self, row: ComputedTrait) -> str:
        return reverse("computed:trait", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {
            "settings_pages": links(registry.settings_pages(), self.actor, self.request.path),
            "may_edit": self.actor.may("segments.edit"),
            "recipes": recipes.recipes(),
            "archived": queries.archived(self.actor).exists(),
        }


@page("segments.view")
def index(request: HttpRequest) -> HttpResponseBase:
    return TraitList(request).respond()


@page("segments.view")
def archived(request: HttpRequest) -> HttpResponseBase:
    """What was taken out of use, to be brought back."""
    rows = [(row, words.describe(row.definition)) for row in queries.archived(actor_of(request))[:100]]
    context = {"rows": rows, "may_edit": actor_of(request).may("segments.edit")}
    return settings_page(request, "segments/computed/archived.html", context)


@page("segments.view")
def trait(request: HttpRequest, trait_id: uuid.UUID) -> HttpResponseBase:
    """One computed trait: what it says, over how many, and who uses it."""
    actor = actor_of(request)
    computed = queries.trait_for(actor, trait_id)
    return settings_page(
        request, "segments/computed/trait.html", _context(computed) | {"may_edit": actor.may("segments.edit")}
    )


def _context(computed: ComputedTrait) -> dict[str, Any]:
    return {
        "trait": computed,
        "words": words.describe(computed.definition),
        "badge": state_badge(computed),
        "figures": showing.figures(computed),
        "top": showing.top(computed),
        "share": computed.covered / computed.statistics["people"]
        if computed.statistics.get("people")
        else None,
        "used_by": queries.used_by(computed.key),
        "done": computed.job.done if computed.job and computed.started_at else 0,
        "took": computed.took_ms / 1000,
    }


@page("segments.view")
def status(request: HttpRequest, trait_id: uuid.UUID) -> HttpResponseBase:
    """The progress of looking at everybody, renewed until it is done."""
    computed = queries.trait_for(actor_of(request), trait_id)
    response = render(request, "segments/computed/status.html", _context(computed))
    if computed.state not in ("computing", "removing"):
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@page("segments.edit")
def archive(request: HttpRequest, trait_id: uuid.UUID) -> HttpResponseBase:
    actor = actor_of(request)
    computed = queries.trait_for(actor, trait_id)
    try:
        services.archive_trait(actor=actor, trait=computed)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
        return redirect("computed:trait", computed.pk)
    undo = reverse("computed:restore", args=[computed.pk])
    note(request, _("“%(name)s” is being removed from everybody.") % {"name": computed.name}, undo_url=undo)
    return redirect("computed:list")


@require_POST
@page("segments.edit")
def restore(request: HttpRequest, trait_id: uuid.UUID) -> HttpResponseBase:
    actor = actor_of(request)
    computed = queries.trait_for(actor, trait_id)
    try:
        services.restore_trait(actor=actor, trait=computed)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    return redirect("computed:trait", computed.pk)


@require_POST
@page("segments.edit")
def recompute(request: HttpRequest, trait_id: uuid.UUID) -> HttpResponseBase:
    actor = actor_of(request)
    services.recompute_trait(actor=actor, trait=queries.trait_for(actor, trait_id))
    return redirect("computed:trait", trait_id)
