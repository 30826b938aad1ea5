"""Recurring campaigns: their next runs, planned ahead, and each sent at its time, once.

A run is a campaign of its own, with its own ledger. Its id is made of the series and its time, so that after a restored
backup it is the same run, and the journal knows what it has sent. A run that is found too late, or when the next
is due already, is left out: after an outage nobody gets all that they missed.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from rapport.campaigns.models import Campaign, CampaignChannel, CampaignRule
from rapport.campaigns.services import audience, ordering
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import audit
from rapport.messaging.queries import sending_policy
from rapport.messaging.services.recurrence import Recurrence

log = logging.getLogger(__name__)
LOOP = "campaigns.runs"
AHEAD = dt.timedelta(days=40)
MOST = 40  # runs that are planned ahead
ACTOR = system("recurring campaign")
COPIED = (
    "segment_id", "template_id", "purpose_id", "channel", "is_local", "per_hour", "window_from", "window_until",
    "folder", "tags",
)  # fmt: skip


def recurrence_of(rule: CampaignRule) -> Recurrence:
    assert rule.at is not None
    assert rule.starts is not None
    return Recurrence(
        rule.unit, rule.at, ZoneInfo(rule.zone), rule.starts, rule.every, tuple(rule.weekdays), rule.month_day
    )


def plan(rule: CampaignRule, now: dt.datetime) -> None:
    """Plans the runs of the next weeks, at least one. What is there already, moved or left out, stays."""
    due = list(islice(recurrence_of(rule).after(now), MOST))
    chosen = [at for at in due if at <= now + AHEAD] or due[:1]
    series = rule.campaign
    Campaign.objects.bulk_create(
        [
            Campaign(
                id=uuid.uuid5(series.pk, at.isoformat()),
                name=f"{series.name} · {at.astimezone(ZoneInfo(rule.zone)):%Y-%m-%d}"[:120],
                series=series, occurrence_at=at, planned_at=at, created_at=now, created_by=rule.ordered_by,
                **{name: getattr(series, name) for name in COPIED},
            )
            for at in chosen
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def forget_plans(series: Campaign) -> None:
    """Takes back runs that were not ordered yet."""
    series.runs.filter(send=None).delete()


def run_once(clock: Clock = SYSTEM) -> int:
    """Sends the runs whose time has come, and plans ahead. Returns how many there were."""
    with transaction.atomic():
        due = _due(clock.now())
        for run in due:
            _take_alone(run, clock)
        for rule in _to_plan(clock.now()):
            plan(rule, clock.now())
    return len(due)


def _due(now: dt.datetime) -> list[Campaign]:
    rows = Campaign.objects.filter(
        series__isnull=False,
        send=None,
        archived_at=None,
        planned_at__lte=now + ordering.AHEAD,
        series__rule__active_since__isnull=False,
        series__rule__paused_at=None,
    )
    # By the clocks of its recipients it begins before its time, where the day begins.
    rows = rows.filter(Q(planned_at__lte=now) | Q(is_local=True))
    related = rows.select_related("series", "purpose", "segment")
    return claim_rows(related.order_by("planned_at", "pk"), limit=20)


def _to_plan(now: dt.datetime) -> Sequence[CampaignRule]:
    """Rules of which fewer runs lie ahead than could: each is looked at once a day, or when there is none."""
    rules = CampaignRule.objects.filter(
        kind=CampaignRule.Kind.RECURRING, active_since__isnull=False, paused_at=None
    ).exclude(campaign__runs__planned_at__gt=now)
    return claim_rows(rules.select_related("campaign"), limit=20)


def _take_alone(run: Campaign, clock: Clock) -> None:
    """One that cannot be ordered is tried again until it is too late for it, and holds up no other series."""
    try:
        with transaction.atomic():
            _take(run, clock)
    except (OperationalError, InterfaceError):
        raise  # says nothing of the run
    except Exception:
        log.exception("the run %s could not be ordered", run.pk)


def _take(run: Campaign, clock: Clock) -> None:
    """Orders a run, or leaves it out and says so."""
    now, series = clock.now(), run.series
    assert run.planned_at is not None
    assert series is not None
    # Whoever halts it at this moment waits for this, and then halts the run too; or was first.
    rules = CampaignRule.objects.select_for_update(of=("self",), no_key=True).select_related("version")
    rule = rules.get(campaign=series)
    if rule.active_since is None or rule.paused_at is not None:
        return
    lateness = dt.timedelta(hours=sending_policy().lateness_hours)
    is_overtaken = series.runs.filter(
        planned_at__gt=run.planned_at, planned_at__lte=now, archived_at=None
    ).exists()
    if is_overtaken or now >= run.planned_at + lateness:
        miss(run, clock)
    else:
        _send(run, rule, clock)
    plan(rule, now)


def miss(run: Campaign, clock: Clock) -> None:
    """Leaves a run out."""
    run.archived_at = clock.now()
    run.save(update_fields=["archived_at"])
    audit.record(
        actor=ACTOR, action="campaign.run_missed", object_type="campaign", object_id=run.series_id,
        data={"due": run.planned_at.isoformat() if run.planned_at else ""}, clock=clock,
    )  # fmt: skip


def _send(run: Campaign, rule: CampaignRule, clock: Clock) -> None:
    assert run.series is not None
    assert rule.version is not None
    assert run.planned_at is not None
    CampaignChannel.objects.bulk_create((
        CampaignChannel(
            campaign=run, position=row.position, channel=row.channel, template_id=row.template_id,
            version_id=row.version_id,
        )
        for row in run.series.fallbacks.all()
    ), ignore_conflicts=True)  # fmt: skip
    send = ordering.order(actor=ACTOR, campaign=run, version=rule.version, at=run.planned_at, clock=clock)
    audience.enqueue(actor=ACTOR, campaign=run, at=send.send_at, clock=clock)
    audit.record(
        actor=ACTOR, action="campaign.run_sent", object_type="campaign", object_id=run.pk, clock=clock
    )
