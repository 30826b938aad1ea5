"""Events that no version needs to hear of any more."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, F, OuterRef

from rapport.journeys.models import Enrolment, JourneyVersion, ListenedEvent

SETTLED = dt.timedelta(hours=1)


def forget_unused(now: dt.datetime) -> int:
    """Versions that nobody enters any more and nobody is on need not hear of events.

    Not at once: whoever let people in when another was published may not have committed yet.
    """
    standing = Enrolment.objects.filter(version_id=OuterRef("version_id"), ended_at=None)
    later = JourneyVersion.objects.filter(
        journey=OuterRef("version__journey"),
        number__gt=OuterRef("version__number"),
        published_at__lt=now - SETTLED,
    )
    unused = ListenedEvent.objects.filter(~Exists(standing), Exists(later))
    return unused.exclude(version_id=F("version__journey__live_id")).delete()[0]
