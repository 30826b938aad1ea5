"""What the audit log calls what is done to segments, computed traits, the lifecycle and syncs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register, the_one
from rapport.segments.models import ComputedTrait, Segment, Sync

ACTIONS = {
    "segment.created": _("Created the segment %(record)s"),
    "segment.updated": _("Edited the segment %(record)s"),
    "segment.archived": _("Archived the segment %(record)s"),
    "segment.restored": _("Restored the segment %(record)s"),
    "segment.people_added": _("Added %(people)s people to the list %(record)s"),
    "segment.people_removed": _("Removed %(people)s people from the list %(record)s"),
    "segment.sync_created": _("Created the sync %(record)s"),
    "segment.sync_paused": _("Paused the sync %(record)s"),
    "segment.sync_resumed": _("Resumed the sync %(record)s"),
    "segment.sync_deleted": _("Deleted the sync %(record)s"),
    "segment.sync_snapshot": _("Sent everybody through the sync %(record)s"),
    "segment.sync_replayed": _("Sent a message of the sync %(record)s again"),
    "computed_trait.created": _("Created the computed trait %(record)s"),
    "computed_trait.updated": _("Edited the computed trait %(record)s"),
    "computed_trait.recomputed": _("Started computing the trait %(record)s again"),
    "computed_trait.archived": _("Archived the computed trait %(record)s"),
    "computed_trait.restored": _("Restored the computed trait %(record)s"),
    "lifecycle.saved": _("Changed the stages of the %(record)s"),
    "lifecycle.stopped": _("Stopped the %(record)s"),
    "lifecycle.started": _("Started the %(record)s"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord(
            "segment",
            _("Segment"),
            named(lambda _actor: Segment.objects.all(), "segments:segment", url_key="key"),
        ),
        AuditedRecord("segment_sync", _("Sync"), named(lambda _actor: Sync.objects.all())),
        AuditedRecord(
            "computed_trait",
            _("Computed trait"),
            named(lambda _actor: ComputedTrait.objects.all(), "computed:trait"),
        ),
        AuditedRecord("lifecycle", _("Lifecycle"), the_one(_("lifecycle"), "lifecycle:overview")),
    )
