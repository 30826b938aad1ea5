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
    Permission(
        "gift_cards.view",
        _("See gift cards"),
        _("gift cards, what is on them and what is owed, of the people they see; no codes"),
        _("Commerce"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "gift_cards.edit",
        _("Edit gift cards"),
        _("issuing, correcting, blocking and replacing gift cards, and their rules"),
        _("Commerce"),
        ("admin",),
    ),
    Permission(
        "gift_cards.redeem",
        _("Take gift cards"),
        _("issuing gift cards, reading them by their code, paying with them and giving back"),
        _("Commerce"),
        ("admin",),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
