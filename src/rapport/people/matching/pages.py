"""What the search for duplicates adds to the frame: its worker loop and its page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import SETTINGS_PAGES, WORKER_LOOPS, SettingsPage, WorkerLoop


def register() -> None:
    from rapport.people.matching import policy, worker

    WORKER_LOOPS.register(WorkerLoop(policy.LOOP, worker.run_once, idle_seconds=30))
    SETTINGS_PAGES.register(
        SettingsPage(
            "duplicates", _("Duplicates"), "git-merge", "people:match_settings", 55, "settings.view", "people"
        )
    )
