"""What data quality adds to the navigation and to the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import NavEntry, SettingsPage

DATA_QUALITY = NavEntry(
    "quality", _("Data quality"), "gauge", "quality:quality", 125, "insights.view", under="data"
)
DUPLICATES = SettingsPage(
    "duplicates", _("Duplicates"), "git-merge", "quality:match_settings", 55, "settings.view", "people"
)
