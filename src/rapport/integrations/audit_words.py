"""What the audit log calls what is done to webhook endpoints."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.audit_log import AuditedRecord, named, register
from rapport.integrations import queries

ACTIONS = {
    "webhook_endpoint.created": _("Set up the webhook endpoint %(record)s"),
    "webhook_endpoint.changed": _("Changed the webhook endpoint %(record)s"),
    "webhook_endpoint.deleted": _("Deleted the webhook endpoint %(name)s"),
    "webhook_endpoint.secret_rotated": _("Made a new secret for the webhook endpoint %(record)s"),
    "webhook_endpoint.disabled": _("Disabled the webhook endpoint %(record)s"),
    "webhook_endpoint.enabled": _("Enabled the webhook endpoint %(record)s"),
    "webhook_endpoint.ended": _(
        "Disabled the webhook endpoint %(record)s, which could not be reached or used"
    ),
    "webhook_endpoint.tested": _("Sent a test to the webhook endpoint %(record)s"),
    "webhook_endpoint.resent": _("Sent a message again to the webhook endpoint %(record)s"),
    "webhook_endpoint.replayed": _("Had events sent again to the webhook endpoint %(record)s"),
}


def register_words() -> None:
    rows = named(queries.endpoints, "integrations:endpoint")
    register(ACTIONS, AuditedRecord("webhook_endpoint", _("Webhook endpoint"), rows))
