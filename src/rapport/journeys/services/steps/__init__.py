"""The steps that come with Rapport; they enter by the same door as a plug-in's."""

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services.steps import branching, changing, sending, waiting


def register() -> None:
    for kind in (*sending.KINDS, *waiting.KINDS, *branching.KINDS, *changing.KINDS):
        STEP_KINDS.register(kind)
