"""Orders on a person's timeline: one thing with its history, instead of the events that tell of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.commerce.models import CommerceFact, Order
from rapport.commerce.order_words import TONES, sentence_of
from rapport.commerce.queries import orders as queries
from rapport.core.access import Actor
from rapport.core.ui import formats
from rapport.events.registry import TimelineRecord
from rapport.events.wording import Happening
from rapport.people.queries import families

STEPS, MOST_STEPS = 50, 2_000


def records(actor: Actor, events: Sequence[Happening]) -> dict[str, TimelineRecord]:
    """The orders that these events of a person are about, by message id."""
    if not actor.may(queries.SEE) or not events:
        return {}
    wanted = [event.message_id for event in events]
    homes = {event.person_id for event in events}
    family = _families(homes)
    about = _order_facts().filter(home__in=family, message_id__in=wanted)
    by_message = dict(about.values_list("message_id", "subject"))
    if not by_message:
        return {}
    orders = {order.pk: order for order in queries.orders(actor).filter(pk__in=set(by_message.values()))}
    steps: dict[uuid.UUID, list[CommerceFact]] = defaultdict(list)
    newest = _order_facts().filter(subject__in=orders).order_by("-at", "-message_id")[:MOST_STEPS]
    for fact in reversed(newest):
        steps[fact.subject].append(fact)
    shown = {pk: _record(order, steps[pk], family) for pk, order in orders.items() if steps[pk]}
    return {message: shown[subject] for message, subject in by_message.items() if subject in shown}


def _order_facts() -> QuerySet[CommerceFact]:
    return CommerceFact.objects.filter(about="order")


def _families(person_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Facts name the person an event came of; the event store may say into whom they were merged since."""
    return {member for members in families(person_ids).values() for member in members}


def _record(order: Order, order_facts: list[CommerceFact], family: set[uuid.UUID]) -> TimelineRecord:
    """For whom it is not of any more, only what they did themselves."""
    if order.person_id and order.person_id not in family:
        order_facts = [fact for fact in order_facts if fact.home in family] or order_facts[-1:]
        title = _("Order %(number)s, which is another customer's now") % {"number": order}
        return _told(order, order_facts, family, title)
    title = _("Order %(number)s over %(total)s") % {
        "number": order,
        "total": formats.money(order.total, order.currency),
    }
    return _told(order, order_facts, family, title, order.get_state_display(), TONES[order.state])


def _told(
    order: Order, order_facts: list[CommerceFact], family: set[uuid.UUID], title: str, state: str = "", tone: str = ""
) -> TimelineRecord:  # fmt: skip
    last = next((fact for fact in reversed(order_facts) if fact.home in family), order_facts[-1])
    return TimelineRecord(
        f"order:{order.pk}",
        last.message_id,
        title,
        reverse("commerce:order", args=[order.pk]),
        "package",
        state,
        tone,
        tuple((fact.at, sentence_of(fact)) for fact in order_facts[-STEPS:]),
    )
