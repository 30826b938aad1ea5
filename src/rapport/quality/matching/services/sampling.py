"""A sample of likely duplicates for somebody to judge, before anything is merged without asking."""

from __future__ import annotations

import random
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.permissions import Reach
from rapport.core.services import audit
from rapport.quality.matching import queries
from rapport.quality.models import MatchSample

# From where the bands begin; the highest reaches up to certainty.
EDGES = (0.99, 0.95, 0.9, 0.8, 0.5)
PER_BAND = 25


@transaction.atomic
def draw(*, actor: Actor, kind: str, seed: int | None = None, clock: Clock = SYSTEM) -> MatchSample:
    """Draws up to `PER_BAND` pairs from each band of those that would be merged without asking. The newest sample
    counts; what was judged of earlier ones stays decided. Raises ValueError when there are no pairs.
    """
    actor.require("people.edit", Reach.ALL)
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    bands: list[dict[str, Any]] = []
    highest, size = 1.0, 0
    for lowest in EDGES:
        pairs = list(
            queries.mergeable(actor, kind, lowest=lowest, below=highest).values_list("pk", flat=True)
        )
        drawn = sorted(chance.sample(pairs, min(PER_BAND, len(pairs))))
        size += len(drawn)
        bands.append({"lowest": lowest, "highest": highest, "pairs": len(pairs), "drawn": drawn})
        highest = lowest
    if not size:
        raise ValueError(_("No pair waits that could be merged automatically. Search for duplicates first."))
    sample = MatchSample.objects.create(
        kind=kind, drawn_at=clock.now(), drawn_by=actor.label[:254], bands=bands
    )
    audit.record(
        actor=actor,
        action="matching.sample_drawn",
        object_type="match_sample",
        object_id=sample.pk,
        data={"kind": kind, "pairs": size},
        clock=clock,
    )
    return sample
