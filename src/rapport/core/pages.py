"""What core adds to the frame: its settings pages, API routers and lists."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    NAVIGATION_GROUPS,
    SETTINGS_GROUPS,
    SETTINGS_PAGES,
    ApiRouter,
    ListEntry,
    NavEntry,
    NavGroup,
    SettingsGroup,
    SettingsPage,
)

WHY = "/settings/why/"
# name, label, icon, order, permission, further addresses
SETTINGS = (
    ("profile", _("My profile"), "user", 10, "", ()),
    ("workspace", _("Business"), "building-2", 20, "settings.view", ()),
    ("users", _("Users"), "users", 30, "users.edit", (WHY,)),
    ("roles", _("Roles"), "shield", 32, "users.edit", ()),
    ("teams", _("Teams"), "users", 34, "users.edit", ()),
    ("keys", _("API keys"), "key", 40, "keys.edit", ()),
    ("jobs", _("Background jobs"), "workflow", 80, "jobs.view", ()),
    ("restored", _("After a restore"), "shield-check", 85, "sending.decide", ()),
    ("audit", _("Audit log"), "history", 90, "audit.view", ()),
)
GROUPS = (
    NavGroup("campaigns", _("Campaigns"), "send", 50),
    NavGroup("inbox", _("Inbox"), "inbox", 60),
    NavGroup("commerce", _("Commerce"), "shopping-bag", 70),
    NavGroup("data", _("Data"), "database", 130),
)
OWN_LISTS = (
    ("users", "users.UserList", "core:settings-users"),
    ("audit", "audit.AuditList", "core:settings-audit"),
    ("jobs", "jobs.JobList", "core:settings-jobs"),
    ("saved-views", "saved.MyViews", "core:saved-views"),
    ("notices", "live.NoticeList", "core:notices"),
    ("my-changes", "styleguide.MyChanges", "core:styleguide-list"),
)


def register() -> None:
    SETTINGS_GROUPS.register(SettingsGroup("business", _("Business"), 10))
    for name, label, icon, order, permission, also in SETTINGS:
        page = SettingsPage(name, label, icon, f"core:settings-{name}", order, permission, also=also)
        SETTINGS_PAGES.register(page)
    for group in GROUPS:
        NAVIGATION_GROUPS.register(group)
    NAVIGATION.register(NavEntry("settings", _("Settings"), "settings", "core:settings", 140))
    API_ROUTERS.register(ApiRouter("", "rapport.core.api.access"))
    API_ROUTERS.register(ApiRouter("/jobs", "rapport.core.api.jobs"))
    API_ROUTERS.register(ApiRouter("", "rapport.core.api.live"))
    for name, view, address in OWN_LISTS:
        LISTS.register(ListEntry(name, f"rapport.core.views.{view}", address))
