"""What a touchpoint is called: the channel that UTM parameters, a message or an activity mean."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from rapport.channels.registry import CHANNELS

SEARCHES = {
    "google",
    "bing",
    "duckduckgo",
    "yahoo",
    "ecosia",
    "yandex",
    "baidu",
    "qwant",
    "brave",
    "startpage",
}
NETWORKS = {
    "facebook", "fb", "instagram", "ig", "meta", "linkedin", "twitter", "x", "t.co", "tiktok", "pinterest", "youtube",
    "reddit", "snapchat", "threads", "mastodon", "bluesky",
}  # fmt: skip
PAID = {"cpc", "ppc", "paid", "paidsearch", "paid_search", "paid-search", "sem", "cpa"}
PAID_SOCIAL = {"paidsocial", "paid_social", "paid-social", "social-paid"}
MEDIA = {
    "organic": "organic_search",
    "social": "social", "social-media": "social", "social_media": "social", "sm": "social",
    "display": "display", "banner": "display", "cpm": "display", "retargeting": "display",
    "affiliate": "affiliate", "affiliates": "affiliate", "partner": "affiliate",
    "referral": "referral", "link": "referral",
    "email": "email", "e-mail": "email", "newsletter": "email", "mail": "email",
    "sms": "sms", "text": "sms", "push": "push", "webpush": "push", "whatsapp": "whatsapp",
    "qr": "offline", "print": "offline", "offline": "offline", "radio": "offline", "tv": "offline",
}  # fmt: skip
LABELS = {
    "email": _("Email"),
    "sms": _("SMS"),
    "push": _("Push"),
    "paid_search": _("Paid search"),
    "organic_search": _("Organic search"),
    "paid_social": _("Paid social"),
    "social": _("Social"),
    "display": _("Display"),
    "affiliate": _("Affiliates"),
    "referral": _("Referrals"),
    "offline": _("Offline"),
    "call": _("Calls"),
    "visit": _("Visits in person"),
    "meeting": _("Meetings"),
    "other": _("Other sources"),
}
ACTIVITIES = {
    "Call Logged": "call",
    "Call Made": "call",
    "Visit Logged": "visit",
    "Meeting Logged": "meeting",
}
# What a click's own parameter says of an address without UTM parameters: (source, medium).
CLICK_IDS = {"gclid": ("google", "cpc"), "msclkid": ("bing", "cpc"), "fbclid": ("facebook", "social")}


@lru_cache(maxsize=4096)
def channel_of(source: str, medium: str) -> str:
    """The channel of a visit. A paid click is told from an organic one by the medium, whatever the source."""
    source, medium = source.strip().lower(), medium.strip().lower().replace(" ", "_")
    place = source.removeprefix("www.").split(".")[0] if source != "t.co" else source
    if medium in PAID_SOCIAL or (medium in PAID and place in NETWORKS):
        return "paid_social"
    if medium in PAID:
        return "paid_search"
    if medium in MEDIA:
        return MEDIA[medium]
    if not medium and place in SEARCHES:
        return "organic_search"
    if not medium and place in NETWORKS:
        return "social"
    return "referral" if not medium and "." in source else "other"


def label_of(channel: str) -> str:
    """What people call it."""
    kind = CHANNELS.get(channel)
    return str(kind.label if kind else LABELS.get(channel, channel))
