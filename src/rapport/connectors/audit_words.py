"""What the audit log calls what is done to connectors."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.connectors import queries
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "connector.created": _("Connected %(record)s"),
    "connector.changed": _("Changed how %(record)s is connected"),
    "connector.subscribed": _("Had %(record)s call us about changes"),
    "connector.disabled": _("Switched the connector %(record)s off"),
    "connector.enabled": _("Switched the connector %(record)s on"),
    "connector.deleted": _("Disconnected %(name)s"),
    "connector.backfilled": _("Had all of %(record)s read"),
    "connector.record_read": _("Had a record of %(name)s read again"),
    "connector.calls_retried": _("Had failed calls of %(record)s read again"),
    "connector.writing_changed": _("Changed what is written into %(record)s"),
    "connector.written_again": _("Had what was not written into %(record)s tried again"),
    "connector.difference_decided": _("Decided between %(record)s and Rapport"),
    "connector.note_written": _("Wrote a note on an order of %(record)s"),
}


def register_words() -> None:
    register(
        ACTIONS, AuditedRecord("connector", _("Connector"), named(queries.connectors, "connectors:connector"))
    )
