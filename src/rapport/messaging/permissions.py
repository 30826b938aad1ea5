"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "messages.view",
        _("See messages"),
        _("which messages were sent or excluded, and why"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "messages.send",
        _("Send single messages"),
        _("sending single messages to persons over the API, and taking them back"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "messages.answer",
        _("Answer messages"),
        _("writing to one person by hand, over any channel, and saying whose message it was that came in"),
        _("Campaigns"),
        ("agent", "marketer", "admin"),
        has_reach=True,
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
