"""What the audit log calls what is done to templates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.content.models import Template
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "template.created": _("Created the template %(record)s"),
    "template.published": _("Saved version %(version)s of the template %(record)s"),
    "template.restored": _("Restored version %(version)s of the template %(record)s"),
    "template.archived": _("Archived the template %(record)s"),
    "template.unarchived": _("Restored the template %(record)s"),
    "template.translated": _("Added %(language)s to the template %(record)s"),
    "template.translation_dropped": _("Removed %(language)s from the template %(record)s"),
    "template.tested": _("Sent a test of the template %(record)s"),
}


def register_words() -> None:
    rows = named(lambda _actor: Template.objects.all(), "content:template")
    register(ACTIONS, AuditedRecord("template", _("Template"), rows))
