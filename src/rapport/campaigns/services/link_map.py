"""A campaign's mail with the clicks drawn beside its links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.html import format_html

from rapport.channels.queries import sender
from rapport.content.models import TemplateVersion
from rapport.content.services import liquid
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.previews import SAMPLE_DATA
from rapport.content.services.rendering import compiled, workspace_context
from rapport.core.queries import workspace
from rapport.core.ui import formats

_LINK = re.compile(r'(<a\b[^>]*href="#rapport-link-(\d+)"[^>]*>)(.*?)(</a>)', re.DOTALL | re.IGNORECASE)
_BADGE = (
    '<span style="display:inline-block;margin:0 0 0 4px;padding:1px 7px;border-radius:9px;background:#1d4ed8;'
    'color:#fff;font:600 11px/16px sans-serif;text-decoration:none;white-space:nowrap" title="{}">{} · {}</span>'
)


def drawn(version: TemplateVersion, clicks: Mapping[int, int], sent: int) -> str | None:
    """The mail as nobody in particular gets it, or None for a message that is no mail, or cannot be shown so."""
    context: dict[str, Any] = {
        "person": {}, "data": dict(SAMPLE_DATA), "unsubscribe_url": "#", "preferences_url": "#",
        "workspace": workspace_context(workspace(), sender(marketing=True).name),
    }  # fmt: skip
    try:
        message = compiled(version.pk)
        context["rapport"] = {f"link_{place}": f"#rapport-link-{place}" for place, _url in message.urls}
        context["rapport"]["pixel"] = ""
        page, _missing = liquid.noting_missing(lambda: message.render(context).html)
    except TemplateError:
        return None
    return _LINK.sub(lambda link: _numbered(link, clicks, sent, dict(message.urls)), page) or None


def _numbered(link: re.Match[str], clicks: Mapping[int, int], sent: int, urls: Mapping[int, str]) -> str:
    begin, place, inner, end = link[1], int(link[2]), link[3], link[4]
    count = clicks.get(place, 0)
    share = formats.percent(count / sent if sent else None)
    badge = format_html(_BADGE, urls.get(place, ""), formats.number(count), share)
    return f"{begin.replace(f'#rapport-link-{place}', '#')}{inner}{badge}{end}"
