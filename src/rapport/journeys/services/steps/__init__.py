"""The steps that come with Rapport; they enter by the same door as a plug-in's."""

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services.steps import (
    branching,
    changing,
    deciding,
    people,
    reaching,
    sending,
    staff,
    waiting,
)


def register() -> None:
    for module in (sending, reaching, waiting, branching, deciding, changing, people, staff):
        for kind in module.KINDS:
            STEP_KINDS.register(kind)
