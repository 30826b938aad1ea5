"""The events that say what a step decided, and how likely that was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rapport.journeys.registry import Answers, Effects, Position

CHOSEN = "Journey Choice Made"


def tell(step: str, effects: Effects, answers: Answers, positions: Sequence[Position]) -> None:
    """An event for each, those of one option together: what was chosen, and how likely that was."""
    by_choice: dict[tuple[str, float], list[Position]] = defaultdict(list)
    for position in positions:
        if (answer := answers.get(position.id)) is not None:
            by_choice[(answer.branch, answer.because["propensity"])].append(position)
    for (option, propensity), chosen in by_choice.items():
        effects.emit(step, CHOSEN, chosen, {"option": option, "propensity": propensity})
