"""What a single request for a pixel or a link tells about who made it: names of signs, before anything is stored.

Neither address nor user agent is kept: of the address a keyed hash for as long as what others do may still change the
judgement, of the rest only the names of the signs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from functools import lru_cache

import crawleruseragents  # type: ignore[import-untyped]
from django.conf import settings

from rapport.messaging.services import networks

_SCANNERS = re.compile(
    r"barracuda|proofpoint|mimecast|safelinks|fireeye|trellix|mandiant|symantec|messagelabs|trend ?micro|\btmes\b|"
    r"forcepoint|websense|urldefense|zscaler|sophos|kaspersky|bitdefender|check ?point|cloudmark|ironport|"
    r"cisco ?secure|fortimail|fortinet|vipre|\besets?\b|f-secure|withsecure|hornetsecurity|retarus|spamtitan|mailguard|"
    r"virustotal|urlscan|google-safety|google-read-aloud|phishtank|paloalto|netskope|clamav|mailscanner",
    re.IGNORECASE,
)
_PREVIEWS = re.compile(
    r"slackbot|slack-imgproxy|telegrambot|whatsapp/|facebookexternalhit|facebot|meta-externalfetcher|twitterbot|discordbot|"
    r"linkedinbot|skypeuripreview|microsoftpreview|microsoft teams|teamsbot|viber|googlemessages|redditbot|"
    r"snap url preview|iframely|embedly|preview",
    re.IGNORECASE,
)
_HEADLESS = re.compile(
    r"headlesschrome|phantomjs|puppeteer|playwright|selenium|slimerjs|cypress", re.IGNORECASE
)
_PROXIES = re.compile(r"GoogleImageProxy|ggpht\.com|YahooMailProxy|DuckDuckGo-Favicons", re.IGNORECASE)
# Gmail fetches some pictures when a mail arrives, with a browser that never was.
_GMAIL = re.compile(r"Chrome/42\.0\.2311\.135 Safari/537\.36 Edge/12\.246 Mozilla/5\.0$")
_MAIL_PROGRAMS = re.compile(
    r"thunderbird|ms-?office|microsoft (office|outlook)|outlook-(ios|android)|airmail", re.IGNORECASE
)
_PREFETCH = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
_BARE = re.compile(r"^Mozilla/5\.0$")
_VERSION = re.compile(r"(?:Chrome|Firefox)/(\d+)\.")
_OLD_WINDOWS = re.compile(r"MSIE \d|Windows NT (5|6\.[01])|Trident/")
_INTENT = ("purpose", "sec-purpose", "x-purpose", "x-moz")
# Browsers renew themselves; who still comes with one of early 2023 is mostly a program that has its name written down.
OLDEST_BROWSER = 110


def of_request(kind: str, headers: Mapping[str, str], address: str) -> list[str]:
    """The signs in one request. `kind` is open, click or unsubscribe; `headers` may be spelled in any case."""
    values = {name.lower(): value for name, value in headers.items()}
    agent = values.get("user-agent", "").strip()
    owner = networks.networks().owner(address)
    signs = [_program(kind, agent, owner.kind if owner else ""), *_intent(kind, agent, values)]
    if owner:
        proxied = {"image_proxy", "apple_privacy_proxy", "gmail_prefetch"} & set(signs)
        if owner.kind == "relay":
            signs.append("privacy_relay")
        elif not proxied:  # the proxies are in data centres too, and that says nothing more
            signs.append({"scanner": "scanner_network", "data-centre": "data_centre"}[owner.kind])
    return [sign for sign in signs if sign]


def _program(kind: str, agent: str, owner: str) -> str:
    if not agent:
        return "no_user_agent"
    for pattern, sign in ((_SCANNERS, "scanner"), (_HEADLESS, "headless"), (_GMAIL, "gmail_prefetch")):
        if pattern.search(agent):
            return sign
    if _PROXIES.search(agent):
        return "image_proxy" if kind == "open" else "crawler"
    if _BARE.match(agent):
        return "apple_privacy_proxy" if kind == "open" else "crawler"
    if kind == "open" and owner == "relay":
        return "apple_privacy_proxy"
    if _MAIL_PROGRAMS.search(agent):
        return "mail_program"
    if _PREVIEWS.search(agent):
        return "link_preview"
    if _is_crawler(agent):
        return "crawler"
    version = _VERSION.search(agent)
    if (version and int(version[1]) < OLDEST_BROWSER) or _OLD_WINDOWS.search(agent):
        return "outdated_browser"
    return ""


@lru_cache(maxsize=10_000)
def _is_crawler(agent: str) -> bool:
    return bool(crawleruseragents.is_crawler(agent))


def _intent(kind: str, agent: str, values: Mapping[str, str]) -> list[str]:
    if any(_PREFETCH.search(values.get(name, "")) for name in _INTENT):
        return ["prefetch"]
    if kind != "click":
        return []
    if values.get("sec-fetch-user") == "?1" and values.get("sec-fetch-mode") == "navigate":
        return ["navigation"]
    if "Mozilla/" in agent and not values.get("accept-language"):
        return ["no_language"]
    return []


def network_of(address: str) -> str:
    """The keyed hash under which requests of one address are known as such; "" for none."""
    if not address:
        return ""
    key = hashlib.sha256(f"tracking-requests:{settings.SIGNING_KEY}".encode()).digest()
    return hmac.new(key, address.encode(), hashlib.sha256).hexdigest()[:20]
