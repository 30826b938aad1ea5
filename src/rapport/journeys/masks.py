"""Hides properties of events that are flagged as personal, wherever a journey shows what it looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.events.queries import masking
from rapport.journeys.services import triggers


class Masks:
    """What one actor may not see."""

    def __init__(self, actor: Actor) -> None:
        self._flags = masking.flags_for(actor)

    def key(self, trigger: Mapping[str, Any], key: str) -> str:
        """Which run it is, if the property that says so may be seen."""
        names = [*_events(trigger), trigger.get("key", "")]
        return masking.MASK if key and masking.named_in(names, self._flags) else key

    def document(self, value: Any, trigger: Mapping[str, Any]) -> Any:
        """JSON-ready: with what stands under "because" and "key" hidden, however deep."""
        if not self._flags:
            return value
        if isinstance(value, list):
            return [self.document(inner, trigger) for inner in value]
        if not isinstance(value, dict):
            return value
        shown = {name: self.document(inner, trigger) for name, inner in value.items()}
        if isinstance(shown.get("because"), dict):
            shown["because"] = self.because(shown["because"])
        if isinstance(shown.get("key"), str):
            shown["key"] = self.key(trigger, shown["key"])
        return shown

    def because(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a condition looked at, by names in which its event no longer stands."""
        return {
            name: masking.MASK if masking.named_in(_ways(name, self._flags), self._flags) else value
            for name, value in values.items()
        }


def check(actor: Actor, definition: Any, before: Any) -> None:
    """Raises ValidationError if it asks about what the actor may not see, and `before` did not."""
    flags = masking.flags_for(actor)
    names = set(_named(definition, flags)) - set(_named(before, flags))
    if names:
        message = _("This is flagged as personal data, which your role may not see: %(names)s.")
        raise ValidationError({"definition": message % {"names": ", ".join(sorted(names))}})


def _named(definition: Any, flags: masking.Flags) -> list[str]:
    """Of all that its conditions look at, whatever event they are asked of."""
    names = [way for name in _properties(definition) for way in _ways(name, flags)]
    return masking.named_in(names, flags) if names else []


def _ways(name: str, flags: masking.Flags) -> list[str]:
    """The name as a property's, and as one of an answer, which begins with its step; of any event."""
    return [*flags, name, name.partition(".")[2] or name]


def _events(trigger: Mapping[str, Any]) -> list[str]:
    return list(triggers.events(trigger))


def _properties(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        names = [value.get(kind) for kind in ("property", "answer")] if "op" in value else []
        for name in [*names, value.get("key") if value.get("type") == "event" else None]:
            if isinstance(name, str):
                yield name
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _properties(inner)
