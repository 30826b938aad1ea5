"""Being in a segment, as a fact that can stop marketing: whatever a segment can say, a rule of sending can."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.messaging.registry import GateFact
from rapport.segments.models import Membership, Segment


def _members(person_ids: Sequence[uuid.UUID], key: str, _now: dt.datetime) -> Collection[uuid.UUID]:
    members = Membership.objects.filter(segment__key=key, person_id__in=person_ids)
    return list(members.values_list("person_id", flat=True))


def _words(key: str) -> str:
    name = Segment.objects.filter(key=key).values_list("name", flat=True).first()
    return _("in the segment “%(name)s”") % {"name": name or key}


def _choices() -> list[tuple[str, str]]:
    return list(Segment.objects.filter(archived_at=None).order_by("name").values_list("key", "name"))


FACT = GateFact("segment", gettext_lazy("In the segment"), _members, _words, _choices)
