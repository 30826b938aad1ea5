"""What the audit log calls what is done to campaigns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import Campaign, SocialPost
from rapport.core.audit_log import AuditedRecord, named, register, the_one

ACTIONS = {
    "campaign.created": _("Created the campaign %(record)s"),
    "campaign.edited": _("Edited the campaign %(record)s"),
    "campaign.archived": _("Archived the campaign %(record)s"),
    "campaign.unarchived": _("Restored the campaign %(record)s"),
    "campaign.test_removed": _("Took back the test of the campaign %(record)s"),
    "campaign.approval_requested": _("Asked for approval of the campaign %(record)s"),
    "campaign.approved": _("Approved the campaign %(record)s"),
    "campaign.approval_refused": _("Refused the campaign %(record)s"),
    "campaign_policy.set": _("Changed the %(record)s"),
    "campaign.copied": _("Made the campaign %(record)s as a copy"),
    "campaign.run_skipped": _("Left out the run %(record)s"),
    "campaign.moved": _("Moved the campaign %(record)s to another time"),
    "campaign.rule_set": _("Set when the campaign %(record)s begins"),
    "campaign.channels_set": _("Chose the channels of the campaign %(record)s"),
    "campaign.begun": _("Began the campaign %(record)s"),
    "campaign.paused": _("Paused the campaign %(record)s"),
    "campaign.resumed": _("Resumed the campaign %(record)s"),
    "campaign.stopped": _("Stopped the campaign %(record)s"),
    "campaign.run_sent": _("Sent the run %(record)s"),
    "campaign.run_missed": _("Left out a run of the campaign %(record)s"),
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
        AuditedRecord(
            "campaign_policy", _("Approvals"), the_one(_("approvals of campaigns"), "campaigns:approvals")
        ),
        AuditedRecord("social_post", _("Social post"), posts),
    )
