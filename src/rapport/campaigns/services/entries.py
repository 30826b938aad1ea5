"""Persons who enter a campaign by an event or by a call, and their messages when these are due.

Hearing an event only writes down that somebody came; whether they get the message is decided when it is due. So
whoever is not yet in the segment, because they became known with this very event, is waited for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from rapport.campaigns.models import Campaign, CampaignEntry, CampaignRule
from rapport.campaigns.services import reaching, testing, timing
from rapport.campaigns.services.conditions import meets
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.services.rules import rule_of
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services.wake import wake
from rapport.events.registry import EventListener, Occurrence
from rapport.messaging.models import Delivery
from rapport.messaging.queries import sending_policy
from rapport.messaging.services import sends
from rapport.people.models import Person
from rapport.segments.models import Membership

LOOP = "campaigns.entries"
BATCH = 500
# Told later than this, an event is history: an import of last year's orders writes to nobody.
HISTORY = dt.timedelta(days=1)
# Membership of a segment follows what happened within this time.
PATIENCE = dt.timedelta(minutes=15)
AGAIN = dt.timedelta(minutes=1)
MAX_DATA = 64 * 1024
State = CampaignEntry.State


def _wanted(names: Collection[str]) -> list[str]:
    rules = CampaignRule.objects.filter(
        kind=CampaignRule.Kind.EVENT, active_since__isnull=False, event__in=list(names)
    )
    return list(rules.values_list("event", flat=True).distinct())


def _hear(events: Sequence[Occurrence], clock: Clock = SYSTEM) -> None:
    rules = defaultdict(list)
    for rule in CampaignRule.objects.filter(
        kind=CampaignRule.Kind.EVENT, active_since__isnull=False, event__in={event.event for event in events}
    ):
        rules[rule.event].append(rule)
    now = clock.now()
    rows = [
        _entry(rule, event, properties, now)
        for event in events
        if event.at > now - HISTORY
        for properties in [json.loads(event.properties or b"{}")]
        for rule in rules[event.event]
        if rule.active_since and event.at >= rule.active_since and meets(rule.conditions, properties)
    ]
    if rows:
        CampaignEntry.objects.bulk_create(rows, ignore_conflicts=True)
        wake(LOOP)


def _entry(
    rule: CampaignRule, event: Occurrence, properties: Mapping[str, Any], now: dt.datetime
) -> CampaignEntry:
    """Anybody can send what came with a page's key in somebody's name: it is not printed in a message to them."""
    data = {"event": event.event, "properties": {} if event.is_public else properties}
    return CampaignEntry(
        campaign_id=rule.campaign_id,
        person_id=event.person_id,
        key=f"event:{event.key.hex()}",
        at=event.at,
        due_at=max(now, event.at + dt.timedelta(minutes=rule.delay_minutes)),
        data=data,
    )


LISTENER = EventListener("campaigns", _wanted, _hear)


@transaction.atomic
def enter(
    *,
    actor: Actor,
    campaign: Campaign,
    person: Person,
    data: Mapping[str, Any],
    key: str = "",
    clock: Clock = SYSTEM,
) -> CampaignEntry:
    """Somebody enters by a call; with the same `key` once. Raises PermissionDenied, CampaignError, ValidationError."""
    actor.require("campaigns.send")
    rule = CampaignRule.objects.filter(campaign=campaign, kind=CampaignRule.Kind.API).first()
    if rule is None or rule.active_since is None:
        raise CampaignError(_("It does not wait for calls: begin it first."))
    if len(json.dumps(dict(data))) > MAX_DATA:
        raise ValidationError({"data": _("At most 64 KB.")})
    now = clock.now()
    # Two programs may number what they do alike.
    name = f"call:{actor.kind}:{actor.id}:{key}" if key else f"call:{uuid.uuid4()}"
    row = CampaignEntry(
        campaign=campaign, person=person, key=_short(name), at=now, data=dict(data),
        due_at=now + dt.timedelta(minutes=rule.delay_minutes),
    )  # fmt: skip
    CampaignEntry.objects.bulk_create([row], ignore_conflicts=True)
    wake(LOOP)
    return CampaignEntry.objects.get(campaign=campaign, key=row.key)


def _short(key: str) -> str:
    return key if len(key) <= 255 else f"call:{hashlib.sha256(key.encode()).hexdigest()}"


def run_once(clock: Clock = SYSTEM) -> int:
    """Decides about those who are due. Returns how many they were."""
    with transaction.atomic():
        waiting = CampaignEntry.objects.filter(state=State.WAITING, due_at__lte=clock.now())
        due = claim_rows(waiting.order_by("due_at", "pk"), limit=BATCH)
        by_campaign: defaultdict[uuid.UUID, list[CampaignEntry]] = defaultdict(list)
        for entry in due:
            by_campaign[entry.campaign_id].append(entry)
        for pk in sorted(by_campaign):
            # Two workers must not both find that somebody has not been here before.
            locked = Campaign.objects.select_for_update(of=("self",), no_key=True)
            campaign = locked.select_related("purpose", "send__template_version", "rule").get(pk=pk)
            _decide(campaign, by_campaign[pk], clock.now())
    return len(due)


def _decide(campaign: Campaign, entries: Sequence[CampaignEntry], now: dt.datetime) -> None:
    rule = rule_of(campaign)
    lateness = dt.timedelta(hours=sending_policy().lateness_hours)
    people = [entry.person_id for entry in entries]
    members = set(
        Membership.objects.filter(segment=campaign.segment_id, person__in=people).values_list(
            "person_id", flat=True
        )
    )
    before = _before(campaign, people)
    taken = []
    for entry in entries:
        if rule is None or rule.active_since is None or campaign.send is None or entry.at < rule.active_since:
            _refuse(entry, "stopped")
        elif now >= entry.due_at + lateness:
            _refuse(entry, "late")
        elif entry.person_id not in members:
            if now < entry.at + PATIENCE:
                entry.due_at = now + AGAIN
            else:
                _refuse(entry, "segment")
        elif _was_here(rule, entry, before[entry.person_id]):
            _refuse(entry, "before")
        else:
            entry.state = State.TAKEN
            before[entry.person_id].append(entry.at)
            taken.append(entry)
    CampaignEntry.objects.bulk_update(entries, ["state", "reason", "due_at"])
    _add(campaign, taken, now)


def _refuse(entry: CampaignEntry, reason: str) -> None:
    entry.state, entry.reason = State.REFUSED, reason


def _before(campaign: Campaign, people: Sequence[uuid.UUID]) -> defaultdict[uuid.UUID, list[dt.datetime]]:
    """{person: when they entered before}."""
    entered: defaultdict[uuid.UUID, list[dt.datetime]] = defaultdict(list)
    rows = CampaignEntry.objects.filter(campaign=campaign, person__in=people, state=State.TAKEN)
    for person, at in rows.values_list("person_id", "at"):
        entered[person].append(at)
    return entered


def _was_here(rule: CampaignRule, entry: CampaignEntry, before: Sequence[dt.datetime]) -> bool:
    if rule.again_days is None:
        return bool(before)
    since = entry.at - dt.timedelta(days=rule.again_days)
    return any(at > since for at in before) if rule.again_days else False


def _add(campaign: Campaign, entries: Sequence[CampaignEntry], now: dt.datetime) -> None:
    if not entries:
        return
    people = [entry.person_id for entry in entries]
    homes = reaching.placed(campaign, people, now)
    due = timing.due(campaign, people, since=_next_turn(campaign, now), now=now)
    lateness = dt.timedelta(hours=sending_policy().lateness_hours)
    rows = defaultdict(list)
    for entry in entries:
        at, until = due.get(entry.person_id, (now, now + lateness))
        rows[homes[entry.person_id]].append(
            sends.Recipient(
                entry.person_id,
                {"entry": {"event": entry.data.get("event", ""), "at": entry.at.isoformat()}},
                # The same after a restored backup: the journal knows what has been sent.
                occurrence=hashlib.sha256(entry.key.encode()).hexdigest(),
                data=entry.data,
                at=at,
                expires_at=until,
            )
        )
    for send, recipients in rows.items():
        sends.add_recipients(send=send, recipients=recipients, now=now)


def _next_turn(campaign: Campaign, now: dt.datetime) -> dt.datetime:
    """When the next may get it: not before the turns of those who came earlier."""
    if not campaign.per_hour:
        return now
    apart = dt.timedelta(hours=1 / campaign.per_hour)
    rows = Delivery.objects.filter(send__in=testing.sends_of(campaign), not_before__gt=now - apart)
    last: dt.datetime | None = rows.aggregate(last=Max("not_before"))["last"]
    return max(now, last + apart) if last else now
