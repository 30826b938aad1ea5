"""The permissions of core."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "settings.view",
        _("See settings"),
        _("settings of the workspace"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "settings.edit",
        _("Edit settings"),
        _(
            "changing them: workspace, purposes, sending policy, traits, source priority, "
            "relationship types, what counts in data quality"
        ),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "keys.edit",
        _("Manage API keys"),
        _("creating and revoking API keys"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "users.edit",
        _("Manage users"),
        _("inviting users, assigning roles, editing roles and teams, deactivating accounts"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "owners.edit",
        _("Manage owners"),
        _("appointing and removing owners"),
        _("Settings"),
        (),
    ),
    Permission(
        "audit.view",
        _("See the audit log"),
        _("who did what, and when"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "jobs.view",
        _("See background jobs"),
        _("background jobs of everybody: what runs, waits and failed; one's own anyone sees over the API"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "metrics.view",
        _("Read metrics"),
        _("figures of the whole installation, for programs that watch it"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "jobs.edit",
        _("Manage background jobs"),
        _("cancelling other people's background jobs and running them again"),
        _("Settings"),
        ("admin",),
    ),
    Permission(
        "sending.decide",
        _("Decide on sending after a restore"),
        _("what a restored or copied state of the data may send: go on, skip, or keep silent"),
        _("Settings"),
        (),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
