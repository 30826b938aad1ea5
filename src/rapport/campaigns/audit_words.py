"""What the audit log calls what is done to campaigns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import Campaign, SocialPost
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "campaign.created": _("Created the campaign %(record)s"),
    "campaign.edited": _("Edited the campaign %(record)s"),
    "campaign.archived": _("Archived the campaign %(record)s"),
    "campaign.unarchived": _("Restored the campaign %(record)s"),
    "campaign.test_removed": _("Took back the test of the campaign %(record)s"),
    "campaign.sent": _("Ordered the sending of the campaign %(record)s"),
    "costs.put": _("Added %(costs)s costs of channels and campaigns"),
    "costs.removed": _("Removed a cost of %(amount)s of %(channel)s %(campaign)s"),
    "social_post.created": _("Wrote the social post %(record)s"),
    "social_post.edited": _("Edited the social post %(record)s"),
    "social_post.image_added": _("Added an image to the social post %(record)s"),
    "social_post.image_described": _("Described an image of the social post %(record)s"),
    "social_post.image_removed": _("Removed an image of the social post %(record)s"),
    "social_post.ordered": _("Ordered the publication of the social post %(record)s"),
    "social_post.cancelled": _("Took back the publication of the social post %(record)s"),
    "social_post.republished": _("Had the social post %(record)s published again on %(account)s"),
    "social_post.settled": _("Decided whether the social post %(record)s is public on %(account)s"),
    "social_post.deleted": _("Deleted the social post %(record)s on %(account)s"),
    "social_post.answered": _("Answered a reply to the social post %(record)s on %(account)s"),
    "social_post.archived": _("Archived the social post %(record)s"),
    "social_post.unarchived": _("Restored the social post %(record)s"),
}


def register_words() -> None:
    rows = named(lambda _actor: Campaign.objects.all(), "campaigns:campaign")
    posts = named(lambda _actor: SocialPost.objects.all(), "campaigns:social-post")
    register(
        ACTIONS,
        AuditedRecord("campaign", _("Campaign"), rows),
        AuditedRecord("social_post", _("Social post"), posts),
    )
