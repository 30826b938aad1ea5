"""When refusals of the sender (reputation, authentication, policy) halt a whole send.

One recipient's server speaks for its own rules: a filter, a list that takes mail from colleagues only. So a send goes
on until several say so and they are more than a few among those who answered. One that stands open for single messages,
such as receipts and confirmations, and so has no end, is never halted: each of its messages stands for itself, and
waits while the sender is refused everywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.governance.models import MARKETING
from rapport.messaging.models import Delivery, Send
from rapport.messaging.services import sends
from rapport.messaging.services.claiming import Claimed

LEAST = 3  # refusals, or as many as there are recipients
SHARE = 20  # one in so many of those who answered
_ANSWERED = ("sent", "failed", "uncertain")


def weigh(*, actor: Actor, send_id: int, refusals: int, answer: str, clock: Clock = SYSTEM) -> None:
    """Halts a send of which so many recipients' servers refuse the sender, and says why."""
    stands_open = Q(sealed_at=None, expires_at=None)
    if not Send.objects.filter(pk=send_id).exclude(stands_open).exists() or not _are_many(send_id, refusals):
        return
    words = _("The receiving server refused the sender: %(answer)s") % {"answer": answer}
    with suppress(sends.SendEnded):
        sends.hold(actor=actor, send_id=send_id, reason=words, clock=clock)


def is_everybody(again: Sequence[Claimed], waited: dt.timedelta) -> bool:
    """Whether nothing of the kind was taken since these deliveries were refused the time before."""
    if not again:
        return False
    fact = again[0].fact
    rows = Delivery.objects.filter(pk__in=[claim.id for claim in again]).values_list("not_before", flat=True)
    since = min((at for at in rows if at), default=None)
    if since is None:
        return False
    taken = Delivery.objects.filter(channel=fact.channel, state="sent", finished_at__gte=since - waited)
    kind = Q(send__purpose__basis__in=MARKETING)
    return not taken.filter(kind if fact.is_marketing else ~kind).exists()


def immediate(send_id: int) -> int:
    """How many recipients' servers refuse the sender at once, those asked again included."""
    return Delivery.objects.filter(send=send_id, reason="policy").count()


def _are_many(send_id: int, refusals: int) -> bool:
    deliveries = Delivery.objects.filter(send=send_id)
    if refusals < LEAST:
        return refusals > 0 and deliveries[:LEAST].count() <= refusals
    # Counted only as far as it matters: a send may have a million recipients.
    return deliveries.filter(state__in=_ANSWERED)[: refusals * SHARE + 1].count() <= refusals * SHARE
