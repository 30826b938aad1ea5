"""The identifiers that people have on social networks, by which a reply leads to a person."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from rapport.people.identity_types import IdentifierRule
from rapport.people.registry import IDENTIFIER_TYPES


def register() -> None:
    for key, label, normaliser in (
        ("mastodon_address", gettext_noop("Mastodon address"), "lower"),
        ("linkedin_id", gettext_noop("LinkedIn id"), "text"),
        ("x_id", gettext_noop("X id"), "text"),
    ):
        IDENTIFIER_TYPES.register(
            IdentifierRule(key, label, normaliser=normaliser, most=5, priority=66, identifies=True)
        )
