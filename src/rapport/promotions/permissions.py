"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "promotions.view",
        _("See promotions"),
        _("promotions, their codes and redemptions, of the people they see"),
        _("Commerce"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "promotions.edit",
        _("Edit promotions"),
        _("promotions, generating, importing and blocking codes"),
        _("Commerce"),
        ("marketer", "admin"),
    ),
    Permission(
        "coupons.redeem",
        _("Redeem coupons"),
        _("issuing codes to people, reserving, redeeming and cancelling them"),
        _("Commerce"),
        ("agent", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
