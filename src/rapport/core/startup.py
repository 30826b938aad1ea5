"""Start-up checks of everything that is registered."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.module_loading import import_string

from rapport.core.permissions import EVERYTHING
from rapport.core.registration import RegistrationError, Registry
from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    NAVIGATION_GROUPS,
    SETTINGS_GROUPS,
    SETTINGS_PAGES,
    OwnedRecord,
)
from rapport.core.ui.lists.bulk import BulkAction, BulkEdit
from rapport.core.ui.lists.page import ListPage

ROOMS = Path(__file__).parents[1]
ICONS = ROOMS / "core" / "static" / "core" / "icons" / "list.txt"


def check() -> None:
    """Raises RegistrationError with a sentence for everything that is missing."""
    if sentences := problems():
        raise RegistrationError("\n".join(sentences))


def problems() -> list[str]:
    """What is missing, one sentence each: what is wrong with which entry, and what to do."""
    # An API router that is not there cannot be imported with the addresses.
    if sentences := list(_routers()):
        return sentences
    pages = list(addresses(get_resolver()))
    entries = _entries({name for name, _view in pages})
    return [*uninstalled(ROOMS), *entries, *_groups(), *_lists(), *_guards(pages)]


def uninstalled(folder: Path) -> Iterator[str]:
    """Apps that lie on disk without being installed: nobody would notice that their models have no tables."""
    names = {f"rapport.{path.parent.name}" for path in folder.glob("*/apps.py")}
    for name in sorted(names - {app.name for app in apps.get_app_configs()} - set(settings.OPTIONAL_APPS)):
        yield f"The app {name} is not installed: name it in INSTALLED_APPS of config/settings.py, or remove it."


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, Any]]:
    """The names of all addresses, as `reverse` takes them, with their views."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or ''}", pattern.callback
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inner)


def _guards(pages: list[tuple[str, Any]]) -> Iterator[str]:
    for name, view in pages:
        permission = getattr(view, "permission", "")
        if permission and permission not in EVERYTHING:
            yield (
                f"The page “{name}” ({view.__module__}) asks for the permission “{permission}”,"
                " which nobody registered: register it."
            )


def _routers() -> Iterator[str]:
    for router in API_ROUTERS:
        try:
            there = util.find_spec(router.module) is not None
        except ModuleNotFoundError:
            there = False
        if not there:
            yield (
                f"The API router {router.module} ({API_ROUTERS.origin(router.module)}) has no module:"
                " write it, or do not register it."
            )


def _entries(names: set[str]) -> Iterator[str]:
    """Whatever the registry: the page that an entry names exists, and so does the permission it asks for."""
    registry: Registry[Any]
    icons = {line.split("=")[0] for line in ICONS.read_text().split()}
    for registry in Registry.everything:
        for name, entry in registry.items():
            subject = f"The {registry.noun} “{name}” ({registry.origin(name)})"
            for attribute in ("url_name", "page_url", "new_url"):
                address = getattr(entry, attribute, "")
                if address and address not in names:
                    yield (
                        f"{subject} leads to the page “{address}”, which no urls.py has: add it, include the urls.py"
                        f" in config/urls.py, or correct the entry's {attribute}."
                    )
                elif address and attribute == "url_name" and (wrong := _mismatch(entry)):
                    yield f"{subject} leads to the page “{address}”, {wrong}."
            for permission in _permissions(entry):
                if permission and permission not in EVERYTHING:
                    yield f"{subject} asks for the permission “{permission}”, which nobody registered: register it."
            yield from (f"{subject} {words}" for words in registry.missing(entry))
            icon = getattr(entry, "icon", "")
            if icon and icon not in icons:
                yield f"{subject} has the icon “{icon}”, which there is not: see core/static/core/icons/list.txt."


def _permissions(entry: Any) -> tuple[str, ...]:
    own = (entry.view, entry.edit) if isinstance(entry, OwnedRecord) else ()
    return (getattr(entry, "permission", ""), *own)


def _mismatch(entry: Any) -> str:
    """What is wrong with an address that exists, but cannot be reversed with what the entry's pages are about."""
    arguments = getattr(entry, "url_arguments", ())
    try:
        reverse(entry.url_name, args=arguments)
    except NoReverseMatch:
        what = "the id of a record alone" if arguments else "no arguments"
        return f"whose address does not do with {what}: correct it in its urls.py, or the entry's url_name"
    return ""


def _lists() -> Iterator[str]:
    for entry in LISTS:
        subject = f"The list “{entry.name}” ({LISTS.origin(entry.name)})"
        try:
            page = import_string(entry.page)
        except ImportError as error:
            yield f"{subject} is not at {entry.page}: {error}."
            continue
        if page.name != entry.name:
            yield f"{subject} is registered under another name than its own, “{page.name}”."
        for what, permission in list_permissions(page):
            if permission and permission not in EVERYTHING:
                yield (
                    f"{subject} asks for the permission “{permission}” ({what}), which nobody registered: register it."
                )


def list_permissions(page: type[ListPage]) -> Iterator[tuple[str, str]]:
    """(for what, permission) of all that a list lets its readers do, "" where everybody may."""
    yield "export", page.export_permission
    if page.board:
        yield "board", page.board.permission
    changes: tuple[BulkAction | BulkEdit, ...] = (*page.bulk, *page.edits)
    for change in changes:
        yield change.name, change.permission
    # What a list makes for each request (columns of the business's traits, say) is looked at when it is used.
    for column in getattr(page, "columns", ()):
        if column.edit:
            yield f"column {column.name}", column.edit.permission


def _groups() -> Iterator[str]:
    for page in SETTINGS_PAGES:
        if page.group not in SETTINGS_GROUPS:
            yield (
                f"The settings page “{page.name}” ({SETTINGS_PAGES.origin(page.name)}) is in the group"
                f" “{page.group}”, which nobody registered: register a SettingsGroup."
            )
    for entry in NAVIGATION:
        if entry.under and entry.under not in NAVIGATION_GROUPS:
            yield (
                f"The navigation entry “{entry.name}” ({NAVIGATION.origin(entry.name)}) stands under"
                f" “{entry.under}”, which nobody registered: register a NavGroup."
            )
