"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "campaigns.view",
        _("See campaigns"),
        _("campaigns and their results"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "campaigns.edit",
        _("Edit campaigns"),
        _("creating and editing campaigns"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "campaigns.approve",
        _("Approve campaigns"),
        _("approving large campaigns that somebody else wrote"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "campaigns.send",
        _("Send campaigns"),
        _("sending, pausing and cancelling campaigns"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "social.view",
        _("See social posts"),
        _("social posts and their figures; the replies with the right to see messages"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "social.edit",
        _("Write social posts"),
        _("writing social posts"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "social.publish",
        _("Publish social posts"),
        _("publishing and deleting social posts, and answering replies"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
