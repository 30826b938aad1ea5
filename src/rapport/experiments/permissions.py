"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "experiments.view",
        _("See experiments"),
        _("experiments, their variants and results, and the holdout of all marketing"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "experiments.edit",
        _("Edit experiments"),
        _("planning, beginning and deciding experiments, and setting the holdout"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "experiments.assign",
        _("Give out variants"),
        _("asking, as a website or program, which variant somebody gets"),
        _("Campaigns"),
        ("admin",),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
