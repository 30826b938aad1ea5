"""What feeds adds to the list of sources and the New menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import NewEntry, WorkerLoop, register_new, register_worker_loop
from rapport.events.registry import SourceKind, register_source_kind
from rapport.transfers.feeds import queries, queries_files
from rapport.transfers.feeds.services import files, running, taking


def register() -> None:
    register_source_kind(
        SourceKind(
            "webhook",
            _("Webhook"),
            _("Another system calls an address of yours whenever something happens there."),
            "webhook",
            "transfers:webhook",
            "transfers:new_webhook",
            queries.states,
        )
    )
    register_source_kind(
        SourceKind(
            "files",
            _("Files"),
            _("Sales of a till, history, lists: uploaded, put into a folder, or fetched on a schedule."),
            "file-text",
            "transfers:files",
            "transfers:new_files",
            queries_files.states,
        )
    )
    register_new(NewEntry("webhook", "Webhook source", "webhook", "transfers:new_webhook", 91, "data.edit"))
    register_worker_loop(WorkerLoop("webhooks", taking.run_once, 2.0))
    register_worker_loop(WorkerLoop("webhooks-tidy", taking.tidy, 600.0))
    register_worker_loop(WorkerLoop("files", running.run_once, 5.0))
    register_worker_loop(WorkerLoop("files-look", files.look_once, 15.0))
