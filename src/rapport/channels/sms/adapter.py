"""The SMS channel and the ways to it: providers that speak Twilio's API, and message centres over SMPP."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rapport.channels.meanings import advice_of
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, Answering, ChannelKind, ContentField
from rapport.channels.sms import compose, smpp, smpp_codes, twilio, twilio_calls, twilio_codes
from rapport.channels.sms.segments import plain, segments

FIELDS = (
    ContentField("text", _("Text"), "text", 1600, required=True),
    ContentField(
        "media",
        _("Picture (MMS)"),
        "url",
        help=_("Its public address. Only some countries and providers take it."),
    ),
)


def measure(fields: Mapping[str, str]) -> str:
    """How many segments a text takes."""
    counted = segments(plain(fields.get("text", "")).strip())
    words = ngettext(
        "%(count)d segment in %(encoding)s; %(left)d more characters fit",
        "%(count)d segments in %(encoding)s; %(left)d more characters fit",
        counted.count,
    )
    return words % {"count": counted.count, "encoding": counted.encoding, "left": counted.left}


KIND = ChannelKind(
    "sms",
    _("SMS"),
    "phone",
    FIELDS,
    measure=measure,
    legal_hours="text",
    icon="smartphone",
    order=20,
    answering=Answering(more=("media",)),
)


def register() -> None:
    CHANNELS.register(KIND)
    ADAPTERS.register(
        Adapter(
            "twilio",
            "sms",
            _("Twilio, or a provider with its API"),
            twilio.open_channel,
            compose.composer,
            twilio.FIELDS,
            check=twilio.check,
            receive=twilio_calls.receive,
            fetch=twilio.fetch,
            advice=lambda code: advice_of(twilio_codes.MEANINGS, code),
            look=twilio.look,
            help=_("SMS and MMS. Receipts and replies come to the account's address."),
        )
    )
    ADAPTERS.register(
        Adapter(
            "smpp",
            "sms",
            _("SMPP 3.4"),
            smpp.SmppChannel,
            compose.composer,
            smpp.FIELDS,
            check=smpp.check,
            advice=lambda code: advice_of(smpp_codes.MEANINGS, code),
            listens=True,
            help=_("A session with a message centre of a network or an aggregator."),
        )
    )
