"""The share of a journey's people that enters but gets nothing, so that its effect shows.

Drawn by a hash of the journey and the person, as experiments draw: whoever is held back once is whenever they come by.
"""

from __future__ import annotations

import uuid

from rapport.experiments.services import drawing
from rapport.journeys.services.definitions import Definition


def is_held(journey_id: uuid.UUID, definition: Definition, person_id: uuid.UUID) -> bool:
    share = definition.get("holdout", 0)
    return bool(share) and drawing.place(journey_id, person_id) < share * drawing.STEPS / 100
