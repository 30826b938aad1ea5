"""Event clauses in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rapport.segments.language import comparisons, times

_FUNCTIONS = {
    "sum": gettext_lazy("sum of %(name)s"),
    "average": gettext_lazy("average %(name)s"),
    "min": gettext_lazy("smallest %(name)s"),
    "max": gettext_lazy("largest %(name)s"),
    "unique": gettext_lazy("number of different %(name)s"),
}


def describe(clause: dict[str, Any]) -> str:
    """A clause about events, made or half made, without a full stop."""
    if "did_not" in clause:
        words = _("has not done “%(event)s”") % {"event": clause["did_not"] or "…"}
    else:
        words = _("has done “%(event)s”") % {"event": clause.get("did") or "…"}
    parts = [words, *_counts(clause), *_window(clause), *_conditions(clause), *_figure(clause)]
    return " ".join(parts)


def _counts(clause: dict[str, Any]) -> list[str]:
    said = []
    for key, text in (("at_least", _("at least")), ("at_most", _("at most")), ("exactly", _("exactly"))):
        number = clause.get(key)
        if isinstance(number, int) and (key, number) != ("at_least", 1):
            said.append(text + " " + ngettext("%(n)d time", "%(n)d times", number) % {"n": number})
    return [_(" and ").join(said)] if said else []


def _window(clause: dict[str, Any]) -> list[str]:
    said = []
    if clause.get("within"):
        said.append(_("in the last %(time)s") % {"time": times.duration_in_words(clause["within"])})
    first, last = ([*(clause.get("between") or []), None, None])[:2]
    if first and last:
        ends = {"first": times.instant_in_words(first), "last": times.instant_in_words(last)}
        said.append(_("between %(first)s and %(last)s") % ends)
    elif first:
        said.append(_("since %(first)s") % {"first": times.instant_in_words(first)})
    elif last:
        said.append(_("until %(last)s") % {"last": times.instant_in_words(last)})
    return said


def _conditions(clause: dict[str, Any]) -> list[str]:
    conditions = [c for c in clause.get("where") or [] if isinstance(c, dict)]
    said = [f"{c.get('property') or c.get('context') or '…'} {comparisons.describe(c)}" for c in conditions]
    return [_("where %(conditions)s") % {"conditions": _(" and ").join(said)}] if said else []


def _figure(clause: dict[str, Any]) -> list[str]:
    for name, text in _FUNCTIONS.items():
        if name in clause:
            what = str(text) % {"name": clause[name] or "…"}
            compared = {key: clause[key] for key in ("is", *comparisons.NUMERIC) if key in clause}
            return [_("with %(figure)s") % {"figure": f"{what} {comparisons.describe(compared)}"}]
    return []


def told(clause: dict[str, Any], found: dict[str, Any]) -> str:
    """How often one person has done it, when last, and the figure."""
    if not found["count"]:
        return _("never")
    words = ngettext("%(n)d time", "%(n)d times", found["count"]) % {"n": found["count"]}
    parts = [words, _("last on %(when)s") % {"when": f"{found['last']:%Y-%m-%d %H:%M} UTC"}]
    if found.get("figure") is not None:
        name = next(name for name in _FUNCTIONS if name in clause)
        parts.append(
            f"{str(_FUNCTIONS[name]) % {'name': clause[name]}} {found['figure']:f}".rstrip("0").rstrip(".")
        )
    return ", ".join(parts)
