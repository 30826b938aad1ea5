"""What the audit log calls what is done to imports, exports, webhooks and feeds of files."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.events import queries as events
from rapport.transfers.exports import queries as exports
from rapport.transfers.imports import queries as imports

ACTIONS = {
    "import.uploaded": _("Uploaded %(record)s for import"),
    "import.check": _("Checked the import of %(record)s"),
    "import.start": _("Started the import of %(record)s"),
    "import.pause": _("Paused the import of %(record)s"),
    "import.resume": _("Resumed the import of %(record)s"),
    "import.cancel": _("Cancelled the import of %(record)s"),
    "import.revert": _("Started reverting the import of %(record)s"),
    "import.done": _("Completed the import of %(record)s"),
    "import.reverted": _("Reverted the import of %(record)s"),
    "import.errors_downloaded": _("Downloaded the error file of the import of %(record)s"),
    "people.exported": _("Exported people to %(record)s"),
    "export.downloaded": _("Downloaded the export %(record)s"),
    "export.cancelled": _("Cancelled the export %(record)s"),
    "webhook.created": _("Created the webhook %(record)s"),
    "webhook.secured": _("Changed the signature or limits of the webhook %(record)s"),
    "webhook.mapped": _("Published a mapping of the webhook %(record)s"),
    "webhook.replayed": _("Replayed %(count)s payloads of the webhook %(record)s"),
    "webhook.discarded": _("Discarded %(count)s payloads of the webhook %(record)s"),
    "webhook.address_replaced": _("Replaced the address of the webhook %(record)s"),
    "files.created": _("Created the feed of files %(record)s"),
    "files.mapped": _("Published a mapping of the feed %(record)s"),
    "files.uploaded": _("Uploaded a file to the feed %(record)s"),
    "files.errors_downloaded": _("Downloaded the errors of a file of the feed %(record)s"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord("import", _("Import"), named(imports.imports, "transfers:import", label="name")),
        AuditedRecord("export", _("Export"), named(exports.exports, "transfers:export", label="name")),
        AuditedRecord("webhook", _("Webhook"), named(events.sources, "transfers:webhook")),
        AuditedRecord("files", _("Files"), named(events.sources, "transfers:files")),
    )
