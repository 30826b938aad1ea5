"""What data quality adds to the frame, the worker and the repairs."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.registry import API_ROUTERS, NAVIGATION, WORKER_LOOPS, ApiRouter, NavEntry, WorkerLoop
from rapport.governance import queries as governance
from rapport.quality.cleansing.registry import GUARDS, Intent
from rapport.quality.completeness import measuring


def register() -> None:
    API_ROUTERS.register(ApiRouter("/quality", "rapport.quality.completeness.api"))
    NAVIGATION.register(
        NavEntry("quality", gettext_lazy("Data quality"), "gauge", "quality:quality", 125, "insights.view")
    )
    WORKER_LOOPS.register(WorkerLoop(measuring.LOOP, measuring.run_once, 60.0))
    GUARDS.register(not_to_a_new_address, "suppression")


def not_to_a_new_address(intents: Sequence[Intent]) -> dict[int, str]:
    """Who unsubscribed or bounced is not given a new address that the suppression does not know."""
    found: dict[int, str] = {}
    for channel, trait in (("email", "email"), ("sms", "phone")):
        olds = {
            place: each.before
            for place, each in enumerate(intents)
            if each.trait == trait and isinstance(each.before, str) and isinstance(each.after, str)
        }
        banned = governance.suppressed(channel, set(olds.values())) if olds else set()
        allowed = (
            governance.suppressed(channel, {str(intents[place].after) for place in olds}) if olds else set()
        )
        for place, old in olds.items():
            if old in banned and intents[place].after not in allowed:
                found[place] = _("nothing may be sent to the old address, and a new one would go round that")
    return found
