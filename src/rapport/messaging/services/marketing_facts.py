"""Reading what the rules of marketing look at, for a whole batch at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection
from django.utils.translation import gettext as _

from rapport.experiments.services import holdouts
from rapport.governance import queries as governance
from rapport.governance.consent_rule import is_marketing
from rapport.governance.models import Purpose
from rapport.messaging.models import AtLimit, BlockingRule
from rapport.messaging.registry import GATE_FACTS
from rapport.messaging.services.marketing_rules import Block, Persons, Policy, Received, Wanted

LOOK_AGAIN = dt.timedelta(hours=1)  # at a message that waits for a fact to end
# By person, not by state, whatever the planner last heard of how few are claimed: hence NOT IN.
_RECEIVED = f"""
SELECT x.person_id, x.channel, s.purpose_id, coalesce(x.finished_at, x.handed_over_at, %(now)s)
FROM messaging_delivery x JOIN messaging_send s ON s.id = x.send_id
WHERE x.person_id = ANY(%(people)s) AND x.state NOT IN ('queued', 'skipped', 'failed')
    AND coalesce(x.finished_at, x.handed_over_at, %(now)s) > %(since)s AND {is_marketing("s.purpose_id")}
"""
_WANTED = f"""
SELECT x.person_id, s.id, s.priority, greatest(coalesce(x.not_before, s.send_at), %(now)s)
FROM messaging_delivery x JOIN messaging_send s ON s.id = x.send_id
WHERE x.person_id = ANY(%(people)s) AND x.state = 'queued' AND x.not_before <= %(until)s
    AND s.completed_at IS NULL AND s.cancelled_at IS NULL AND {is_marketing("s.purpose_id")}
    AND coalesce(x.expires_at, s.expires_at) > %(now)s AND NOT EXISTS (
        SELECT FROM messaging_sendhold h WHERE h.send_id = s.id AND h.released_at IS NULL)
"""


def received(heads: Persons, since: dt.datetime, now: dt.datetime) -> dict[uuid.UUID, tuple[Received, ...]]:
    """{person: the marketing they got, or are getting, since then, under whichever id they had}."""
    entries: dict[uuid.UUID, list[Received]] = defaultdict(list)
    keys = dict(Purpose.objects.values_list("pk", "key"))
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVED, {"people": list(heads), "since": since, "now": now})
        for member, channel, purpose, at in cursor.fetchall():
            entries[heads[member]].append(Received(channel, keys[purpose], at))
    return {person: tuple(rows) for person, rows in entries.items()}


def wanted(heads: Persons, until: dt.datetime, now: dt.datetime) -> dict[uuid.UUID, tuple[Wanted, ...]]:
    """{person: the marketing that is due for them until then}."""
    entries: dict[uuid.UUID, list[Wanted]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, {"people": list(heads), "until": until, "now": now})
        for member, send_id, priority, at in cursor.fetchall():
            entries[heads[member]].append(Wanted(send_id, priority, at))
    return {person: tuple(rows) for person, rows in entries.items()}


def blocks(people: Iterable[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, tuple[Block, ...]]:
    """{person: the facts about them that stop marketing}. A fact that no app registers any more holds for nobody."""
    ids = list(people)
    entries: dict[uuid.UUID, list[Block]] = defaultdict(list)
    for person in holdouts.members(ids):
        words = _("in the holdout, so that the effect of marketing shows")
        entries[person].append(Block(words, AtLimit.DROP, now))
    for rule in BlockingRule.objects.order_by("id"):
        fact = GATE_FACTS.get(rule.fact)
        if fact is None:
            continue
        for person in fact.holds(ids, rule.argument, now):
            entries[person].append(Block(fact.words(rule.argument), rule.at_limit, now + LOOK_AGAIN))
    return {person: tuple(rows) for person, rows in entries.items()}


def own_limits(heads: Persons) -> dict[uuid.UUID, tuple[int, int]]:
    """{person: how often they want marketing at most: messages, days}."""
    return {heads[member]: limit for member, limit in governance.frequency_limits(heads).items()}


def furthest(limits: Sequence[tuple[int, int]], policy: Policy) -> dt.timedelta:
    """How far back messages count for any of these persons."""
    return max([dt.timedelta(days=days) for _messages, days in limits] + [policy.looks_back])
