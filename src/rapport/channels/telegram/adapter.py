"""The Telegram channel and the way to it by a bot."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.keywords import ANSWER_FIELDS
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    Answering,
    ChannelKind,
    SettingField,
    WrongSettings,
)
from rapport.channels.telegram import bot, calls, compose

FIELDS = (
    SettingField(
        "token", gettext_lazy("Bot token"), "secret", help=gettext_lazy("From @BotFather: 123456:ABC…")
    ),
    *ANSWER_FIELDS,
    SettingField("rate", gettext_lazy("Messages a second"), "number", required=False, default=bot.RATE),
    SettingField("base_url", gettext_lazy("Address of the API"), "url", required=False, default=bot.BASE),
)
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    if not _TOKEN.fullmatch(str(settings["token"])):
        raise WrongSettings(_("A token looks like 123456:ABC-DEF…"), "token")


def register() -> None:
    CHANNELS.register(
        ChannelKind(
            "telegram",
            gettext_lazy("Telegram"),
            "telegram_id",
            compose.FIELDS,
            icon="send",
            order=32,
            answering=Answering(more=("media",)),
        )
    )
    ADAPTERS.register(
        Adapter(
            "telegram",
            "telegram",
            gettext_lazy("Telegram bot"),
            bot.open_channel,
            lambda _sender, _settings: compose.compose,
            FIELDS,
            check=check,
            receive=calls.receive,
            fetch=bot.fetch,
            advice=bot.advice,
            look=bot.look,
            help=gettext_lazy(
                "Persons write to the bot first; then it may write to them until they block it."
            ),
        )
    )
