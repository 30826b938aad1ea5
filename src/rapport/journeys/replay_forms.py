"""The forms of replays and walks: shape and words only; rules are the services'."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rapport.journeys.models import Journey
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.replays import Which

DAYS = ((7, _("Last 7 days")), (30, _("Last 30 days")), (90, _("Last 90 days")), (0, _("From … to …")))


def which_of(text: str) -> Which:
    """A version by its number, else the draft."""
    return int(text) if text.isdigit() else "draft"


def _choices(journey: Journey) -> list[tuple[str, str]]:
    numbers = journey.versions.order_by("-number").values_list("number", flat=True)[:50]
    return [
        ("draft", gettext("The draft")),
        *((str(n), gettext("Version %(n)s") % {"n": n}) for n in numbers),
    ]


class ReplayForm(forms.Form):
    """What is tried, over which days, and what it is compared with."""

    days = forms.TypedChoiceField(label=_("Over"), choices=DAYS, coerce=int, initial=30)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    version = forms.ChoiceField(label=_("What"))
    against = forms.ChoiceField(label=_("Compared with"), required=False)

    def __init__(self, journey: Journey, now: dt.datetime, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._now = now
        choices = _choices(journey)
        self.fields["version"].choices = choices  # type: ignore[attr-defined]
        self.fields["against"].choices = [("", gettext("Nothing")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("days") == 0 and not given.get("since"):
            raise ValidationError({"since": _("Say from which day.")})
        return given

    @property
    def span(self) -> Span:
        given, zone = self.cleaned_data, self._now.astimezone().tzinfo
        if given["days"]:
            return Span(self._now - dt.timedelta(days=given["days"]), self._now)
        since = dt.datetime.combine(given["since"], dt.time(), zone)
        until = (
            dt.datetime.combine(given["until"], dt.time(), zone) + dt.timedelta(days=1)
            if given["until"]
            else self._now
        )
        return Span(since, min(until, self._now))


class WalkForm(forms.Form):
    """Who is walked through, over how many days, by which definition."""

    who = forms.CharField(label=_("Email address or id"), max_length=254)
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=400, initial=30)
    version = forms.ChoiceField(label=_("What"), required=False)

    def __init__(self, journey: Journey, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["version"].choices = _choices(journey)  # type: ignore[attr-defined]
