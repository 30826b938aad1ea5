"""Which of the product's languages is meant by a tag that a browser or a form sent."""

from __future__ import annotations

from django.conf import settings


def best(tag: str) -> str:
    """The language of that tag, or of its first part; the first one for what is none of ours."""
    offered = [code for code, _name in settings.LANGUAGES]
    wanted = tag.strip().lower().replace("_", "-")
    if wanted in offered:
        return wanted
    first = wanted.partition("-")[0]
    return next((code for code in offered if first and code.partition("-")[0] == first), offered[0])
