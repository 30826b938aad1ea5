"""Settings: whose word counts. Each step is a form of its own, so everything works from the keyboard."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rapport.core.access import actor_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page
from rapport.people import registry
from rapport.people.models import SourceRule
from rapport.people.queries import traits as trait_queries
from rapport.people.services import definitions as service
from rapport.people.values import schema
from rapport.people.views.settings_traits import recomputes


@require_GET
@page("settings.view")
def priority(request: HttpRequest, entity: str = schema.PERSON) -> HttpResponseBase:
    """The default order and the orders of single traits."""
    if entity not in schema.PREDEFINED:
        raise Http404
    sources = registry.source_kinds()
    rules = trait_queries.rules(entity)
    if not any(rule.trait == "" for rule in rules):
        rules.insert(0, SourceRule(entity=entity, trait="", sources=[]))
    labels = {
        definition.key: str(definition.label)
        for definition in trait_queries.definitions(entity, archived=True)
    }
    cards = [
        {
            "rule": rule,
            "title": labels.get(rule.trait, rule.trait) if rule.trait else _("All other sources"),
            "entries": [{"key": entry, "label": entry_label(entry)} for entry in rule.sources],
            "addable": [pair for pair in _entries(sources) if pair[0] not in rule.sources],
        }
        for rule in rules
    ]
    taken = {rule.trait for rule in rules}
    context = {
        "entity": entity,
        "cards": cards,
        "traits": [(key, label) for key, label in labels.items() if key not in taken],
        **recomputes(),
        "may_edit": actor_of(request).may("settings.edit"),
    }
    return settings_page(request, "people/settings/priority.html", context)


def entry_label(entry: str) -> str:
    """A source or a kind of sources, in words."""
    head, _sign, rest = entry.partition(":")
    words = {
        "hand": _("Edits by hand"),
        "import": _("Imports"),
        "api": _("The REST API"),
        "computed": _("Computed by Rapport"),
        "kind": _("Every %(kind)s source") % {"kind": rest},
        "source": rest,
    }
    return words.get(head, entry)


def _entries(sources: dict[str, str]) -> list[tuple[str, str]]:
    kinds = sorted({kind for kind in sources.values() if kind})
    entries = ["hand", "import", "api", "computed", *(f"kind:{kind}" for kind in kinds)]
    entries += [f"source:{name}" for name in sorted(sources)]
    return [(entry, entry_label(entry)) for entry in entries]


@require_POST
@page("settings.edit")
def change(request: HttpRequest, entity: str) -> HttpResponse:
    """One step: `move` (up or down), `add`, `remove`, `stale` or `drop` of the rule of `trait`."""
    actor, trait = actor_of(request), request.POST.get("trait", "")
    rule = next((rule for rule in trait_queries.rules(entity) if rule.trait == trait), None)
    sources = list(rule.sources) if rule else []
    stale = rule.stale_days if rule else None
    if "drop" in request.POST:
        service.remove_rule(actor=actor, entity=entity, trait=trait)
        note(request, _("Rule removed."))
        return redirect("people_settings:settings_priority_of", entity)
    try:
        sources, stale = _changed(request, sources, stale)
        service.set_rule(actor=actor, entity=entity, trait=trait, sources=sources, stale_days=stale)
    except ValidationError as error:
        note(request, " ".join(error.messages), level="error")
    else:
        note(request, _("Saved. Existing profiles are updated in the background."))
    return redirect("people_settings:settings_priority_of", entity)


def _changed(request: HttpRequest, sources: list[str], stale: int | None) -> tuple[list[str], int | None]:
    """The order after the step. Raises ValidationError."""
    given = request.POST
    if entry := given.get("add"):
        sources.append(entry)
    elif (entry := given.get("remove", "")) in sources:
        sources.remove(entry)
    elif (entry := given.get("up", given.get("down", ""))) in sources:
        place = sources.index(entry)
        other = max(0, place - 1) if "up" in given else min(len(sources) - 1, place + 1)
        sources.insert(other, sources.pop(place))
    elif "stale" in given:
        text = given["stale"].strip()
        if text and not (text.isdigit() and 0 < int(text) <= 3650):
            raise ValidationError(_("Enter 1 to 3650 days, or leave it empty."))
        stale = int(text) if text else None
    return sources, stale
