"""Template context of the frame around every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core import registry
from rapport.core.access import Actor
from rapport.core.live import notices
from rapport.core.registry import NavEntry, PageEntry, SettingsPage
from rapport.core.services import incarnations


@dataclass(frozen=True, slots=True)
class FrameLink:
    """A link of the rail or of a menu, ready to show."""

    name: str
    label: str
    icon: str
    url: str
    active: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class RailRow:
    """A link of the rail; where it is a group's, with those behind it. `is_open` while one of these is shown."""

    link: FrameLink
    links: Sequence[FrameLink] = ()
    is_open: bool = False


VIEWS = NavEntry("views", _("My saved views"), "bookmark", "core:saved-views", 5)


def frame(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `rail` (in groups), `new_entries`: what the user may use; `restored`: why nothing is sent; `workspace`:
    the business; `theme`; `frame`: what `core/page.html` extends, so that every page also opens in the side panel;
    `in_panel`.
    """
    from rapport.core.queries import workspace

    actor = getattr(request, "actor", None)
    in_panel = request.headers.get("HX-Target") == "panel"
    context: dict[str, Any] = {
        "nav": [],
        "rail": [],
        "new_entries": [],
        "workspace": workspace(),
        "theme": getattr(getattr(request, "user", None), "theme", "system"),
        "frame": "core/panel.html" if in_panel else "core/framed.html",
        "in_panel": in_panel,
    }
    if isinstance(actor, Actor) and not in_panel:
        context["restored"] = incarnations.waiting()
        context["may_decide"] = actor.may(incarnations.PERMISSION)
        context["unread_notices"] = notices.unread(actor)
        context["nav"] = _rail(actor, request.path)
        context["rail"] = _grouped(context["nav"])
        context["new_entries"] = links(registry.NEW_ENTRIES, actor)
        context["account_entries"] = links([registry.SETTINGS_PAGES["profile"], VIEWS], actor)
    return context


def _rail(actor: Actor, path: str) -> list[FrameLink]:
    """The left rail. A page of the settings area lights Settings, wherever its address lies."""
    rail, settings = list(registry.NAVIGATION), registry.settings_pages()
    shown = links(rail, actor)
    here = _here(path, [*rail, *settings])
    if isinstance(here, SettingsPage):
        here = next((entry for entry in rail if entry.name == "settings"), None)
    return [replace(link, active=here is not None and link.name == here.name) for link in shown]


def _grouped(nav: Sequence[FrameLink]) -> list[RailRow]:
    """A group stands for its links; one of which only one may be used is that link."""
    entries = {entry.name: entry for entry in registry.NAVIGATION}
    rows = [(entries[link.name].order, RailRow(link)) for link in nav if not entries[link.name].under]
    for group in registry.NAVIGATION_GROUPS:
        links = [link for link in nav if entries[link.name].under == group.name]
        if len(links) < 2:
            rows += [(group.order, RailRow(link)) for link in links]
            continue
        is_open = any(link.active for link in links)
        head = next((link for link in links if link.name == group.name), None)
        behind = [link for link in links if link is not head]
        shown = head or replace(
            links[0], name=group.name, label=str(group.label), icon=group.icon, active=False
        )
        rows.append((group.order, RailRow(shown, behind, is_open)))
    return [row for _order, row in sorted(rows, key=lambda pair: pair[0])]


@cache
def _address(url_name: str) -> str:
    """The same for as long as the program runs; every page asks for some forty."""
    return reverse(url_name)


def links(entries: Iterable[PageEntry], actor: Actor, path: str = "") -> list[FrameLink]:
    """The entries the actor may use, with the longest match of `path` marked active."""
    entries = [entry for entry in entries if actor.may(entry.permission)]
    here = _here(path, entries)
    return [
        FrameLink(
            entry.name,
            str(entry.label),
            entry.icon,
            _address(entry.url_name),
            entry is here,
            _group(entry),
        )
        for entry in entries
    ]


def _here(path: str, entries: Sequence[PageEntry]) -> PageEntry | None:
    """The entry with the longest address, of its own or beside it, that `path` lies below."""
    best, length = None, 0
    for entry in entries:
        for url in (_address(entry.url_name), *getattr(entry, "also", ())):
            fits = path == url or (url != "/" and path.startswith(url))
            if fits and len(url) > length:
                best, length = entry, len(url)
    return best


def _group(entry: PageEntry) -> str:
    return str(registry.SETTINGS_GROUPS[entry.group].label) if isinstance(entry, SettingsPage) else ""
