"""How likely it is that a human opened or clicked, and why we think so.

Privacy proxies load pictures for everybody, and security gateways follow links before the mail is read.
They are told apart by what they say they are, and by being faster than anybody can read. The answer is a
probability and a reason, never a silent yes or no; neither address nor user agent is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import crawleruseragents  # type: ignore[import-untyped]

TOO_FAST_SECONDS = 2.0
SUSPICIOUSLY_FAST_SECONDS = 10.0
_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy|ggpht\.com|DuckDuckGo-Favicons", re.IGNORECASE)
# Gateways that follow the links in mail; crawler-user-agents knows the public crawlers, previews and HTTP clients.
_GATEWAYS = re.compile(
    r"barracuda|proofpoint|mimecast|safelinks|fireeye|symantec|trend ?micro|forcepoint|urldefense|zscaler|sophos|"
    r"kaspersky|bitdefender|checkpoint|cloudmark|bot\b|crawl|spider|preview|java/|httpclient|node-fetch|phantomjs",
    re.IGNORECASE,
)
_PREFETCH = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
_BARE_APPLE = re.compile(r"^Mozilla/5\.0$")


@dataclass(frozen=True, slots=True)
class Humanity:
    """`probability` 0 (machine) to 1 (human); `reason` is a stable key for filters and reports."""

    probability: float
    reason: str


def judge(headers: Mapping[str, str], seconds_since_sent: float | None, *, kind: str) -> Humanity:
    """Judges one request for an open pixel or a link. `headers` may be spelled in any case."""
    lowered = {name.lower(): value for name, value in headers.items()}
    agent = lowered.get("user-agent", "")
    if any(
        _PREFETCH.search(lowered.get(name, "")) for name in ("purpose", "sec-purpose", "x-purpose", "x-moz")
    ):
        return Humanity(0.05, "prefetch")
    if not agent.strip():
        return Humanity(0.05, "no_user_agent")
    if _BARE_APPLE.match(agent):
        return Humanity(0.2, "apple_privacy_proxy")
    if _PROXIES.search(agent):
        # Google and Yahoo load pictures when a mail is opened, unless it happens at once on arrival.
        early = seconds_since_sent is not None and seconds_since_sent < SUSPICIOUSLY_FAST_SECONDS
        return Humanity(0.1, "proxy_on_arrival") if early else Humanity(0.7, "image_proxy")
    if _GATEWAYS.search(agent) or crawleruseragents.is_crawler(agent):
        return Humanity(0.02, "scanner")
    if seconds_since_sent is not None and seconds_since_sent < TOO_FAST_SECONDS:
        return Humanity(0.1, "too_fast")
    if seconds_since_sent is not None and seconds_since_sent < SUSPICIOUSLY_FAST_SECONDS:
        return Humanity(0.6, "fast")
    return Humanity(0.98 if kind == "click" else 0.9, "browser")
