"""Event clauses in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rapport.core.ui import formats
from rapport.segments.language import comparisons, times

_FUNCTIONS = {
    "sum": gettext_lazy("sum of %(name)s"),
    "average": gettext_lazy("average %(name)s"),
    "min": gettext_lazy("smallest %(name)s"),
    "max": gettext_lazy("largest %(name)s"),
    "unique": gettext_lazy("number of different %(name)s"),
}


_CHOSEN = {
    "first_value": gettext_lazy("first %(name)s"),
    "last_value": gettext_lazy("last %(name)s"),
    "most_frequent": gettext_lazy("most frequent %(name)s"),
}
_TIMES = {
    "first_time": gettext_lazy("for the first time"),
    "last_time": gettext_lazy("for the last time"),
}


def describe(clause: dict[str, Any]) -> str:
    """A clause about events, made or half made, without a full stop."""
    if "did_not" in clause:
        words = _("has not done “%(event)s”") % {"event": clause["did_not"] or "…"}
    else:
        words = _("has done “%(event)s”") % {"event": clause.get("did") or "…"}
    phrases = [words, *_counts(clause), *_periods(clause), *window(clause), *_times(clause)]
    phrases += [*conditions(clause), *_figure(clause)]
    return " ".join(phrases)


def _counts(clause: dict[str, Any]) -> list[str]:
    phrases = []
    for key, text in (("at_least", _("at least")), ("at_most", _("at most")), ("exactly", _("exactly"))):
        number = clause.get(key)
        if isinstance(number, int) and (key, number) != ("at_least", 1):
            phrases.append(text + " " + ngettext("%(n)d time", "%(n)d times", number) % {"n": number})
    return [_(" and ").join(phrases)] if phrases else []


def _periods(clause: dict[str, Any]) -> list[str]:
    phrases = []
    if "each" in clause:
        words = {"n": clause.get("periods", 1), "time": times.duration_in_words(clause["each"])}
        phrases.append(_("in each of the last %(n)s periods of %(time)s") % words)
    if isinstance(days := clause.get("on_days"), int):
        phrases.append(
            ngettext("on at least %(n)d day", "on at least %(n)d different days", days) % {"n": days}
        )
    return phrases


def _times(clause: dict[str, Any]) -> list[str]:
    compared = {name: clause[name] for name in _TIMES if isinstance(clause.get(name), dict)}
    return [f"{_TIMES[name]} {_when(dated)}" for name, dated in compared.items()]


def _when(dated: dict[str, Any]) -> str:
    words = {"before": _("before"), "after": _("after"), "on": _("on")}
    return _(" and ").join(
        f"{words[key]} {times.instant_in_words(operand)}"
        if key in words
        else comparisons.describe({key: operand})
        for key, operand in dated.items()
    )


def window(clause: dict[str, Any]) -> list[str]:
    phrases = []
    if clause.get("within"):
        phrases.append(_("in the last %(time)s") % {"time": times.duration_in_words(clause["within"])})
    first, last = ([*(clause.get("between") or []), None, None])[:2]
    if first and last:
        ends = {"first": times.instant_in_words(first), "last": times.instant_in_words(last)}
        phrases.append(_("between %(first)s and %(last)s") % ends)
    elif first:
        phrases.append(_("since %(first)s") % {"first": times.instant_in_words(first)})
    elif last:
        phrases.append(_("until %(last)s") % {"last": times.instant_in_words(last)})
    return phrases


def conditions(clause: dict[str, Any]) -> list[str]:
    stated = [c for c in clause.get("where") or [] if isinstance(c, dict)]
    phrases = [f"{c.get('property') or c.get('context') or '…'} {comparisons.describe(c)}" for c in stated]
    return [_("where %(conditions)s") % {"conditions": _(" and ").join(phrases)}] if phrases else []


def _figure(clause: dict[str, Any]) -> list[str]:
    for name, text in _FUNCTIONS.items():
        if name in clause:
            what = str(text) % {"name": clause[name] or "…"}
            compared = {key: clause[key] for key in ("is", *comparisons.NUMERIC) if key in clause}
            return [_("with %(figure)s") % {"figure": f"{what} {comparisons.describe(compared)}"}]
    for name, text in _CHOSEN.items():
        if name in clause:
            what = str(text) % {"name": clause[name] or "…"}
            return [_("with %(figure)s") % {"figure": f"{what} {comparisons.describe(clause)}"}]
    return []


def evidence_text(clause: dict[str, Any], values: dict[str, Any]) -> str:
    """How often one person has done it, when last, and the figure."""
    if not values["count"]:
        return _("never")
    words = ngettext("%(n)d time", "%(n)d times", values["count"]) % {"n": values["count"]}
    phrases = [words, _("last on %(when)s") % {"when": formats.short_moment(values["last"])}]
    if "first_time" in clause:
        phrases.insert(1, _("first on %(when)s") % {"when": formats.short_moment(values["first"])})
    if values.get("chosen") is not None:
        name = next(name for name in _CHOSEN if name in clause)
        phrases.append(f"{str(_CHOSEN[name]) % {'name': clause[name]}} “{values['chosen']}”")
    if values.get("figure") is not None:
        name = next(name for name in _FUNCTIONS if name in clause)
        phrases.append(
            f"{str(_FUNCTIONS[name]) % {'name': clause[name]}} {values['figure']:f}".rstrip("0").rstrip(".")
        )
    return ", ".join(phrases)
