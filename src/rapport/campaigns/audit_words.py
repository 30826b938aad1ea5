"""What the audit log calls what is done to campaigns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import Campaign
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "campaign.created": _("Created the campaign %(record)s"),
    "campaign.edited": _("Edited the campaign %(record)s"),
    "campaign.archived": _("Archived the campaign %(record)s"),
    "campaign.unarchived": _("Restored the campaign %(record)s"),
    "campaign.sent": _("Ordered the sending of the campaign %(record)s"),
}


def register_words() -> None:
    rows = named(lambda _actor: Campaign.objects.all(), "campaigns:campaign")
    register(ACTIONS, AuditedRecord("campaign", _("Campaign"), rows))
