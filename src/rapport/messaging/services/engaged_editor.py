"""How the clause about opens and clicks is edited in the builder of segments."""

from __future__ import annotations

from typing import Any

from rapport.governance.registry import CONSENT_CHANNELS
from rapport.messaging.services.engaged import origin_names
from rapport.segments.builder import comparing
from rapport.segments.builder.fields import Fields
from rapport.segments.builder.registry import Editor
from rapport.segments.language import comparisons
from rapport.segments.language.registry import Clause


def _read(fields: Fields) -> Clause:
    by = fields.text("by", "human")
    chosen = {"campaign": fields.text("campaign"), "channel": fields.text("channel")}
    dated = {key: value for key, value in comparing.read(fields).items() if key in comparisons.DATED}
    return {
        "engaged": fields.text("verb", "clicked"),
        **({} if by == "human" else {"by": by}),
        **{key: value for key, value in chosen.items() if value},
        **dated,
    }


def _show(clause: Clause) -> dict[str, Any]:
    campaign = str(clause.get("campaign", ""))
    named = origin_names()
    if campaign:
        named.setdefault(campaign, campaign)
    return {
        "verb": clause.get("engaged", "clicked"),
        "by": clause.get("by", "human"),
        "campaign": campaign,
        "campaigns": list(named.items()),
        "channel": clause.get("channel", ""),
        "channels": [(channel.key, channel.label) for channel in CONSENT_CHANNELS],
        "comparisons": comparing.rows(
            {key: clause[key] for key in comparisons.DATED if key in clause}, comparisons.DATED
        ),
    }


EDITOR = Editor("messaging/segment_clause.html", _read, _show, comparisons=comparisons.DATED)
