"""What the frame around every page needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from rapport.core import registry
from rapport.core.access import Actor
from rapport.core.registry import NavEntry, NewEntry, SettingsPage


@dataclass(frozen=True, slots=True)
class FrameLink:
    """A link of the rail or of a menu, ready to show."""

    name: str
    label: str
    icon: str
    url: str
    active: bool = False


ACCOUNT = (
    NavEntry("profile", _("My profile"), "user", "core:settings-profile", 5),
    NavEntry("password", _("Change password"), "lock", "account_change_password", 10),
    NavEntry("mfa", _("Two-step sign-in"), "shield-check", "mfa_index", 20),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """`nav`, `new_entries`: what the user may use; `workspace`: the business; `theme`; `layout`: the template
    a record page extends, so that the same page also opens in the side panel."""
    from rapport.core.queries import workspace

    actor = getattr(request, "actor", None)
    in_panel = request.headers.get("HX-Target") == "panel"
    context: dict[str, Any] = {
        "nav": [],
        "new_entries": [],
        "workspace": workspace(),
        "theme": getattr(getattr(request, "user", None), "theme", "system"),
        "layout": "core/panel.html" if in_panel else "core/page.html",
    }
    if isinstance(actor, Actor) and not in_panel:
        context["nav"] = links(registry.navigation(), actor, request.path)
        context["new_entries"] = links(registry.new_entries(), actor)
        context["account_entries"] = links(ACCOUNT, actor)
    return context


def links(
    entries: Iterable[NavEntry | NewEntry | SettingsPage], actor: Actor, path: str = ""
) -> list[FrameLink]:
    """The entries the actor may use and whose page exists, with the longest match of `path` marked active."""
    found = [
        (entry, _url(entry.url_name))
        for entry in entries
        if not entry.permission or actor.may(entry.permission)
    ]
    matches = [url for _, url in found if url and (path == url or (url != "/" and path.startswith(url)))]
    here = max(matches, key=len, default=None)
    return [
        FrameLink(entry.name, gettext(str(entry.label)), entry.icon, url, url == here)
        for entry, url in found
        if url
    ]


def _url(name: str) -> str:
    """The entry's address, or nothing while its app has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
