"""Whether somebody else must have agreed to a campaign, when it is ordered and once more when it goes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from rapport.campaigns.models import Campaign, CampaignPolicy
from rapport.segments.models import Segment

HALF = 32


def policy() -> CampaignPolicy:
    return CampaignPolicy.objects.first() or CampaignPolicy()


def is_needed(campaign: Campaign) -> bool:
    """Whether as many people are in the segment as need four eyes: not how many would get it today, which may grow.

    Of what goes out again and again, or to a segment that is not counted yet, nobody can tell: it needs them.
    """
    least = policy().approve_from
    if least is None:
        return False
    if getattr(campaign, "rule", None) is not None or campaign.segment.state == "computing":
        return True
    return campaign.segment.memberships.all()[: max(least, 1)].count() >= least


def is_missing(campaign: Campaign) -> bool:
    """Whether it needs an approval by now and has none for these recipients: it needed none when it was ordered, or its
    segment was changed since.
    """
    ordered = campaign.series or campaign
    last = ordered.approvals.order_by("-pk").first() if ordered.is_approved else None
    is_same = last is not None and last.digest[HALF:] == audience_digest(ordered)
    return not is_same and is_needed(campaign)


def audience_digest(campaign: Campaign) -> str:
    """Of all that decides who gets it, also by other segments: its own half of what an approval is for."""
    definitions: dict[str, Any] = {campaign.segment.key: campaign.segment.definition}
    waiting = [campaign.segment.definition]
    while waiting:
        new = set(_other_segments(waiting.pop())) - set(definitions)
        others = dict(Segment.objects.filter(key__in=new).values_list("key", "definition"))
        definitions |= others
        waiting += others.values()
    return hashlib.sha256(json.dumps(definitions, sort_keys=True).encode()).hexdigest()[:HALF]


def _other_segments(clause: Any) -> Iterator[str]:
    """The keys of the segments that a definition refers to."""
    if isinstance(clause, dict):
        if isinstance(key := clause.get("in_segment"), str):
            yield key
        clause = list(clause.values())
    if isinstance(clause, list):
        for part in clause:
            yield from _other_segments(part)
