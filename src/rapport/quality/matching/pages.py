"""What the search for duplicates adds to the frame: its worker loop and its page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    API_ROUTERS,
    SETTINGS_PAGES,
    WORKER_LOOPS,
    ApiRouter,
    SettingsPage,
    WorkerLoop,
)


def register() -> None:
    from rapport.quality.matching import policy, worker

    API_ROUTERS.register(ApiRouter("", "rapport.quality.matching.api"))
    WORKER_LOOPS.register(WorkerLoop(policy.LOOP, worker.run_once, idle_seconds=30))
    SETTINGS_PAGES.register(
        SettingsPage(
            "duplicates",
            _("Duplicates"),
            "git-merge",
            "quality:match_settings",
            55,
            "settings.view",
            "people",
        )
    )
