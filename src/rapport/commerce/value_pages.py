"""What customers' value adds to the frame, to profiles and to traits."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.commerce.services.value import traits
from rapport.core import registry
from rapport.core.process_cache import kept_for
from rapport.people.registry import COMPUTED_TRAITS, PANELS, ComputedTraits, Panel


def register() -> None:
    COMPUTED_TRAITS.register(ComputedTraits("value", lambda: traits.NAMES, kept_for(10.0)(traits.words)))
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.commerce.api.value"))
    registry.LISTS.register(
        registry.ListEntry("value-people", "rapport.commerce.views.value.ValueList", "commerce:value-people")
    )
    registry.NAVIGATION.register(
        registry.NavEntry(
            "value", _("Value"), "chart-column", "commerce:value", 36, "orders.view", under="commerce"
        )
    )
    registry.SETTINGS_PAGES.register(
        registry.SettingsPage(
            "exchange-rates",
            _("Exchange rates"),
            "refresh-cw",
            "commerce:exchange-rates",
            61,
            "settings.view",
        )
    )
    PANELS.register(Panel("value", _("Value"), 16, "orders.view", "commerce:person-value"))
