"""What the audit log calls what is done with journeys."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.journeys.queries import journeys

ACTIONS = {
    "journey.answered": _("Answered for somebody on the journey %(record)s"),
    "journey.intake_started": _("Began to let a segment into the journey %(record)s"),
    "journey.intake_stopped": _("Stopped letting a segment into the journey %(record)s"),
    "journey.task_ended": _("Answered a task of the journey %(record)s"),
    "journey.archived": _("Archived the journey %(record)s"),
    "journey.created": _("Wrote the journey %(record)s"),
    "journey.edited": _("Changed the journey %(record)s"),
    "journey.people_moved": _("Moved people of the journey %(record)s to another version"),
    "journey.paused": _("Paused the journey %(record)s"),
    "journey.published": _("Published the journey %(record)s"),
    "journey.removed": _("Took somebody out of the journey %(record)s"),
    "journey.replayed": _("Tried the journey %(record)s over past events"),
    "journey.resumed": _("Let the journey %(record)s go on"),
    "journey.unarchived": _("Brought the journey %(record)s back"),
}


def register_words() -> None:
    register(ACTIONS, AuditedRecord("journey", _("Journey"), named(journeys, "journeys:journey")))
