"""Writes docs/reference/channels.md of what is registered: `python -m tests.architecture.channel_reference`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from tests.architecture.project import REFERENCE

PAGE = REFERENCE / "channels.md"
HEAD = """# Channel accounts

What an account of each adapter is set up with, in *Settings → Channels* and as `settings` of
[`POST /api/v1/channels/accounts`](api.md#channels). Settings marked *secret* are kept encrypted and never shown again.
"""
PARTS = """
## Parts of templates

What templates of each channel are made of; those of email are a subject and MJML.
"""


def page() -> str:
    """The whole page, in English."""
    from django.utils import translation

    from rapport.channels.networks import NETWORKS
    from rapport.channels.registry import ADAPTERS, CHANNELS

    with translation.override("en"):
        lines = [line for way in (*ADAPTERS, *NETWORKS) for line in account(way)]
        parts = [line for kind in CHANNELS if kind.fields for line in template(kind)]
    return "\n".join([HEAD, *lines]).rstrip() + "\n" + "\n".join([PARTS, *parts]).rstrip() + "\n"


def account(way: Any) -> Iterator[str]:
    """The chapter of an adapter or a social network."""
    channel = getattr(way, "channel", "")
    what = f"for the channel `{channel}`" if channel else "for [social posts](../guide/social-posts.md)"
    yield f"## `{way.key}`\n"
    yield f"{way.label}, {what}. {way.help}".strip() + "\n"
    if way.fields:
        yield "| setting | kind | needed | what it is |\n|---|---|---|---|"
    for field in way.fields:
        needed = "yes" if field.required else "no"
        usual = "" if field.default in {"", None} else f" Default: `{field.default}`."
        words = sentence(field.label, field.help) + options(field) + usual
        yield f"| `{field.key}` | {field.kind} | {needed} | {words} |"
    yield ""


def template(kind: Any) -> Iterator[str]:
    """The chapter of a channel's templates."""
    yield f"### `{kind.key}`\n"
    words = f"The address is the identifier `{kind.identifier}`." if kind.identifier else ""
    if kind.window:
        hours = int(kind.window.total_seconds() // 3600)
        words += f" Free text within {hours} hours of the person's last message."
    if words:
        yield f"{words.strip()}\n"
    yield "| part | kind | most characters | what it is |\n|---|---|---|---|"
    for field in kind.fields:
        needed = " (needed)" if field.required else ""
        words = sentence(field.label, field.help) + options(field)
        yield f"| `{field.key}`{needed} | {field.kind} | {field.limit} | {words} |"
    yield ""


def sentence(label: object, words: object) -> str:
    text = f"{label}: {words}" if str(words) else str(label)
    return (text if text.endswith((".", "…")) else f"{text}.").replace("|", "&#124;")


def options(field: Any) -> str:
    shown = [f"`{key}` ({label})" if str(label) != key else f"`{key}`" for key, label in field.choices if key]
    return f" One of {', '.join(shown)}." if shown else ""


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")
    django.setup()
    PAGE.write_text(page())
