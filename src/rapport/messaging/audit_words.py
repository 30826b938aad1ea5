"""What the audit log calls what is done to sends and the sending policy."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, register, the_one

ACTIONS = {
    "send.held": _("Paused the sending of %(record)s"),
    "send.released": _("Resumed the sending of %(record)s"),
    "send.cancelled": _("Cancelled the sending of %(record)s"),
    "send.withdrawn": _("Cancelled %(record)s before it was sent"),
    "sending_policy.changed": _("Changed the %(record)s"),
    "delivery.unsubscribed": _("Unsubscribed by the link in a message"),
}


def register_words() -> None:
    policy = the_one(_("limits of sending"), "messaging:policy")
    register(
        ACTIONS,
        AuditedRecord("sending_policy", _("Sending rules"), policy),
        AuditedRecord("delivery", _("Delivery")),
    )
