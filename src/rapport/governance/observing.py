"""What consent tells operators: sign-ups that wait because there were too many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.observing import ALARM_SOURCES, Alarm, AlarmSource
from rapport.governance.services import double_opt_in


def floods(now: dt.datetime) -> Iterator[Alarm]:
    """Websites and apps whose sign-ups cause more mails than they may."""
    for source in double_opt_in.sources_at_their_limit(now):
        yield Alarm(
            _("“%(source)s” had %(count)d sign-ups within an hour; the mails that ask for confirmation wait.")
            % {"source": source, "count": settings.CONFIRMATIONS_PER_HOUR},
            _(
                "If somebody floods the form, protect it and give the source a new key. If the sign-ups are real, raise"
                " RAPPORT_CONFIRMATIONS_PER_HOUR."
            ),
            reverse("governance:coverage"),
        )


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("sign-ups", "settings.view", floods, 25))
