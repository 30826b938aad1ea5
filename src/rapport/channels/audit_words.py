"""What the audit log calls what is done to accounts of channels."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels import queries
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "channel_account.created": _("Set up %(record)s"),
    "channel_account.changed": _("Changed %(record)s"),
    "channel_account.disabled": _("Took %(record)s out of use"),
    "channel_account.enabled": _("Put %(record)s into use again"),
    "channel_account.tested": _("Sent a test over %(record)s"),
}


def register_words() -> None:
    names = named(queries.accounts, "channels:account")
    register(ACTIONS, AuditedRecord("channel_account", _("Channel account"), names))
