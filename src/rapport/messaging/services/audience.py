"""Writes a campaign's audience into the ledger, chunk by chunk, and goes on where it stopped if it dies."""

from __future__ import annotations

import datetime as dt
import json

from django.db import connection, transaction
from django.utils.translation import gettext as _

from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit, wake
from rapport.messaging.models import CampaignSend

CHUNK = 5_000
_DUE = """
SELECT s.id FROM messaging_campaignsend s
WHERE s.audience_at IS NULL AND s.cancelled_at IS NULL AND s.send_at <= %s
  AND NOT EXISTS (SELECT 1 FROM messaging_campaignpause h
                  WHERE h.campaign_id = s.campaign_id AND h.resumed_at IS NULL)
ORDER BY s.send_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_WRITE = """
WITH chunk AS (
    SELECT m.id, m.person_id, m.entered_at, m.definition_version FROM segments_membership m
    WHERE m.segment_id = %(segment)s AND m.id > %(cursor)s ORDER BY m.id LIMIT %(chunk)s
), written AS (
    INSERT INTO messaging_delivery (id, send_id, person_id, channel, address, state, reason, detail, queued_at,
                                    not_before, attempts, fence, provider_id, explanation)
    SELECT gen_random_uuid(), %(send)s, chunk.person_id, %(channel)s, '', 'queued', '', '', %(now)s,
           %(now)s, 0, 0, '',
           jsonb_build_object('segment', jsonb_build_object(
               'id', %(segment)s::text, 'key', %(segment_key)s::text, 'name', %(segment_name)s::text,
               'definition_version', chunk.definition_version, 'entered_at', chunk.entered_at),
               'template', %(template)s::jsonb)
    FROM chunk
    ON CONFLICT (send_id, person_id, channel) DO NOTHING
)
SELECT count(*), max(id) FROM chunk
"""


def run_once(clock: Clock = SYSTEM, chunk: int = CHUNK) -> int:
    """Writes the next chunk of the oldest due send. Returns how many rows it looked at, at least 1 if any."""
    now = clock.now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [now])
            found = cursor.fetchone()
        if found is None:
            return 0
        send = CampaignSend.objects.select_related("campaign__segment", "template_version").get(pk=found[0])
        if now >= send.expires_at and send.audience_cursor == 0:
            _give_up(send, now)
            return 1
        return _write_chunk(send, now, chunk)


def _write_chunk(send: CampaignSend, now: dt.datetime, chunk: int) -> int:
    campaign, version = send.campaign, send.template_version
    template = {"id": str(version.template_id), "version": version.version}
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "segment": campaign.segment_id,
                "segment_key": campaign.segment.key,
                "segment_name": campaign.segment.name,
                "cursor": send.audience_cursor,
                "chunk": chunk,
                "send": send.pk,
                "channel": campaign.channel,
                "now": now,
                "template": json.dumps(template),
            },
        )
        count, last = cursor.fetchone()
    if count:
        send.audience_cursor = last
    if count < chunk:
        send.audience_at = now
        wake.wake("messaging.sender")
    send.save(update_fields=["audience_cursor", "audience_at"])
    return max(1, int(count))


def _give_up(send: CampaignSend, now: dt.datetime) -> None:
    """A send found long after its time (a restored backup, say) reaches nobody."""
    send.cancelled_at = send.completed_at = now
    send.cancelled_by = "sending policy"
    send.cancel_reason = _("It was due too long ago to be still sent.")
    send.save(update_fields=["cancelled_at", "completed_at", "cancelled_by", "cancel_reason"])
    audit.record(
        actor=system("sending policy"),
        action="campaign.expired",
        object_type="campaign",
        object_id=send.campaign_id,
    )


def finish(now: dt.datetime) -> int:
    """Marks sends complete whose deliveries have all ended. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_campaignsend s SET completed_at = %s
            WHERE s.audience_at IS NOT NULL AND s.completed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM messaging_delivery d
                WHERE d.send_id = s.id AND d.state IN ('queued', 'claimed'))
            """,
            [now],
        )
        return int(cursor.rowcount)
