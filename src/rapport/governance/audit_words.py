"""What the audit log calls what is done about consent, purposes, suppression and the rights of a person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.governance import queries

ACTIONS = {
    "consent.granted": _("Recorded consent of %(record)s to “%(purpose)s” by %(channel)s"),
    "consent.withdrawn": _("Recorded that %(record)s withdrew consent to “%(purpose)s” by %(channel)s"),
    "consent.pending": _("Recorded that %(record)s was asked to confirm “%(purpose)s” by %(channel)s"),
    "preferences.changed": _(
        "Changed how often, until when not and in which language %(record)s is written to"
    ),
    "person.exported": _("Downloaded a copy of everything held about %(record)s"),
    "person.erased": _("Erased %(record)s"),
    "person.restricted": _("Restricted processing of %(record)s"),
    "person.unrestricted": _("Lifted the restriction of %(record)s"),
    "privacy_request.answered": _("Answered a privacy request of %(record)s"),
    "privacy_request.opened": _("Asked for something about their own data: %(record)s"),
    "purpose.created": _("Added the purpose %(record)s"),
    "purpose.changed": _("Edited the purpose %(record)s"),
    "purpose.archived": _("Archived the purpose %(record)s"),
    "purpose.restored": _("Restored the purpose %(record)s"),
    "suppression.added": _("Suppressed an address (%(channel)s: %(reason)s)"),
    "suppression.exported": _("Downloaded the suppression list"),
    "suppression.imported": _("Imported %(added)s addresses into the suppression list"),
    "suppression.lifted": _("Lifted the suppression of an address"),
}


def register_words() -> None:
    register(
        ACTIONS,
        AuditedRecord("purpose", _("Purpose"), named(queries.purposes, "governance:purpose", key="key")),
        AuditedRecord("suppression", _("Suppression")),
    )
