"""Tags of languages (BCP 47): which of those that are offered is meant, and what each is called."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")


def normal(tag: object) -> str:
    """`de_AT` and `de-at` are the same tag; empty for what is none."""
    text = str(tag or "").strip().lower().replace("_", "-").partition(".")[0]
    return text if _TAG.fullmatch(text) else ""


def best(tag: object, offered: Iterable[str]) -> str:
    """The offered language of that tag, or else one with the same first part, the shortest; empty for none."""
    wanted, languages = normal(tag), list(offered)
    if not wanted or wanted in languages:
        return wanted
    same = [code for code in languages if code.partition("-")[0] == wanted.partition("-")[0]]
    return min(same, key=len, default="")


def name_of(tag: str) -> str:
    """As its speakers call it, and the tag itself where that is not known."""
    entry = LANG_INFO.get(best(tag, LANG_INFO)) or {}
    own = str(entry.get("name_local", ""))
    return f"{own} ({tag})" if own and tag not in LANG_INFO else own or tag or gettext("not set")


def choices() -> list[tuple[str, str]]:
    """Every language that has a name, by it."""
    named = [(code, str(info["name_local"])) for code, info in LANG_INFO.items() if "name_local" in info]
    return sorted(named, key=lambda choice: choice[1].lower())
