"""The identifiers that people have in messengers and on social networks: addresses there, and whom a reply is from."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from rapport.people.identity_types import IdentifierRule
from rapport.people.registry import IDENTIFIER_TYPES

# What Telegram and Meta give a person towards one bot or page: numbers, of which invented ones look invented.
_INVENTED = frozenset({"12345", "123456", "1234567", "12345678", "123456789", "1234567890"})
_NO_CHAT = r"(?s).*[^0-9].*|0.*|.{1,3}|.{26,}|1+|2+|3+|4+|5+|6+|7+|8+|9+"
_CHATS = (
    ("telegram_id", gettext_noop("Telegram chat id")),
    ("messenger_id", gettext_noop("Messenger id")),
    ("instagram_id", gettext_noop("Instagram id")),
)
_AUTHORS = (
    ("mastodon_address", gettext_noop("Mastodon address"), "lower"),
    ("linkedin_id", gettext_noop("LinkedIn id"), "text"),
    ("x_id", gettext_noop("X id"), "text"),
)


def register() -> None:
    for key, label in _CHATS:
        IDENTIFIER_TYPES.register(
            IdentifierRule(
                key, label, most=5, priority=65, identifies=True, blocked=_INVENTED, pattern=_NO_CHAT
            )
        )
    for key, label, normaliser in _AUTHORS:
        IDENTIFIER_TYPES.register(
            IdentifierRule(key, label, normaliser=normaliser, most=5, priority=66, identifies=True)
        )
