"""What the generators hand to `render`: steps, and the things steps are about."""

from __future__ import annotations

from typing import NamedTuple

from rapport.demo.seeding.customers import Person

# One step: data time, who, the event's name, and what it is about (a stock code, an order, a page, a mail).
Step = tuple[int, Person, str, object]

PAGES: dict[str, tuple[str, str]] = {
    "home": ("/", "Lantern & Thistle"),
    "lights": ("/c/lights/", "Candles and lights"),
    "kitchen": ("/c/kitchen/", "Kitchen and table"),
    "bags": ("/c/bags/", "Bags"),
    "paper": ("/c/paper/", "Paper and post"),
    "home-decor": ("/c/home/", "For the home"),
    "cart": ("/cart/", "Your basket"),
}
LANDING = ("home", "home", "home", "lights", "kitchen", "bags", "paper", "home-decor")
# source|medium|name, as often as they stand here
CAMPAIGNS = (
    "google|organic|", "google|organic|", "google|organic|", "google|cpc|gifts", "google|cpc|homeware",
    "pinterest|social|", "instagram|social|kitchen-stories", "facebook|social|", "trade-fair|referral|spring-fair",
)  # fmt: skip


class Mailing(NamedTuple):
    """One mailing. `at` is data time; `code` names it in campaign ids and UTM parameters."""

    code: str
    name: str
    purpose: str
    at: int


class Sent(NamedTuple):
    """One message to one customer; `human` is how likely a person opened it."""

    mailing: Mailing
    number: int
    human: float = 1.0
