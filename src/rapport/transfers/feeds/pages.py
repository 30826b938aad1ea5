"""What feeds adds to the list of sources and the New menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, NEW_ENTRIES, WORKER_LOOPS, ApiRouter, NewEntry, WorkerLoop
from rapport.events.registry import SOURCE_KINDS, SourceKind
from rapport.transfers.feeds.queries import files as file_queries
from rapport.transfers.feeds.queries import webhooks as webhook_queries
from rapport.transfers.feeds.services import taking


def register() -> None:
    SOURCE_KINDS.register(
        SourceKind(
            "webhook",
            _("Webhook"),
            _("Another system calls an address of yours whenever something happens there."),
            "webhook",
            "transfers:webhook",
            "transfers:new_webhook",
            webhook_queries.states,
        )
    )
    SOURCE_KINDS.register(
        SourceKind(
            "files",
            _("Files"),
            _("Sales of a till, history, lists: uploaded, put into a folder, or fetched on a schedule."),
            "file-text",
            "transfers:files",
            "transfers:new_files",
            file_queries.states,
        )
    )
    API_ROUTERS.register(ApiRouter("", "rapport.transfers.feeds.api.webhooks"))
    NEW_ENTRIES.register(
        NewEntry("webhook", _("Webhook source"), "webhook", "transfers:new_webhook", 91, "data.edit")
    )
    WORKER_LOOPS.register(WorkerLoop("webhooks", taking.run_once, 2.0))
