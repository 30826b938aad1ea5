"""What feeds adds to the list of sources and the New menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import NewEntry, WorkerLoop, register_new, register_worker_loop
from rapport.events.registry import SourceKind, register_source_kind
from rapport.integrations.feeds import queries
from rapport.integrations.feeds.services import taking


def register() -> None:
    register_source_kind(
        SourceKind(
            "webhook",
            _("Webhook"),
            _("Another system calls an address of yours whenever something happens there."),
            "webhook",
            "feeds:webhook",
            "feeds:new_webhook",
            queries.states,
        )
    )
    register_new(NewEntry("webhook", "Webhook source", "webhook", "feeds:new_webhook", 91, "data.edit"))
    register_worker_loop(WorkerLoop("webhooks", taking.run_once, 2.0))
    register_worker_loop(WorkerLoop("webhooks-tidy", taking.tidy, 600.0))
