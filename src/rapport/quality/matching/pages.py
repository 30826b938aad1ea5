"""What the search for duplicates adds to the frame: its worker loop and its page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import SettingsPage, WorkerLoop, register_settings_page, register_worker_loop


def register() -> None:
    from rapport.quality.matching import policy, worker

    register_worker_loop(WorkerLoop(policy.LOOP, worker.run_once, idle_seconds=30))
    register_settings_page(
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
