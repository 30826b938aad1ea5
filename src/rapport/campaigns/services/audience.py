"""Feeds a campaign's audience into its send, chunk by chunk, and goes on where it stopped if it dies."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.campaigns.models import Campaign
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.messaging.queries import is_held
from rapport.messaging.services import sends
from rapport.segments.queries import segments

LOOP = "campaigns.audience"
CHUNK = 5_000
POLICY = system("sending policy")


@transaction.atomic
def run_once(clock: Clock = SYSTEM, chunk: int = CHUNK) -> int:
    """Writes the next chunk of the oldest due campaign. Returns how many it looked at, at least 1 if any."""
    now = clock.now()
    campaign = _next_due(now)
    if campaign is None:
        return 0
    send = campaign.send
    assert send is not None
    if now >= send.expires_at and campaign.audience_cursor == 0:
        # Found long after its time: a restored backup, say. It reaches nobody.
        sends.cancel(
            actor=POLICY,
            send_id=send.pk,
            reason=_("It was due too long ago to be still sent."),
            clock=clock,
        )
        return 1
    return _write_chunk(campaign, now, chunk)


def _next_due(now: dt.datetime) -> Campaign | None:
    due = Campaign.objects.select_related("segment", "send__template_version").filter(
        ~is_held("send_id"), send__sealed_at=None, send__send_at__lte=now
    )
    return due.select_for_update(of=("self",), skip_locked=True).order_by("send__send_at").first()


def _write_chunk(campaign: Campaign, now: dt.datetime, chunk: int) -> int:
    send, segment = campaign.send, campaign.segment
    assert send is not None
    because = {"id": str(segment.pk), "key": segment.key, "name": segment.name}
    members = segments.members_after(segment.pk, cursor=campaign.audience_cursor, limit=chunk)
    recipients = [
        sends.Recipient(
            member.person_id,
            {
                "segment": because
                | {
                    "definition_version": member.definition_version,
                    "entered_at": member.entered_at.isoformat(),
                }
            },
        )
        for member in members
    ]
    if members:
        sends.add_recipients(send=send, recipients=recipients, now=now)
        campaign.audience_cursor = members[-1].pk
        campaign.save(update_fields=["audience_cursor"])
    if len(members) < chunk:
        sends.seal(send=send, now=now)
    return max(1, len(members))
