"""Named signs that a human or a machine opened, clicked or left, how much each weighs, and what they come to.

Weights are log-odds: they add up with the prior of the kind, and the logistic function makes a probability of the sum.
Signs of one group say the same thing in several ways, so only the strongest of a group counts. No weight is learned:
each says how much more often the sign is seen with one than with the other (2.3 is ten times, 4.6 a hundred times), by
what is known of scanners and proxies in public; docs/reference/human-or-machine.md lists them and what they reach.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.messaging.queries.results import HUMAN

PRIORS = {"open": 1.5, "click": 2.5, "unsubscribe": 3.0}
SURE = 0.99  # nothing seen over the wire is surer than that


@dataclass(frozen=True, slots=True)
class Sign:
    """`weight` below 0 speaks for a machine. `label` is a part of a sentence for people."""

    key: str
    weight: float
    group: str
    label: Any


SIGNS = {
    sign.key: sign
    for sign in (
        # What the request says of itself.
        Sign("scanner", -6.0, "agent", _("names itself a mail scanner")),
        Sign("link_preview", -6.0, "agent", _("names itself a link preview")),
        Sign("crawler", -5.0, "agent", _("names itself a crawler or a program")),
        Sign("headless", -5.0, "agent", _("a browser without a screen")),
        Sign("no_user_agent", -5.0, "agent", _("names no program at all")),
        Sign("gmail_prefetch", -5.0, "agent", _("Gmail’s fetch on arrival")),
        Sign("apple_privacy_proxy", -3.5, "agent", _("Apple Mail Privacy Protection")),
        Sign("image_proxy", -0.7, "agent", _("an image proxy hides who it is")),
        Sign("outdated_browser", -2.0, "agent", _("a browser years out of date")),
        Sign("mail_program", 1.0, "agent", _("a mail program on a computer or phone")),
        Sign("prefetch", -5.0, "intent", _("fetched ahead, by its own words")),
        Sign("navigation", 1.0, "intent", _("a browser says that somebody clicked")),
        Sign("no_language", -1.5, "intent", _("a browser that asks for no language")),
        # Where it came from.
        Sign("scanner_network", -4.0, "network", _("from a mail scanner’s network")),
        Sign("data_centre", -3.0, "network", _("from a data centre")),
        Sign("privacy_relay", -0.5, "network", _("through Apple’s relay")),
        # When it came.
        Sign("at_once", -3.0, "speed", _("within 2 seconds of sending")),
        Sign("very_fast", -1.5, "speed", _("within 10 seconds of sending")),
        Sign("fast", -0.7, "speed", _("within a minute of sending")),
        Sign("proxy_on_arrival", -3.0, "speed", _("a proxy, on arrival")),
        # What else happened.
        Sign("hidden_link", -7.0, "trap", _("the same address followed the link that people cannot see")),
        Sign("hidden_link_nearby", -3.5, "trap", _("the hidden link was followed at the same time")),
        Sign("many_links", -5.0, "burst", _("three or more links within seconds")),
        Sign("links_in_a_row", -2.8, "burst", _("four or more links within a minute")),
        Sign("two_links", -1.5, "burst", _("two links within two seconds")),
        Sign("many_recipients", -3.5, "shared", _("the same address, messages of many people")),
        Sign("probed", -2.5, "probe", _("the address was probed first (HEAD)")),
        Sign("provider_machine", -5.0, "report", _("the provider says it was a machine")),
        Sign("device_report", 6.0, "report", _("reported by the device")),
        Sign("mailbox_provider", 2.0, "report", _("one click in the mail program (RFC 8058)")),
        Sign("button", 1.5, "report", _("pressed the button on the page")),
        Sign("visited_page", 2.5, "afterwards", _("the page opened afterwards and ran its scripts")),
        Sign("acted_on_page", 5.0, "afterwards", _("did something on the page afterwards")),
    )
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`probability` 0 (machine) to 1 (human), and the signs that decided, the weightiest first."""

    probability: float
    reasons: tuple[str, ...]

    @property
    def is_human(self) -> bool:
        return self.probability >= HUMAN


def judge(kind: str, signs: Iterable[str]) -> Judgement:
    """`kind` is open, click or unsubscribe; unknown signs (of a later release) count nothing."""
    strongest: dict[str, Sign] = {}
    for key in dict.fromkeys(signs):
        sign = SIGNS.get(key)
        if sign and abs(sign.weight) > abs(getattr(strongest.get(sign.group), "weight", 0.0)):
            strongest[sign.group] = sign
    counted = sorted(strongest.values(), key=lambda sign: -abs(sign.weight))
    odds = PRIORS[kind] + sum(sign.weight for sign in counted)
    probability = 1 / (1 + math.exp(-odds))
    return Judgement(
        round(min(SURE, max(1 - SURE, probability)), 2), tuple(sign.key for sign in counted) or ("browser",)
    )


def words(reasons: Iterable[str]) -> list[str]:
    """The reasons for people, in the same order."""
    return [str(SIGNS[key].label) if key in SIGNS else str(PLAIN) for key in reasons]


PLAIN = _("nothing that speaks for a machine")
