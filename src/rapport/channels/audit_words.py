"""What the audit log calls what is done to accounts of channels, senders and their domains."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels import queries
from rapport.channels.email import queries as email_queries
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "channel_account.created": _("Set up %(record)s"),
    "channel_account.changed": _("Changed %(record)s"),
    "channel_account.disabled": _("Took %(record)s out of use"),
    "channel_account.enabled": _("Put %(record)s into use again"),
    "channel_account.ended": _("Took %(record)s out of use, which the other side has closed"),
    "channel_account.tested": _("Sent a test over %(record)s"),
    "channel_account.inspected": _("Asked the provider about %(record)s"),
    "sender.changed": _("Set the sender of %(stream)s messages to %(address)s"),
    "sending_domain.added": _("Added the sending domain %(record)s"),
    "sending_domain.removed": _("Removed the sending domain %(name)s"),
    "sending_domain.key_made": _("Made the key %(selector)s for %(record)s"),
    "sending_domain.key_signs": _("Let the key %(selector)s sign for %(record)s"),
    "mailbox_provider.limited": _("Limited %(provider)s to %(per_minute)s messages a minute (0: no limit)"),
    "sending_domain.warmup": _("Changed the warm-up plan of %(record)s"),
}


def register_words() -> None:
    domains = named(email_queries.all_domains, "channels:domain")
    names = named(queries.accounts, "channels:account")
    register(
        ACTIONS,
        AuditedRecord("channel_account", _("Channel account"), names),
        AuditedRecord("sending_domain", _("Sending domain"), domains),
        AuditedRecord("sender", _("Sender")),
        AuditedRecord("mailbox_provider", _("Mailbox provider")),
    )
