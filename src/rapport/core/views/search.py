"""The command palette: records, pages and actions the actor may use, in one list."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rapport.core import registry
from rapport.core.access import Actor, actor_of
from rapport.core.registry import SearchHit
from rapport.core.views.context import FrameLink, links
from rapport.core.views.pages import page

PER_SECTION = 6


@dataclass(frozen=True, slots=True)
class Section:
    """Hits of one kind."""

    label: str
    hits: list[SearchHit]


@page()
def search(request: HttpRequest) -> HttpResponse:
    """Results for `q`: records from two letters on; pages and actions always."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:120]
    actor = actor_of(request)
    sections = [*_records(actor, text), *_actions(actor, text), *_pages(actor, text)]
    return render(request, "core/frame/results.html", {"sections": sections, "text": text})


def _records(actor: Actor, text: str) -> list[Section]:
    if len(text) < 2:
        return []
    sections = [
        Section(str(provider.label), provider.search(actor, text, PER_SECTION)[:PER_SECTION])
        for provider in registry.SEARCH_PROVIDERS
        if actor.may(provider.permission)
    ]
    return [section for section in sections if section.hits]


def _pages(actor: Actor, text: str) -> list[Section]:
    return _section(
        _("Go to"),
        _matching([*links(registry.NAVIGATION, actor), *links(registry.settings_pages(), actor)], text),
        limit=20,
    )


def _actions(actor: Actor, text: str) -> list[Section]:
    return _section(_("New"), _matching(links(registry.NEW_ENTRIES, actor), text), limit=PER_SECTION)


def _matching(entries: list[FrameLink], text: str) -> list[FrameLink]:
    wanted = text.casefold().split()
    return [entry for entry in entries if all(word in entry.label.casefold() for word in wanted)]


def _section(label: str, entries: list[FrameLink], *, limit: int) -> list[Section]:
    hits = [SearchHit(entry.label, entry.url, entry.icon) for entry in entries[:limit]]
    return [Section(label, hits)] if hits else []
