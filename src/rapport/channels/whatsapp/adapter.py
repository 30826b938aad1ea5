"""The WhatsApp channel and the way to it by Meta's Cloud API."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.http import HttpChannel
from rapport.channels.keywords import ANSWER_FIELDS
from rapport.channels.meanings import advice_of
from rapport.channels.meta import graph
from rapport.channels.protocol import Message, Outcome
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    Answering,
    ChannelKind,
    SettingField,
    WrongSettings,
)
from rapport.channels.whatsapp import calls, compose, look
from rapport.channels.whatsapp.codes import MEANINGS
from rapport.core.services.outbound import Session

WINDOW = dt.timedelta(hours=24)
FIELDS = (
    SettingField(
        "phone_number_id",
        gettext_lazy("Phone number id"),
        help=gettext_lazy("WhatsApp → API setup; it is not the number itself."),
    ),
    SettingField(
        "business_account_id",
        gettext_lazy("Business account id"),
        help=gettext_lazy("WhatsApp → API setup; its approved templates are listed here."),
    ),
    *graph.FIELDS,
    *ANSWER_FIELDS,
)


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    for key in ("phone_number_id", "business_account_id"):
        if not str(settings[key]).isdigit():
            raise WrongSettings(_("The id consists of figures."), key)


def open_channel(settings: Mapping[str, Any]) -> HttpChannel:
    """The channel of an account."""

    def send(session: Session, message: Message) -> Outcome:
        path = f"{message.sender}/messages"
        return graph.post(session, settings, path, json.loads(message.payload), MEANINGS)

    return HttpChannel("whatsapp", send, rate=float(settings.get("rate") or 0))


def register() -> None:
    CHANNELS.register(
        ChannelKind(
            "whatsapp",
            gettext_lazy("WhatsApp"),
            "phone",
            compose.FIELDS,
            window=WINDOW,
            legal_hours="text",
            icon="send",
            order=30,
            answering=Answering(more=("media",)),
        )
    )
    ADAPTERS.register(
        Adapter(
            "whatsapp",
            "whatsapp",
            gettext_lazy("WhatsApp Cloud API"),
            open_channel,
            lambda _sender, settings: compose.composer(settings),
            FIELDS,
            check=check,
            receive=calls.receive,
            fetch=graph.fetch_media,
            advice=lambda code: advice_of(MEANINGS, code),
            look=look.look,
            help=gettext_lazy(
                "Approved templates at any time, free text within 24 hours of a person's last message."
            ),
        )
    )
