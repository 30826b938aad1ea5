"""How timelines tell of calls, visits, meetings and notes that were written down by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.events.registry import EVENT_DESCRIPTIONS, EVENT_KINDS, EventDescription, EventKind

Data = dict[str, Any]
_KINDS: dict[str, Promise] = {
    "call": _("call"),
    "visit": _("visit"),
    "meeting": _("meeting"),
    "note": _("note"),
}


def _more(properties: Data) -> str:
    """What was agreed and how long it took, behind the sentence."""
    pieces = [str(properties.get("outcome") or "")[:120]]
    if isinstance(minutes := properties.get("minutes"), int):
        pieces.append(str(_("%(minutes)d min") % {"minutes": minutes}))
    words = str(properties.get("text") or "").strip()
    pieces.append(f"“{words[:100]}{'…' if len(words) > 100 else ''}”" if words else "")
    details = ", ".join(part for part in pieces if part)
    return f": {details}" if details else ""


def _told(out: Promise, came: Promise) -> Callable[[Data, Data], str]:
    def sentence(properties: Data, _context: Data) -> str:
        return str(came if properties.get("direction") == "in" else out) + _more(properties)

    return sentence


def _about(words: Promise) -> Callable[[Data, Data], str]:
    def sentence(properties: Data, _context: Data) -> str:
        kind = _KINDS.get(str(properties.get("kind")), _("activity"))
        return str(words) % {"kind": kind, "by": str(properties.get("by") or "")[:120]} + _more(properties)

    return sentence


def register() -> None:
    EVENT_KINDS.register(EventKind("activities", _("Calls and visits"), "phone", 35))
    descriptions = {
        "Call Logged": ("phone", _told(_("Was called"), _("Called us"))),
        "Visit Logged": ("map-pin", _told(_("Was visited"), _("Visited us"))),
        "Meeting Logged": ("handshake", _told(_("Met with us"), _("Met with us"))),
        "Note Added": ("pencil", _told(_("A note was written"), _("A note was written"))),
        "Activity Corrected": ("rotate-ccw", _about(_("%(by)s corrected a %(kind)s"))),
        "Activity Removed": ("trash-2", _about(_("%(by)s removed a %(kind)s"))),
        "Activity Restored": ("undo-2", _about(_("%(by)s restored a %(kind)s"))),
    }
    for event, (icon, sentence) in descriptions.items():
        EVENT_DESCRIPTIONS.register(EventDescription(event, "activities", icon, sentence))
