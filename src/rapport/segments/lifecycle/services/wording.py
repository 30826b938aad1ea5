"""How the timeline tells that somebody came into another stage."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.process_cache import kept_for
from rapport.events.registry import EVENT_DESCRIPTIONS, EventDescription
from rapport.people.registry import TraitWords
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.lifecycle import queries

# (name, sentence) of the proposed stages, as long as they are called so.
_USUAL = {
    "subscriber": (gettext_lazy("Subscriber"), gettext_lazy("Became a subscriber")),
    "lead": (gettext_lazy("Lead"), gettext_lazy("Became a lead")),
    "customer": (gettext_lazy("Customer"), gettext_lazy("Became a customer")),
    "repeat": (gettext_lazy("Repeat customer"), gettext_lazy("Became a repeat customer")),
    "advocate": (gettext_lazy("Advocate"), gettext_lazy("Became an advocate")),
    "lapsing": (gettext_lazy("Lapsing"), gettext_lazy("Started lapsing")),
    "lapsed": (gettext_lazy("Lapsed"), gettext_lazy("Lapsed")),
}


def register() -> None:
    EVENT_DESCRIPTIONS.register(EventDescription("Lifecycle Stage Changed", "segments", "route", _sentence))


def words() -> dict[str, TraitWords]:
    return {
        STAGE_TRAIT: TraitWords(_("Lifecycle stage"), lambda key: _called().get(str(key), str(key or "")))
    }


@kept_for(10.0)
def _called() -> dict[str, str]:
    """Names of the stages: a timeline tells many of these and asks once."""
    return queries.names()


def _sentence(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    called = _called()
    to, before = (str(properties.get(name) or "") for name in ("to", "from"))
    words = {"to": called.get(to, to), "from": called.get(before, before)}
    if not to:
        return _("Left the stage %(from)s") % words
    usual = _USUAL.get(to)
    if usual is not None and words["to"] == str(usual[0]):
        return str(usual[1])
    return _("Became: %(to)s") % words
