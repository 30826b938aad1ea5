"""The channels of direct messages on Messenger and Instagram, and the way to them by Meta's Send API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.keywords import ANSWER_FIELDS
from rapport.channels.meanings import advice_of
from rapport.channels.meta import graph, messages
from rapport.channels.meta.codes import MEANINGS
from rapport.channels.registry import (
    ADAPTERS,
    CHANNELS,
    Adapter,
    Answering,
    ChannelKind,
    ContentField,
    SettingField,
    WrongSettings,
)
from rapport.core.services.outbound import Session

WINDOW = dt.timedelta(hours=24)


def _content_fields(longest: int) -> tuple[ContentField, ...]:
    tags: tuple[tuple[str, Any], ...] = (("", gettext_lazy("none")), *((tag, tag) for tag in messages.TAGS))
    return (
        ContentField("text", gettext_lazy("Text"), "text", longest, required=True),
        ContentField(
            "media",
            gettext_lazy("Picture"),
            "url",
            help=gettext_lazy("Its public address; it is sent before the text."),
        ),
        ContentField(
            "tag",
            gettext_lazy("Tag"),
            "choice",
            40,
            choices=tags,
            help=gettext_lazy("What allows the message after 24 hours. Meta forbids tags for promotion."),
        ),
    )


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    if not str(settings["page_id"]).isdigit():
        raise WrongSettings(_("The id consists of figures."), "page_id")


def look(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What Meta says of the page. Raises WrongSettings."""
    session = Session()
    try:
        page = graph.get(session, settings, str(settings["page_id"]), {"fields": "name,username"})
    finally:
        session.close()
    return [(_("Page"), f"{graph.text_of(page, 'name')} {graph.text_of(page, 'username')}".strip())]


def register() -> None:
    for key, label, order, longest in (
        ("messenger", gettext_lazy("Messenger"), 34, 2000),
        ("instagram", gettext_lazy("Instagram"), 36, 1000),
    ):
        CHANNELS.register(
            ChannelKind(
                key,
                label,
                f"{key}_id",
                _content_fields(longest),
                window=WINDOW,
                icon="send",
                order=order,
                answering=Answering(more=("media",), late=("tag",)),
            )
        )
        ADAPTERS.register(_adapter(key, label))


def _adapter(key: str, label: Any) -> Adapter:
    page = SettingField(
        "page_id",
        gettext_lazy("Page id") if key == "messenger" else gettext_lazy("Page or Instagram account id"),
    )
    return Adapter(
        key,
        key,
        label,
        lambda settings: messages.open_channel(key, settings),
        lambda _sender, settings: messages.composer(key, settings),
        (page, *graph.FIELDS, *ANSWER_FIELDS),
        check=check,
        receive=messages.receive,
        fetch=graph.fetch_public,
        look=look,
        advice=lambda code: advice_of(MEANINGS, code),
        help=gettext_lazy("Meta's Send API. Free text within 24 hours of the person's last message."),
    )
