"""The push channel as it is set up: browsers, Firebase and Apple in one account, for a message finds every device."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.push import channel, devices, notes
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    Answering,
    ChannelKind,
    ContentField,
    SettingField,
)
from rapport.events.registry import DEVICE_LISTENERS
from rapport.people.registry import MERGEABLES

PUSH_FIELDS = (
    ContentField("title", _("Title"), limit=120, required=True),
    ContentField("body", _("Text"), "text", limit=1000, required=True),
    ContentField(
        "url", _("Link"), "url", limit=1000, help=_("What a click opens; an app may have links of its own.")
    ),
    ContentField("image", _("Image"), "url", limit=1000),
    ContentField("icon", _("Icon"), "url", limit=1000, help=_("Browsers only.")),
    ContentField(
        "topic",
        _("Topic"),
        limit=32,
        help=_("A newer message of the same topic replaces the older on screen."),
    ),
    ContentField(
        "urgency",
        _("Urgency"),
        "choice",
        choices=(
            ("normal", _("Normal")),
            ("high", _("High")),
            ("low", _("Low")),
            ("very-low", _("Very low")),
        ),
    ),
    ContentField("ttl", _("Hours until it expires"), limit=8, help=_("24 if nothing is entered.")),
)
SETTINGS = (
    SettingField("web", _("Web push"), "switch", required=False, default=True),
    SettingField(
        "contact",
        _("Contact for push services"),
        required=False,
        help=_("mailto:you@example.com or a page; whom the makers of browsers ask when something goes wrong"),
    ),
    SettingField(
        "fcm_account",
        _("Firebase: key file of a service account"),
        "secret",
        required=False,
        help=_("Firebase console, Project settings, Service accounts: the whole JSON"),
    ),
    SettingField("apns_key", _("Apple: key (.p8)"), "secret", required=False),
    SettingField("apns_key_id", _("Apple: key ID"), required=False),
    SettingField("apns_team_id", _("Apple: team ID"), required=False),
    SettingField(
        "apns_topic",
        _("Apple: bundle ID"),
        required=False,
        help=_("several, separated by commas, for several apps"),
    ),
    SettingField(
        "apns_environment",
        _("Apple: environment"),
        "choice",
        required=False,
        choices=(("production", _("Production")), ("sandbox", _("Sandbox"))),
        default="production",
    ),
    SettingField(
        "proven_only",
        _("Only devices of proven users"),
        "switch",
        required=False,
        default=False,
        help=_("Messages go only to devices that were registered with a signed user token."),
    ),
)


def register() -> None:
    MERGEABLES.register(devices.MERGEABLE)
    DEVICE_LISTENERS.register(devices.take_seen, "push")
    CHANNELS.register(
        ChannelKind(
            "push",
            _("Push"),
            fields=PUSH_FIELDS,
            addresses=devices.ADDRESSES,
            icon="smartphone",
            order=40,
            answering=Answering("body", ("title",)),
        )
    )
    ADAPTERS.register(
        Adapter(
            "push", "push", _("Push services"), channel.open_channel, notes.composer, SETTINGS, channel.check
        )
    )
