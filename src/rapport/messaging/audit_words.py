"""What the audit log calls what is done to sends and the sending policy."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register, the_one
from rapport.messaging import queries

ACTIONS = {
    "send.held": _("Paused the sending of %(record)s"),
    "send.released": _("Resumed the sending of %(record)s"),
    "send.cancelled": _("Cancelled the sending of %(record)s"),
    "send.withdrawn": _("Cancelled %(record)s before it was sent"),
    "sending_policy.changed": _("Changed the %(record)s"),
    "sending_policy.cap_added": _("Added a frequency cap to the %(record)s"),
    "sending_policy.cap_removed": _("Removed a frequency cap from the %(record)s"),
    "sending_policy.rule_added": _("Added a rule to the %(record)s"),
    "sending_policy.rule_removed": _("Removed a rule from the %(record)s"),
    "message.requested": _("Asked for %(record)s"),
    "message.cancelled": _("Cancelled %(record)s"),
    "message.answered": _("Wrote %(record)s by hand"),
    "message.matched": _("Said whose message %(record)s is"),
    "message.unmatched": _("Took back whose message %(record)s is"),
    "mailbox.created": _("Set up the mailbox %(record)s"),
    "mailbox.changed": _("Changed the mailbox %(record)s"),
    "mailbox.disabled": _("Stopped reading the mailbox %(record)s"),
    "mailbox.enabled": _("Went on reading the mailbox %(record)s"),
    "mailbox.tested": _("Tested the mailbox %(record)s"),
    "mailbox.retried": _("Had a mail of the mailbox %(record)s read again"),
    "delivery.unsubscribed": _("Unsubscribed by the link in a message"),
}


def register_words() -> None:
    policy = the_one(_("limits of sending"), "messaging:policy")
    register(
        ACTIONS,
        AuditedRecord("sending_policy", _("Sending rules"), policy),
        AuditedRecord("delivery", _("Delivery")),
        AuditedRecord("inbound_message", _("Message that came in")),
        AuditedRecord("mailbox", _("Mailbox"), named(queries.mailboxes, "messaging:mailbox")),
    )
