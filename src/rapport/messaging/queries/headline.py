"""How much somebody makes of the messages they get, for the head of their profile."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from rapport.messaging.models import Delivery, Engagement
from rapport.messaging.queries.results import HUMAN
from rapport.people.models import Person
from rapport.people.queries import family

LAST = 10


def engagement(person: Person) -> tuple[str, str] | None:
    """Of the last ten messages, how many were opened or clicked by a human; nothing before the first."""
    human = Engagement.objects.filter(delivery=OuterRef("pk"), human_probability__gte=HUMAN)
    opened, clicked = Exists(human), Exists(human.filter(kind="click"))
    sent = Delivery.objects.filter(person_id__in=family(person.pk), state=Delivery.State.SENT)
    rows = list(sent.order_by("-queued_at").values_list(opened, clicked)[:LAST])
    if not rows:
        return None
    words = ngettext("%(opened)d of %(n)d message opened", "%(opened)d of %(n)d messages opened", len(rows))
    clicks = sum(was_clicked for _opened, was_clicked in rows)
    further = ngettext("%(n)d clicked", "%(n)d clicked", clicks) % {"n": clicks} if clicks else ""
    return words % {"opened": sum(was_opened for was_opened, _clicked in rows), "n": len(rows)}, further
