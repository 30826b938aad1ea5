"""What the audit log calls what is done to sources, the event catalogue, quarantine and activities."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.events import queries
from rapport.events.models import Activity, EventType

ACTIONS = {
    "event.declared": _("Declared the event %(record)s"),
    "event.described": _("Edited the description of the event %(record)s"),
    "event.schema_declared": _("Changed the schema of the event %(record)s"),
    "event.renamed": _("Renamed the event %(record)s to “%(to)s”"),
    "event.kept_apart": _("Kept the event %(record)s separate from a similar one"),
    "event.property_decided": _("Decided about the property “%(property)s” of the event %(record)s"),
    "source.created": _("Created the source %(record)s"),
    "source.edited": _("Edited the source %(record)s"),
    "source.key_rotated": _("Replaced the write key of the source %(record)s"),
    "source.disabled": _("Switched off the source %(record)s"),
    "source.enabled": _("Switched on the source %(record)s"),
    "source.plan_changed": _("Changed whether the source %(record)s is strict"),
    "quarantine.replayed": _("Replayed a quarantined event: %(record)s"),
    "quarantine.discarded": _("Discarded a quarantined event: %(record)s"),
    "activity.logged": _("Logged %(record)s"),
    "activity.corrected": _("Corrected %(record)s"),
    "activity.removed": _("Removed %(record)s"),
    "activity.restored": _("Restored %(record)s"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord(
            "event", _("Event"), named(lambda _actor: EventType.objects.all(), "events:event_type")
        ),
        AuditedRecord("source", _("Source"), named(queries.sources, "events:source")),
        AuditedRecord(
            "quarantined_event",
            _("Quarantined event"),
            named(queries.quarantined, "events:quarantined_event", label="reason"),
        ),
        AuditedRecord(
            "activity",
            _("Activity"),
            named(lambda _actor: Activity.objects.select_related("person"), label=""),
        ),
    )
