"""What is wrong with a definition: what a schema finds, in words for people, at the setting that has to be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a JSON pointer."""

    pointer: str
    message: str


class InvalidDefinition(ValueError):
    """The definition cannot be published; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer}: {problem.message}" for problem in problems))
        self.problems = problems


def place_and_words(error: Any) -> tuple[list[str], str]:
    """(path to what has to be mended, what to do)."""
    path = [str(part) for part in error.instance_path]
    kind = error.kind.name
    if kind == "required":
        return [*path, str(error.kind.property)], _("Fill this in.")
    if kind in {"minLength", "minItems", "minProperties"}:
        return path, _("Fill this in.")
    if kind == "additionalProperties":
        names = ", ".join(f"“{name}”" for name in error.kind.unexpected)
        return path, _("There is no setting %(names)s here.") % {"names": names}
    words = {
        "oneOf": _("Complete this condition."),
        "oneOfNotValid": _("Complete this condition."),
        "enum": _("Choose one of those that there are."),
        "maxLength": _("This is too long."),
        "minimum": _("This is too little."),
        "exclusiveMinimum": _("This must be more than nothing."),
        "maximum": _("This is too much."),
    }
    return path, words.get(kind, error.message[:300])
