"""The sends of a campaign: its own, those of its variants, and those of the channels it falls back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from rapport.campaigns.models import Campaign, CampaignChannel, CampaignRule
from rapport.campaigns.services import testing
from rapport.campaigns.services.errors import CampaignError
from rapport.content.models import TemplateVersion
from rapport.content.services import templates
from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.messaging.models import Send
from rapport.messaging.queries import sending_policy
from rapport.messaging.services import sends
from rapport.messaging.services.sends import SendEnded

# Where the day begins, and where it ends.
EARLIEST, LATEST = dt.timedelta(hours=14), dt.timedelta(hours=-12)
# So long before its own time, wherever that is shown, a campaign by the clocks of its recipients may begin.
AHEAD = EARLIEST - LATEST


def publish(*, actor: Actor, campaign: Campaign, clock: Clock) -> TemplateVersion:
    """Freezes what is sent, over each channel; that over its own. Raises TemplateError."""
    for row in campaign.fallbacks.all():
        row.version = templates.publish(actor=actor, template_id=row.template_id, clock=clock)
        row.save(update_fields=["version"])
    return templates.publish(actor=actor, template_id=campaign.message.pk, clock=clock)


def order(
    *, actor: Actor, campaign: Campaign, version: TemplateVersion, at: dt.datetime | None, clock: Clock
) -> Send:
    """Orders what goes out once, now or at `at`."""
    campaign.send = _order_over(actor, campaign, campaign.channel, version, at, clock)
    if at is not None and campaign.is_local:
        campaign.planned_at = at  # the send may begin earlier or later: this is the time that clocks show
    campaign.save(update_fields=["send", "planned_at"])
    for row in campaign.fallbacks.select_related("version"):
        assert row.version is not None
        row.send = _order_over(actor, campaign, row.channel, row.version, at, clock)
        row.save(update_fields=["send"])
    testing.order(actor=actor, campaign=campaign, at=at, clock=clock)
    return campaign.send


def _order_over(
    actor: Actor,
    campaign: Campaign,
    channel: str,
    version: TemplateVersion,
    at: dt.datetime | None,
    clock: Clock,
) -> Send:
    start, until = span(campaign, max(at or clock.now(), clock.now()))
    return sends.order(
        actor=actor, origin="campaign", origin_id=str(campaign.pk), purpose=campaign.purpose, channel=channel,
        version=version, at=start, expires_at=until, clock=clock,
    )  # fmt: skip


def span(campaign: Campaign, at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """When the first may go out, and when it is too late for whoever has no end of their own."""
    lateness = dt.timedelta(hours=sending_policy().lateness_hours)
    if not campaign.is_local:
        return at, at + lateness
    # Whose clocks are ahead is first to see that time on theirs.
    wall = shown_at(campaign, at).replace(tzinfo=dt.UTC)
    return wall - EARLIEST, wall - LATEST + lateness


def shown_at(campaign: Campaign, at: dt.datetime) -> dt.datetime:
    """What clocks show then, where its time was chosen."""
    rule = CampaignRule.objects.filter(campaign=campaign.series_id).first() if campaign.series_id else None
    zone = ZoneInfo(rule.zone) if rule and rule.zone else testing.workspace_zone()
    return at.astimezone(zone).replace(tzinfo=None)


def open_sends(*, actor: Actor, campaign: Campaign, version: TemplateVersion, clock: Clock) -> None:
    """Orders what stands open for persons who come one by one. Raises CampaignError."""
    campaign.send = _open_over(actor, campaign, campaign.channel, version, clock)
    campaign.save(update_fields=["send"])
    for row in campaign.fallbacks.select_related("version"):
        assert row.version is not None
        row.send = _open_over(actor, campaign, row.channel, row.version, clock)
        row.save(update_fields=["send"])


def _open_over(
    actor: Actor, campaign: Campaign, channel: str, version: TemplateVersion, clock: Clock
) -> Send:
    earlier = Send.objects.filter(
        origin="campaign", origin_id=str(campaign.pk), template_version=version, channel=channel
    ).first()
    if earlier is None:
        return sends.order(
            actor=actor, origin="campaign", origin_id=str(campaign.pk), purpose=campaign.purpose,
            channel=channel, version=version, ends=False, clock=clock,
        )  # fmt: skip
    try:
        sends.reopen(send=earlier)
    except SendEnded as error:
        raise CampaignError(
            _("This version was cancelled for good. Change the template, or duplicate the campaign.")
        ) from error
    return earlier


def by_channel(campaign: Campaign) -> dict[str, Send]:
    """{channel: its send}, in the order in which they are tried."""
    rows: Iterable[CampaignChannel] = campaign.fallbacks.select_related("send__template_version").order_by(
        "position", "pk"
    )
    own = {campaign.channel: campaign.send} if campaign.send else {}
    return own | {row.channel: row.send for row in rows if row.send}
