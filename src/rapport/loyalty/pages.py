"""What loyalty adds to the frame and to profiles."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core import registry
from rapport.people.registry import PANELS, Panel


def register() -> None:
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.loyalty.api.loyalty"))
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.loyalty.api.cards"))
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.loyalty.api.partners"))
    for name, path in (
        ("loyalty-programs", "programs.ProgramList"),
        ("loyalty-accounts", "accounts.AccountList"),
    ):
        address = "loyalty:programs" if name == "loyalty-programs" else "loyalty:accounts"
        registry.LISTS.register(registry.ListEntry(name, f"rapport.loyalty.views.{path}", address))
    registry.NAVIGATION.register(
        registry.NavEntry("loyalty", _("Loyalty"), "gift", "loyalty:programs", 80, "loyalty.view")
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "loyalty-program", _("Loyalty programme"), "gift", "loyalty:program-new", 94, "loyalty.edit"
        )
    )
    registry.SETTINGS_PAGES.register(
        registry.SettingsPage(
            "wallet", _("Cards in wallets"), "credit-card", "loyalty:wallet", 62, "settings.view"
        )
    )
    PANELS.register(Panel("loyalty", _("Loyalty"), 16, "loyalty.view", "loyalty:person"))
